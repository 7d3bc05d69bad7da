// The terminal has the focus as soon as it is there, so that keys work without a click.
new MutationObserver((_, observer) => {
  const input = document.querySelector(".xterm-helper-textarea");
  if (input) {
    input.focus();
    observer.disconnect();
  }
}).observe(document, { childList: true, subtree: true });
