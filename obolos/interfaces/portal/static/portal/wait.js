// Look again every six seconds while the bank has not answered; for an RF code whenever the payer comes back to the page.
// The page is shown anew only when there is news.
(function () {
  "use strict";
  var phase = document.getElementById("outcome").dataset.phase, waiting = phase === "WAITING";
  function look() {
    fetch(location.href, { cache: "no-store" }).then(function (answer) { return answer.text(); }).then(function (page) {
      var found = /data-phase="(\w+)"/.exec(page);
      if (found && found[1] !== phase) location.reload(); else again();
    }).catch(again);
  }
  function again() { if (waiting) setTimeout(look, 6000); }
  again();
  document.addEventListener("visibilitychange", function () { if (!waiting && !document.hidden) look(); });
})();
