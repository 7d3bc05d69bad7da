"""Resolves a source string: a path, `-`, `adb:`, `adb:SERIAL`, `local:`, `bugreport:FILE`, `SERIES#N`,
`label:KEY=VALUE`, `FOLDER#KEY=VALUE` or a glob.
"""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress, Source
from droidanon.wording import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from droidanon.sources.phone.options import PhoneOptions
    from droidanon.store.series import Series

_PARQUET = b"PAR1"


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a source string refers to. `text` is the string; `source` reads one capture."""

    text: str
    source: Source

    def describe(self) -> str:
        """A short description for people."""
        return self.source.describe()

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """The capture, with the errors of its source."""
        return self.source.read(selection, progress)

    @property
    def members(self) -> Sequence[Resolved]:
        """The captures of one side of a diff: itself, or several replicates."""
        return (self,)


@dataclass(frozen=True, slots=True)
class Live(Resolved):
    """A phone or this host, which changes while it is read."""


@dataclass(frozen=True, slots=True)
class CaptureFile(Resolved):
    """A file that droidanon wrote."""


@dataclass(frozen=True, slots=True)
class ForeignTexts(Resolved):
    """Files that other tools wrote: a text, a folder, an archive, stdin, a bug report, or one pass of a trace."""


@dataclass(frozen=True, slots=True)
class SeriesOfCaptures(Resolved):
    """A series: recorded by droidanon or another tool, or the passes of a trace."""

    series: Series

    @property
    def members(self) -> Sequence[Resolved]:
        """The captures that are not partial, oldest first (all of them, if all are partial)."""
        from droidanon.sources.series import capture_source

        return [
            _captured(self.series.source_of(taken), capture_source(self.series, taken)) for taken in self.series.whole
        ]


@dataclass(frozen=True, slots=True)
class Replicates(Resolved):
    """Captures in a folder, the matches of a glob, or the captures with a label."""

    paths: tuple[str, ...]
    notes: tuple[Problem, ...] = ()
    """Notes about the choice of captures; the first capture that is read has them."""

    @property
    def members(self) -> Sequence[Resolved]:
        from droidanon.sources.capture_file import CaptureFileSource

        found = [resolve(path) for path in self.paths]
        if self.notes:
            found[0] = CaptureFile(self.paths[0], CaptureFileSource(Path(self.paths[0]), self.notes))
        return found


def resolve(text: str, options: PhoneOptions | None = None) -> Resolved:
    """Resolves a source string.

    Raises UsageError for an unknown scheme, and InputError for a glob without matches. `options` are for phones.
    """
    kind, colon, rest = text.partition(":")
    is_phone = bool(colon) and kind == "adb"
    if options is not None and options.prepare.asked and not is_phone:
        raise UsageError(f"{options.prepare.asked[0]} needs a phone (adb: or adb:SERIAL), not {escape_text(text)}")
    if is_phone:
        from droidanon.sources.phone.options import PhoneOptions
        from droidanon.sources.phone.source import AdbSource

        return Live(text, AdbSource(rest or None, options or PhoneOptions()))
    if colon and kind == "local":
        return _local(text, rest)
    if colon and kind == "bugreport":
        return _bug_report(text, rest)
    if colon and kind == "label":
        from droidanon.store.library import captures_folder

        return _labelled(text, captures_folder(), rest)
    if not text:
        raise UsageError(
            "the source is empty: give a file, a folder, -, adb:, adb:SERIAL, local:, bugreport:FILE or label:KEY=VALUE"
        )
    return _path(text)


def _local(text: str, rest: str) -> Live:
    from droidanon.sources.local import LocalSource

    if rest:
        raise UsageError(f"{escape_text(text)}: local: has no argument")
    return Live(text, LocalSource())


def _bug_report(text: str, path: str) -> ForeignTexts:
    from droidanon.sources.files.bugreport import BugreportSource

    if not path:
        raise UsageError("bugreport: needs a file: bugreport:FILE.zip or bugreport:FILE.txt")
    return ForeignTexts(text, BugreportSource(path))


def _labelled(text: str, folder: Path, query: str) -> Resolved:
    """The captures of a folder with given labels: one capture, or replicates."""
    from droidanon.sources.capture_file import CaptureFileSource
    from droidanon.sources.labels import LabelledSource, LabelQuery, find_labelled

    paths, notes = find_labelled(folder, LabelQuery.parse(query))
    if len(paths) == 1:
        return CaptureFile(paths[0], CaptureFileSource(Path(paths[0]), notes))
    return Replicates(text, LabelledSource(text, paths), paths, notes)


def _path(text: str) -> Resolved:
    path = Path(text)
    try:
        if text != "-" and path.is_dir():
            return _folder(text, path)
        if text != "-" and path.is_file():
            return _file(text, path)
        if text != "-" and not path.exists():
            return _no_path(text)
    except (OSError, ValueError):  # an invalid file name, or a file that may not be read; the source reports it
        pass
    from droidanon.sources.files.source import FileSource  # lazy, because opening a capture does not need the importers

    return ForeignTexts(text, FileSource(text))


def _folder(text: str, path: Path) -> Resolved:
    from droidanon.sources.files.source import FileSource
    from droidanon.sources.series import SeriesSource, find_folder_series

    if (series := find_folder_series(path)) is not None:
        return SeriesOfCaptures(text, SeriesSource(series), series)
    captures = sorted(str(file) for file in path.glob("*.parquet") if not file.name.startswith("."))
    return Replicates(text, FileSource(text), tuple(captures)) if captures else ForeignTexts(text, FileSource(text))


def _file(text: str, path: Path) -> Resolved:
    if path.suffix == ".parquet":  # detected by name, because the beginning may be damaged
        return _captured(text, None)
    from droidanon.sources.perfetto.packets import HEAD_BYTES, looks_like_trace, unpacked_head

    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(_PARQUET):
        return _captured(text, None)
    if looks_like_trace(unpacked_head(head)):
        from droidanon.sources.perfetto.source import TraceSource, trace_series
        from droidanon.sources.series import SeriesSource

        series = trace_series(path)
        return (
            ForeignTexts(text, TraceSource(text))
            if series is None
            else SeriesOfCaptures(text, SeriesSource(series), series)
        )
    from droidanon.sources.files.source import FileSource
    from droidanon.sources.files.text_series import text_series
    from droidanon.sources.series import SeriesSource

    if (series := text_series(path)) is not None:
        return SeriesOfCaptures(text, SeriesSource(series), series)
    return ForeignTexts(text, FileSource(text))


def _captured(text: str, source: Source | None) -> Resolved:
    """A capture of a series, or a file that is not a source by itself."""
    from droidanon.sources.capture_file import CaptureFileSource

    if source is None:
        return CaptureFile(text, CaptureFileSource(Path(text)))
    return CaptureFile(text, source) if isinstance(source, CaptureFileSource) else ForeignTexts(text, source)


def _no_path(text: str) -> Resolved:
    """A capture of a series by its number, captures of a folder by label, or a glob."""
    from droidanon.sources.files.source import FileSource
    from droidanon.sources.series import capture_source, split_number

    name, number = split_number(text)
    if number is not None and isinstance(found := resolve(name), SeriesOfCaptures):
        captures = found.series.captures
        if number > len(captures):
            raise InputError(f"{escape_text(text)}: the series has {counted(len(captures), 'capture')}")
        return _captured(text, capture_source(found.series, captures[number - 1]))
    folder, hash_sign, query = text.partition("#")
    if hash_sign and "=" in query and Path(folder).is_dir():
        return _labelled(text, Path(folder), query)
    if not glob.has_magic(text):
        return ForeignTexts(text, FileSource(text))
    matches = sorted(glob.glob(_literal_folders(text), recursive=True))  # noqa: PTH207 # Path.glob takes no absolute pattern
    if not matches:
        raise InputError(f"{escape_text(text)}: no file matches")
    return Replicates(text, FileSource(text), tuple(matches))


def _literal_folders(pattern: str) -> str:
    """Escape existing folders with special characters in their names (such as `run[1]`) in a glob."""
    path = Path(pattern)
    place, parts = Path(), []
    for part in path.parts:
        place /= part
        if not place.is_dir():
            break
        parts.append(glob.escape(part))
    return str(Path(*parts, *path.parts[len(parts) :]))


def is_live(text: str) -> bool:
    """Whether a source changes while it is read: a phone or this host."""
    kind, colon, _ = text.partition(":")
    return bool(colon) and kind in ("adb", "local")


def load_source(
    text: str,
    selection: Selection | None = None,
    *,
    app: str | None = None,
    pid: int | None = None,
    options: PhoneOptions | None = None,
    progress: Progress | None = None,
) -> Capture:
    """Read the selected processes of a source, or all of them.

    `app` and `pid` are shorthand for a selection.
    """
    return resolve(text, options).read(selection or Selection(app, pid), progress)


def expand_side(text: str) -> list[str]:
    """The sources of one side of a diff: one, or several replicates in order of name."""
    if not text:
        return [text]
    return [member.text for member in resolve(text).members]
