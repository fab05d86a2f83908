// Comforts only: every page works without this file.
(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("has-js");
  var errors = document.getElementById("errors");
  if (errors) errors.focus();

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", function () { window.print(); });
  });
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    if (!navigator.clipboard) { button.remove(); return; }
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

  // The session's end, told two minutes before. The server renews it at most every two minutes, so we count from less.
  var awake = document.getElementById("awake");
  if (awake) {
    var timers = [], part = function (name) { return document.getElementById("awake-" + name); };
    var watch = function () {
      timers.forEach(clearTimeout);
      awake.hidden = true;
      var end = (awake.dataset.seconds - 130) * 1000;
      timers = [setTimeout(function () { awake.hidden = false; }, end - 120000), setTimeout(over, end)];
    };
    var over = function () {
      part("soon").hidden = part("stay").hidden = true;
      part("over").hidden = part("again").hidden = false;
      part("again").href += "?next=" + encodeURIComponent(location.pathname + location.search);
    };
    part("stay").addEventListener("click", function () {
      fetch("/contact/", { method: "HEAD", redirect: "manual" }).then(function (answer) { if (answer.ok) watch(); else over(); }, over);
    });
    watch();
  }

  var form = document.getElementById("choice");
  if (!form) return;
  var boxes = [].slice.call(form.querySelectorAll("input[name=d]"));
  var live = document.getElementById("live");
  var greek = root.lang === "el";

  function euro(cents) {
    var whole = String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, greek ? "." : ",");
    var rest = String(cents % 100).padStart(2, "0");
    return greek ? whole + "," + rest + "\u00a0€" : "€" + whole + "." + rest;
  }
  function amountOf(box) { return document.getElementById("a" + box.value); }
  // What was typed as a smaller amount, in cents; all of it when that is no amount. The server has the last word.
  function cents(box) {
    var field = amountOf(box), text = field ? field.value.replace(/[\s€]/g, "") : "";
    var found = /^(\d+)(?:[.,](\d{1,2}))?$/.exec(text.replace(/[.,](?=\d{3}(\D|$))/g, ""));
    return found ? +found[1] * 100 + +((found[2] || "") + "00").slice(0, 2) : +box.dataset.cents;
  }
  function update(event) {
    var total = 0, count = 0, towns = {};
    boxes.forEach(function (box) {
      if (!box.checked) return;
      total += cents(box); count += 1;
      towns[box.dataset.org] = (towns[box.dataset.org] || 0) + cents(box);
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
  form.addEventListener("change", function (event) {
    var field = event.target.name === "d" && !event.target.checked && amountOf(event.target);
    if (field) field.value = "";
    update(event);
  });
  form.addEventListener("input", function (event) {
    var target = event.target.dataset.for;
    if (!target) return;
    if (event.target.value.trim()) document.getElementById(target).checked = true;
    update();
  });
  form.querySelectorAll("[name=pick]").forEach(function (button) {
    button.addEventListener("click", function (event) {
      event.preventDefault();
      var held = {};
      boxes.forEach(function (box) {
        if (box.disabled || box.dataset.busy) held[box.dataset.debt] = true;
        var wanted = button.value === "all" ? !held[box.dataset.debt] : button.value === "due" && !!box.dataset.due;
        box.checked = wanted && !box.disabled;
        if (!box.checked && amountOf(box)) amountOf(box).value = "";
      });
      update(event);
    });
  });
  // A short address: only what was chosen and typed.
  form.addEventListener("submit", function () {
    form.querySelectorAll("input[data-for]").forEach(function (field) {
      if (!field.value.trim() || !document.getElementById(field.dataset.for).checked) field.disabled = true;
    });
  });
  window.addEventListener("pageshow", function () {
    form.querySelectorAll("input[data-for]").forEach(function (field) { field.disabled = false; });
    update();
  });
})();
