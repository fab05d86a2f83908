// Comforts only: the page works without this file. Adds up what is chosen and says it on the button.
(function () {
  "use strict";
  var form = document.getElementById("sale"), go = document.getElementById("go");
  if (!form || !go) return;
  var greek = document.documentElement.lang === "el", total = document.getElementById("total");
  function euro(cents) {
    var whole = String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, greek ? "." : ",");
    var rest = String(cents % 100).padStart(2, "0");
    return greek ? whole + "," + rest + "\u00a0€" : "€" + whole + "." + rest;
  }
  function update() {
    var cents = +form.dataset.cents || 0, places = 0;
    form.querySelectorAll("select[data-cents]").forEach(function (one) {
      places += +one.value;
      cents += one.value * one.dataset.cents;
    });
    if (total) total.textContent = euro(cents);
    var means = form.querySelector("input[name=means]:checked");
    if (cents && means) go.textContent = means.dataset.pay + " " + euro(cents);
    else if (places || !means) go.textContent = go.dataset.free;
    else go.textContent = means.dataset.button;
  }
  form.addEventListener("change", update);
  window.addEventListener("pageshow", update);
})();
