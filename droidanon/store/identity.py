"""Identifies the contents of a stored capture by a digest of all bytes that reading it depends on."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from pathlib import Path

_BASE = re.compile(rb'"base"\s*:\s*("(?:[^"\\\x00]|\\.){1,1530}")')
"""The name of a base in JSON: at most 255 characters, each maybe as `\\uNNNN`."""
_MOST_BYTES = 1 << 30
_BASES = 64
_LEVELS = 2
"""A base may have a base, which has none."""
_LENGTH = 16


class Identities:
    """The identities of the captures in a folder.

    They do not depend on names, sizes or times, so a replaced, rewritten or damaged file has a new identity even if the
    clock was set back.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bases: dict[tuple[str, int], bytes] = {}

    def of(self, file: str) -> bytes | None:
        """The identity of a capture file; None if it cannot be read."""
        data = _bytes_of(self._folder / file)
        if data is None:
            return None
        return self._digest(data, _LEVELS)

    def _digest(self, data: bytes, levels: int) -> bytes | None:
        """A digest of a file and its bases; None if it names too many."""
        bases = sorted({_name(text) for text in _BASE.findall(_footer(data))}) if levels else []
        if len(bases) > _BASES:
            return None
        digest = hashlib.blake2b(data, digest_size=_LENGTH)
        for base in bases:  # a capture stored as changes cannot be read without its base
            digest.update(self._base(base, levels - 1))
        return digest.digest()

    def _base(self, file: str, levels: int) -> bytes:
        if (file, levels) not in self._bases:
            data = _bytes_of(self._folder / file)
            self._bases[file, levels] = (data is not None and self._digest(data, levels)) or b""
        return self._bases[file, levels]


def _name(text: bytes) -> str:
    try:
        name = str(json.loads(text))
    except ValueError:
        return ""
    return "" if "/" in name or "\0" in name else name


def _footer(data: bytes) -> bytes:
    length = int.from_bytes(data[-8:-4], "little")
    return data[-8 - length : -8] if 0 < length <= len(data) - 8 else b""


def _bytes_of(path: Path) -> bytes | None:
    try:
        status = path.stat()
        # Reading a pipe could wait forever.
        return path.read_bytes() if stat.S_ISREG(status.st_mode) and status.st_size <= _MOST_BYTES else None
    except (OSError, ValueError):
        return None
