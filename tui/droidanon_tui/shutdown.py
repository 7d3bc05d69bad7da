"""Shuts down the app properly: a signal restores the terminal, and an error is one line."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import signal
import threading
import time
from contextlib import suppress

from rich.console import Console
from textual.app import App
from textual.worker import WorkerFailed

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
_LOOK_SECONDS = 1.0
"""Seconds between two looks whether the terminal is still there."""
_LAST_SECONDS = 5.0
"""Seconds that the app may take to end after its terminal was closed."""


def end_on_signals(app: App[None]) -> None:
    """Ends the app with return code 128 + N on signal N. Call before the terminal is taken, within the event loop.

    Needed with Textual 8: it handles no signal, and a killed app leaves the terminal in its alternate screen. Ignored
    signals stay ignored (nohup).
    """
    if os.name == "nt":  # its event loop does not support signals
        return

    def end_by(number: int) -> None:
        code = 128 + number
        if _is_terminal_closed():
            _leave_terminal(code)
        app.exit(return_code=code)

    loop = asyncio.get_running_loop()
    for number in (getattr(signal, name) for name in _SIGNALS):
        if signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, end_by, number)
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        threading.Thread(target=_end_with_terminal, args=(app, loop), name="terminal", daemon=True).start()


def _end_with_terminal(app: App[None], loop: asyncio.AbstractEventLoop) -> None:
    """Ends the app when its terminal is gone, if no signal says so: Textual's thread for keys would read on forever."""
    while not _is_terminal_closed():
        time.sleep(_LOOK_SECONDS)
    code = 128 + signal.SIGHUP
    _leave_terminal(code)
    with suppress(RuntimeError):  # the loop has ended
        loop.call_soon_threadsafe(lambda: app.exit(return_code=code))


def print_no_tracebacks(app: App[None]) -> None:
    """Textual would print tracebacks with all variables; whoever runs the app reports `first_error` instead."""
    app.error_console = Console(file=io.StringIO())


def first_error(app: App[None]) -> Exception | None:
    """The error that ended the app, which Textual 8 keeps in a private attribute only."""
    error = app._exception
    return error.error if isinstance(error, WorkerFailed) and isinstance(error.error, Exception) else error


def _is_terminal_closed() -> bool:
    """Whether the terminal that keys come from is gone."""
    import termios  # exists on POSIX only, like signals

    try:
        termios.tcgetattr(0)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    return False


def _leave_terminal(code: int) -> None:
    """Sends further output to /dev/null, and ends the process after a while.

    Textual 8 writes in a thread that dies if the terminal refuses what it writes; drawing then waits for that thread
    forever.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nowhere, number)
    last = threading.Timer(_LAST_SECONDS, os._exit, (code,))
    last.daemon = True
    last.start()
