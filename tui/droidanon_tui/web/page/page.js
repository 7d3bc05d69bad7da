// Addresses are relative to the page's: it may be reached through a tunnel, on another port or host name.
const socket = new URL("ws", location.href);
socket.protocol = location.protocol === "https:" ? "wss:" : "ws:";
document.getElementById("terminal").dataset.sessionWebsocketUrl = socket.href;

// The terminal has the focus as soon as it is there, so that keys work without a click.
new MutationObserver((_, observer) => {
  const input = document.querySelector(".xterm-helper-textarea");
  if (input) {
    input.focus();
    observer.disconnect();
  }
}).observe(document, { childList: true, subtree: true });
