// Off to the bank without a click, once: whoever comes back with the Back button stays, and finds the button.
(function () {
  "use strict";
  var key = "went " + location.pathname, went = true;
  try { went = !!sessionStorage.getItem(key); sessionStorage.setItem(key, "1"); } catch (error) { went = false; }
  if (!went) document.getElementById("to-bank").submit();
})();
