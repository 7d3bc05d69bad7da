"""Captures of older versions in the current format, and captures that are stored as changes in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from droidanon.errors import InputError
from droidanon.model import Capture
from droidanon.store.metadata import FORMAT_VERSION
from droidanon.store.own_text import foreign_bytes, without_foreign_text
from droidanon.store.parquet import open_capture, read_header, save_capture
from droidanon.store.series import SUFFIX


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


def rewrite_capture(path: Path, output: Path | None = None, *, full: bool = False) -> Rewritten:
    """Write a capture in the current format and without foreign text; all numbers and facts stay the same.

    The file is replaced atomically, or `output` is written. A capture that needs neither stays untouched if there is no
    `output`; with `full`, one that is stored as changes is stored in full. InputError if it is not a capture, or
    damaged; DroidanonError if it cannot be written.
    """
    stored = open_capture(path)
    capture = stored.capture()
    size = path.stat().st_size
    removed = foreign_bytes(capture)
    is_current = not removed and stored.version == FORMAT_VERSION and not (full and stored.base)
    if output is None and is_current:
        return Rewritten(path, False, stored.version, size, size, 0)
    clean = without_foreign_text(capture)
    new = save_capture(clean, output) if output else replace_capture(clean, path)
    return Rewritten(new, True, stored.version, size, new.stat().st_size, removed)


def replace_capture(capture: Capture, path: Path) -> Path:
    """Write a capture over another one; captures that are stored as changes of the old one are stored in full first.

    Errors are those of `save_capture`.
    """
    if _header(path).get("format_version") == FORMAT_VERSION:  # others are no bases
        for other in path.parent.glob(f"*{SUFFIX}"):
            if _header(other).get("base") == path.name:
                save_capture(open_capture(other).capture(), other)
    return save_capture(capture, path)


def _header(path: Path) -> Mapping[str, Any]:
    try:
        return read_header(path)
    except InputError:
        return {}
