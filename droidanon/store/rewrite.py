"""Captures of older versions in the current format."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from droidanon.store.metadata import FORMAT_VERSION
from droidanon.store.own_text import foreign_bytes, without_foreign_text
from droidanon.store.parquet import open_capture, save_capture


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What became of a capture."""

    path: Path
    """The file with the current format."""
    changed: bool
    """False if there was nothing to do."""
    version: int
    """Of the format before."""
    size: int
    """Bytes of the file before."""
    new_size: int
    removed: int
    """Bytes of foreign text that are no longer in it."""


def rewrite_capture(path: Path, output: Path | None = None) -> Rewritten:
    """Write a capture in the current format and without foreign text; all numbers and facts stay the same.

    The file is replaced atomically, or `output` is written. A capture that needs neither stays untouched if there is no
    `output`. InputError if it is not a capture, or damaged; DroidanonError if it cannot be written.
    """
    stored = open_capture(path)
    capture = stored.capture()
    size = path.stat().st_size
    removed = foreign_bytes(capture)
    if output is None and not removed and stored.version == FORMAT_VERSION:
        return Rewritten(path, False, stored.version, size, size, 0)
    new = save_capture(without_foreign_text(capture), output or path)
    return Rewritten(new, True, stored.version, size, new.stat().st_size, removed)
