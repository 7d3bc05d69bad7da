"""Reads marks that a user adds while a command runs: lines on stdin, and a signal."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_STDIN = 0
_MOST_BYTES = 4096


@contextmanager
def hear(note: Callable[[str], None], *, piped: bool = False) -> Iterator[None]:
    """Call `note` with each line of stdin, and with "" on SIGUSR1.

    Unless `piped`, stdin is only read from a terminal: in a script (`while read app; do droidanon record ...`) it
    belongs to other commands. In the background, reading stdin fails (EIO), because SIGTTIN, which would stop the
    process, is ignored.
    """
    handlers: dict[str, Any] = {
        "SIGUSR1": lambda _number, _frame: note(""),
        "SIGTTIN": signal.SIG_IGN,
    }
    numbers = {number: handler for name, handler in handlers.items() if (number := getattr(signal, name, None))}
    before = {number: signal.signal(number, handler) for number, handler in numbers.items()}
    if piped or _is_terminal():
        threading.Thread(target=_read_lines, args=(note,), daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_terminal() -> bool:
    try:
        return os.isatty(_STDIN)
    except OSError:  # closed
        return False


def _read_lines(note: Callable[[str], None]) -> None:
    """Read lines until the end of stdin, without sys.stdin, because a waiting thread would hold its lock during
    shutdown."""
    waiting = b""
    while True:
        try:
            piece = os.read(_STDIN, _MOST_BYTES)
        except OSError:
            return
        *found, waiting = (waiting + piece).split(b"\n")
        if not piece and waiting:
            found.append(waiting)
        for line in found:
            note(line.decode("utf-8", "replace").strip())
        if not piece:
            return
        waiting = waiting[-_MOST_BYTES:]
