"""Reads whole files up to a size; a sparse file can be of any size."""

from __future__ import annotations

import errno
import os
from pathlib import Path

MOST_JSON = 1 << 26
"""Bytes of a JSON document; the manifest of a series of 100,000 captures has a third of it."""
MOST_LINES = 1 << 28
"""Bytes of a file of JSON lines."""


def read_bounded(path: Path, most: int) -> bytes:
    """The bytes of a file. Raises OSError, also if there are more than `most`."""
    if path.stat().st_size > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return path.read_bytes()
