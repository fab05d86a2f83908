// Comforts only: every page works without this file.
(function () {
  "use strict";
  document.documentElement.classList.add("has-js");
  var errors = document.getElementById("errors");
  if (errors) errors.focus();

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", function () { window.print(); });
  });
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(button.dataset.copy).then(function () {
        document.getElementById("copied").textContent = button.dataset.done;
        button.textContent = button.dataset.done;
      });
    });
  });

  var go = document.getElementById("go");
  document.querySelectorAll("input[name=means]").forEach(function (radio) {
    function say() { if (radio.checked) go.textContent = radio.dataset.button; }
    radio.addEventListener("change", say);
    say();
  });

  var form = document.getElementById("choice");
  if (!form) return;
  var boxes = [].slice.call(form.querySelectorAll("input[name=d]"));
  var live = document.getElementById("live");
  var greek = document.documentElement.lang === "el";

  function euro(cents) {
    var text = (cents / 100).toLocaleString(greek ? "el-GR" : "en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    return greek ? text + "\u00a0€" : "€" + text;
  }
  // What was typed as a smaller amount, in cents; null when it is no amount. The server has the last word.
  function typed(box) {
    var field = document.getElementById("a" + box.value);
    if (!field || !field.value.trim()) return +box.dataset.cents;
    var text = field.value.trim().replace(/\s|€/g, "");
    if (/^\d{1,3}(\.\d{3})*(,\d{1,2})?$|^\d+(,\d{1,2})?$/.test(text)) text = text.replace(/\./g, "").replace(",", ".");
    else if (!/^\d+(\.\d{1,2})?$/.test(text)) return null;
    return Math.round(parseFloat(text) * 100);
  }
  function update(event) {
    var total = 0, count = 0, towns = {};
    boxes.forEach(function (box) {
      if (!box.checked) return;
      var cents = typed(box);
      if (cents === null) cents = +box.dataset.cents;
      total += cents; count += 1;
      towns[box.dataset.org] = (towns[box.dataset.org] || 0) + cents;
    });
    document.getElementById("n").textContent = count + " " + (count === 1 ? live.dataset.debt : live.dataset.debts);
    document.getElementById("t").textContent = euro(total);
    var lines = document.getElementById("lines");
    lines.textContent = "";
    Object.keys(towns).forEach(function (town) {
      var row = document.createElement("div"), name = document.createElement("dt"), sum = document.createElement("dd");
      name.textContent = town; sum.textContent = euro(towns[town]); sum.className = "ob-num";
      row.append(name, sum); lines.append(row);
    });
    if (event) live.textContent = count ? (count === 1 ? live.dataset.one : live.dataset.many.replace("%n", count)) + " " + euro(total) : live.dataset.none;
  }
  form.addEventListener("change", update);
  form.addEventListener("input", function (event) {
    var target = event.target.dataset.for;
    if (target && event.target.value.trim()) document.getElementById(target).checked = true;
    if (target) update(event);
  });
  document.querySelectorAll("[data-pick]").forEach(function (button) {
    button.addEventListener("click", function (event) {
      boxes.forEach(function (box) {
        if (!box.disabled) box.checked = button.dataset.pick === "all" || (button.dataset.pick === "due" && !!box.dataset.due);
      });
      update(event);
    });
  });
  update();
})();
