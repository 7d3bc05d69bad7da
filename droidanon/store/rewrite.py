"""Rewrites captures of older versions in the current format, and captures stored as changes in full."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from droidanon.errors import InputError
from droidanon.model import Capture
from droidanon.store.metadata import FORMAT_VERSION, SECOND_DELTA_VERSION
from droidanon.store.own_text import foreign_bytes, without_foreign_text
from droidanon.store.parquet import base_of, open_capture, read_header, save_capture
from droidanon.store.series import SUFFIX


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The result of rewriting a capture."""

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


class Dependents:
    """The captures in folders by base. Each file's metadata is read once, even if many bases are replaced."""

    def __init__(self) -> None:
        self._bases: dict[Path, str] = {}

    def of(self, path: Path) -> list[Path]:
        """The captures that are currently stored as changes of a capture."""
        for other in (files := list(path.parent.glob(f"*{SUFFIX}"))):
            if other not in self._bases:
                self._bases[other] = base_of(other)
        # A capture rewritten in the meantime no longer has a base.
        return [other for other in files if self._bases[other] == path.name == base_of(other)]


def rewrite_capture(
    path: Path, output: Path | None = None, *, full: bool = False, dependents: Dependents | None = None
) -> Rewritten:
    """Rewrite a capture in the current format and without foreign text; all numbers and facts stay the same.

    The file is replaced atomically, or `output` is written. Without `output`, a capture that needs no change is not
    touched; with `full`, a capture stored as changes is stored in full. `dependents` saves time if many captures are
    rewritten. Raises InputError if it is not a capture or damaged, and DroidanonError if writing fails.
    """
    stored = open_capture(path)
    capture = stored.capture()
    size = path.stat().st_size
    removed = foreign_bytes(capture)
    is_current = not removed and stored.version == FORMAT_VERSION and not (full and stored.base)
    if output is None and is_current:
        return Rewritten(path, False, stored.version, size, size, 0)
    clean = without_foreign_text(capture)
    new = save_capture(clean, output) if output else replace_capture(clean, path, dependents)
    return Rewritten(new, True, stored.version, size, new.stat().st_size, removed)


def replace_capture(capture: Capture, path: Path, dependents: Dependents | None = None) -> Path:
    """Replace a capture. Captures stored as changes of the old one are first stored in full.

    Raises the errors of `save_capture`.
    """
    if FORMAT_VERSION <= _version_of(path) < SECOND_DELTA_VERSION:  # others cannot be bases
        known = dependents or Dependents()
        for other in known.of(path):
            replace_capture(open_capture(other).capture(), other, known)
    return save_capture(capture, path)


def _version_of(path: Path) -> int:
    try:
        return int(read_header(path)["format_version"])
    except InputError:
        return 0
