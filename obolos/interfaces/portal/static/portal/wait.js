// Look again every five seconds while the bank has not answered.
setTimeout(function () { window.location.reload(); }, 5000);
