"""Captures as files: stored in full, or as changes of another capture in the series. See docs/capture-format.md."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from droidanon.errors import ForeignTextWarning, InputError
from droidanon.model import Capture
from droidanon.store.metadata import FIRST_DELTA_VERSION, NEWEST_VERSION
from droidanon.store.whole_file import StoredCapture, open_file, save_capture, whole_of

if TYPE_CHECKING:
    from droidanon.store.delta_file import StoredChanges

__all__ = ["OWN_TEXT_SINCE", "base_of", "load_capture", "open_capture", "read_header", "save_capture"]

OWN_TEXT_SINCE = 2
"""The version since which reported tables hold no foreign text (docs/capture-format.md)."""


def load_capture(path: Path | str) -> Capture:
    """Open a capture file.

    Counters are decoded on first access. Raises InputError if it is not a capture, or damaged.

    Warns with ForeignTextWarning if it has format version 1 and contains text that droidanon does not use.
    """
    stored = open_capture(path)
    capture = stored.capture()
    if stored.version < OWN_TEXT_SINCE and _holds_foreign_text(capture):
        warnings.warn(ForeignTextWarning(Path(path)), stacklevel=2)
    return capture


def _holds_foreign_text(capture: Capture) -> bool:
    from droidanon.store.own_text import foreign_bytes  # only old captures need it

    return foreign_bytes(capture) > 0


def open_capture(path: Path | str) -> StoredCapture | StoredChanges:
    """Open a file. Raises InputError if it or its base is not a capture, damaged, or of a newer version."""
    file, data, where = open_file(path, NEWEST_VERSION)
    if data["format_version"] >= FIRST_DELTA_VERSION:
        from droidanon.store.delta_file import open_changes  # only such captures need it

        return open_changes(file, data, where, Path(path).parent)
    return whole_of(file, data, where)


def read_header(path: Path | str) -> Mapping[str, Any]:
    """The raw metadata of a file: `created`, `partial`, and `base` if it is stored as changes.

    Raises InputError if it is not a capture, damaged, or of a newer version. Its base need not exist.
    """
    return open_file(path, NEWEST_VERSION)[1]


def base_of(path: Path | str) -> str:
    """The file of a capture's base; empty if the capture is stored in full or cannot be opened."""
    try:
        return str(read_header(path).get("base", ""))
    except InputError:
        return ""
