// Off to the bank without a click; the button stays for those without JavaScript.
document.documentElement.classList.add("has-js");
document.getElementById("to-bank").submit();
