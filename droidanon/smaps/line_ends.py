"""Converts `\\r\\n`, as written by Windows and old versions of adb, to newlines."""

from __future__ import annotations

import numpy as np

_LOOK = 4096
_BLOCK = 1 << 16
_RETURN, _NEWLINE = 13, 10


def to_newlines(text: bytes) -> bytes | None:
    """The text with newlines as line ends; None unless each of its lines ends in `\\r\\n`."""
    if b"\r\n" not in text[:_LOOK]:
        return None
    chars = np.frombuffer(text, np.uint8)
    for low in range(0, len(chars), _BLOCK):
        part = chars[low : low + _BLOCK + 1]  # with the first character of the next block
        if not np.array_equal(part[:-1] == _RETURN, part[1:] == _NEWLINE):
            return _odd_line_ends(text)
    if text.startswith(b"\n"):
        return _odd_line_ends(text)
    # A carriage return at the end of the text has no newline after it.
    return text.translate(None, b"\r") + b"\r" * text.endswith(b"\r")


def _odd_line_ends(text: bytes) -> bytes | None:
    """The same for text that may have other carriage returns within its lines."""
    return text.replace(b"\r\n", b"\n") if text.count(b"\r\n") == text.count(b"\n") else None
