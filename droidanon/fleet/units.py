"""Finds the captures in folders, series and archives, including bug reports and CI artefacts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from droidanon.errors import UsageError
from droidanon.escape import escape_text
from droidanon.fleet.marker import MARKER
from droidanon.sources.archives import is_archive, is_one_text
from droidanon.sources.resolve import Replicates, SeriesOfCaptures, is_live, resolve
from droidanon.store.folder_walk import is_file, walk
from droidanon.store.series import is_series

_HEAD = 1 << 9
_DUMPSTATE = b"== dumpstate: "
_NO_CAPTURES = frozenset({".apk", ".aab", ".apks", ".jar", ".html", ".json", ".png", ".md"})
"""Files of CI artefacts that are never captures."""


@dataclass(frozen=True, slots=True)
class ImportUnit:
    """A source to read in one piece, in the form that `resolve` takes.

    `optional`: a file next to captures that need not be one itself.
    """

    text: str
    optional: bool = False


def units_of(sources: Sequence[str]) -> list[ImportUnit]:
    """The distinct units of sources. Raises UsageError for a phone, this host or stdin; InputError for no match."""
    return list({unit.text: unit for source in sources for unit in _units(source)}.values())


def _units(source: str) -> Iterator[ImportUnit]:
    if is_live(source) or source == "-":
        raise UsageError(f"{escape_text(source)}: add files; capture a device first (droidanon capture)")
    path = Path(source)
    if _is_dataset(path):
        raise UsageError(f"{escape_text(source)}: is a dataset; add the captures that it was created from")
    if path.is_dir():
        yield from _of_folder(path, _folders_with_captures(path))
        return
    if path.exists():
        yield ImportUnit(source)
        return
    resolved = resolve(source)
    if isinstance(resolved, Replicates):
        for text in resolved.paths:
            yield from _units(text)
    else:
        yield ImportUnit(source)


def _of_folder(folder: Path, with_captures: set[Path]) -> Iterator[ImportUnit]:
    if is_series(folder):
        found = resolve(str(folder))
        if isinstance(found, SeriesOfCaptures):
            yield from (ImportUnit(member.text) for member in found.members)
            return
    if folder not in with_captures:
        yield ImportUnit(str(folder))
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if any(path.iterdir()) and not _is_dataset(path):
                yield from _of_folder(path, with_captures)
        elif path.is_file() and path.suffix.lower() not in _NO_CAPTURES:
            yield ImportUnit(str(path), optional=not _is_capture(path))


def _is_dataset(folder: Path) -> bool:
    return (folder / MARKER).is_file()


def _folders_with_captures(top: Path) -> set[Path]:
    """The folders with files, at any depth, that are captures by themselves. (Others have the texts of one capture.)"""
    found: set[Path] = set()
    for one in walk(top, skip=_is_dataset):
        folder = Path(one.path)
        files = (entry.path for entry in one.files if not entry.name.startswith(".") and is_file(entry))
        if any(_is_capture(Path(file)) for file in files):
            found |= {folder, *(parent for parent in folder.parents if parent == top or top in parent.parents)}
    return found


def _is_capture(path: Path) -> bool:
    """Whether a file is a capture by itself: one of droidanon's, an archive, a bug report or a trace."""
    if path.suffix == ".parquet":
        return True
    if path.suffix.lower() in _NO_CAPTURES:
        return False
    from droidanon.sources.perfetto.packets import HEAD_BYTES, looks_like_trace, unpacked_head

    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(0)
            if is_archive(head) and not is_one_text(file, head):
                return True
    except OSError:
        return False
    unpacked = unpacked_head(head)
    return _DUMPSTATE in unpacked[:_HEAD] or looks_like_trace(unpacked)
