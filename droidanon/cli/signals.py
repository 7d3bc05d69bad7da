"""Signals that end a command: SIGTERM and SIGHUP act like Ctrl-C, so that no half-written file is left."""

from __future__ import annotations

import signal
from types import FrameType

CTRL_C = signal.SIGINT
_ENDING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
_ended_by: list[int] = []


def listen_for_the_end() -> None:
    """Turn these signals into KeyboardInterrupt. Ignored ones stay ignored (nohup, a shell's `trap ''`)."""
    for number in _ENDING:
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _end)


def interrupted_code() -> int:
    """The exit code of an interrupted command: 128 plus the number of the signal, as in shells."""
    return 128 + (_ended_by[0] if _ended_by else CTRL_C)


def _end(number: int, _frame: FrameType | None) -> None:
    for other in _ENDING:  # another one would interrupt the cleaning up
        signal.signal(other, signal.SIG_IGN)
    _ended_by.append(number)
    raise KeyboardInterrupt
