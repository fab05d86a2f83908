// Look again every six seconds while the bank has not answered, and show the page anew only when there is news.
(function () {
  "use strict";
  var phase = document.getElementById("outcome").dataset.phase;
  function look() {
    fetch(location.href, { cache: "no-store" }).then(function (answer) { return answer.text(); }).then(function (page) {
      var found = /data-phase="(\w+)"/.exec(page);
      if (found && found[1] !== phase) location.reload(); else again();
    }, again);
  }
  function again() { setTimeout(look, 6000); }
  again();
})();
