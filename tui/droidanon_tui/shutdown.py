"""An app that ends in order: by a signal as by `q`, and by an error of its own with one line."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import threading

from textual.app import App
from textual.worker import WorkerFailed

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_LAST_SECONDS = 5.0
"""How long an app may take to end after its terminal was closed."""


class OrderlyApp(App[None]):
    """Its `return_code` is 128 and the number of the signal that ended it; `failure` is the error that did."""

    failure: Exception | None = None

    def on_load(self) -> None:
        """Before the terminal is taken: from here on a signal gives it back. One that is ignored stays so (nohup)."""
        if os.name == "nt":  # its event loop knows no signals
            return
        for number in (getattr(signal, name) for name in _SIGNALS):
            if signal.getsignal(number) != signal.SIG_IGN:
                asyncio.get_running_loop().add_signal_handler(number, self._end_by, number)

    def _end_by(self, number: int) -> None:
        code = 128 + number
        if _is_terminal_closed():
            _let_go_of_terminal(code)
        self.exit(return_code=code)

    def _handle_exception(self, error: Exception) -> None:
        """Textual calls this for whatever nobody caught, here or in a worker; it ends the app with return code 1."""
        if self.failure is None:
            self.failure = (
                error.error if isinstance(error, WorkerFailed) and isinstance(error.error, Exception) else error
            )
        super()._handle_exception(error)

    def _print_error_renderables(self) -> None:
        """Textual would print tracebacks with all variables; who ran the app tells of `failure`."""
        self._exit_renderables.clear()


def _is_terminal_closed() -> bool:
    """Whether nobody is at the other end of the terminal that keys come from."""
    import termios  # of POSIX, as signals are

    try:
        termios.tcgetattr(0)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    return False


def _let_go_of_terminal(code: int) -> None:
    """What is drawn from now on goes nowhere. The thread by which Textual draws ends where a terminal refuses what it writes,
    and then whoever draws waits for it for ever: such an app is ended after a while.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    last = threading.Timer(_LAST_SECONDS, os._exit, (code,))
    last.daemon = True
    last.start()
