"""Bytes received from an adb server: waiting for them has a limit of time, and can be cancelled."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_TURN_SECONDS = 0.25


def _never() -> bool:
    return False


_cancelled: ContextVar[Callable[[], bool]] = ContextVar("cancelled", default=_never)


@contextmanager
def cancelled_if(asked: Callable[[], bool]) -> Iterator[None]:
    """Within it, in the same thread, waiting for a phone raises KeyboardInterrupt soon after `asked` returns true."""
    before = _cancelled.set(asked)
    try:
        yield
    finally:
        _cancelled.reset(before)


def receive(link: socket.socket, buffer: memoryview, seconds: float) -> int:
    """Waits for bytes; returns their number, 0 at the end of the connection.

    TimeoutError after `seconds`; KeyboardInterrupt if cancelled; OSError if the connection breaks.
    """
    asked = _cancelled.get()
    turn = seconds if asked is _never else _TURN_SECONDS
    end = time.monotonic() + seconds
    while True:
        if asked():
            raise KeyboardInterrupt
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        link.settimeout(min(left, turn))
        try:
            return link.recv_into(buffer)
        except TimeoutError:
            continue
