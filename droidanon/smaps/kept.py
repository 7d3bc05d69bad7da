"""Dictionaries that a thread keeps between calls, because a phone's processes share most names."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from droidanon.smaps.fast import Dictionaries

_MOST_BYTES = 1 << 20
"""The bytes of distinct texts that are kept; those of a whole phone have a third of it."""


class _Kept(threading.local):
    known: Dictionaries | None = None


_kept = _Kept()


@contextmanager
def kept_dictionaries() -> Iterator[Dictionaries]:
    """The dictionaries of the thread's last call, or new ones if they grew too large, or if that call failed.

    A parsed table contains only the values that its rows use, never a name from another text.
    """
    known = _kept.known or Dictionaries()
    _kept.known = None
    yield known
    if known.size <= _MOST_BYTES:
        _kept.known = known
