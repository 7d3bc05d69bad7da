"""Receives bytes from an adb server, with a time limit and cancellation."""

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
    """In this context and thread, waiting for a phone raises KeyboardInterrupt soon after `asked` returns true."""
    before = _cancelled.set(asked)
    try:
        yield
    finally:
        _cancelled.reset(before)


def receive(link: socket.socket, buffer: memoryview, seconds: float) -> int:
    """Waits for bytes; returns how many arrived, 0 at the end of the connection.

    Raises TimeoutError after `seconds`, KeyboardInterrupt if cancelled, and OSError if the connection breaks.
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
