"""Signals that end a command: SIGTERM and SIGHUP act like Ctrl-C, so that no half-written file is left."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

CTRL_C = signal.SIGINT
_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
_ended_by: list[int] = []


def listen_for_the_end() -> None:
    """Turn these signals into KeyboardInterrupt. Ignored signals stay ignored (nohup, a shell's `trap ''`)."""
    for number in _ENDING:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def end_at_once() -> None:
    """Let these signals and Ctrl-C end the process at once. The command is over, and KeyboardInterrupt during shutdown
    would cause a traceback.
    """
    for number in (CTRL_C, *_ENDING):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def counted_signals() -> Iterator[Callable[[int], int]]:
    """Count the signals that end a command instead of raising KeyboardInterrupt, because a second one would interrupt
    the clean-up.

    Yields a function that takes a signal number and returns how often the signal arrived (for 0: any of them). Ignored
    signals stay ignored. Counts nothing outside the main thread, which receives Python's signals.
    """
    seen: list[int] = []

    def count(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        _ended_by.append(number)

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        numbers = [number for number in (CTRL_C, *_ENDING) if signal.getsignal(number) != signal.SIG_IGN]
        before = {number: signal.signal(number, count) for number in numbers}
    try:
        yield lambda number: seen.count(number) if number else len(seen)
    finally:
        for number, handler in before.items():
            # Once ended by a signal, `_end` is done with: another one would interrupt the report of what there is.
            signal.signal(number, signal.SIG_IGN if seen and handler is _end else handler)


def interrupted_code() -> int:
    """The exit code of an interrupted command: 128 plus the number of the signal, as in shells."""
    return 128 + (_ended_by[0] if _ended_by else CTRL_C)


def _end(number: int, _frame: FrameType | None) -> None:
    for other in _ENDING:  # another one would interrupt the clean-up
        signal.signal(other, signal.SIG_IGN)
    _ended_by.append(number)
    raise KeyboardInterrupt
