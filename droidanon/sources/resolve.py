"""A source from its string: a path, `-`, `adb:`, `adb:SERIAL`, `local:` or `bugreport:FILE`."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.model import Capture
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.selection import Selection
from droidanon.sources.source import Progress, Source

if TYPE_CHECKING:
    from droidanon.store.series import Series

_KINDS = ("adb", "local", "bugreport")


def resolve(text: str, options: PhoneOptions | None = None) -> Source:
    """The source that a string names. UsageError for a kind that there is not. `options` are for phones."""
    kind, colon, rest = text.partition(":")
    if options is not None and options.prepare.asked and not (colon and kind == "adb"):
        raise UsageError(f"{options.prepare.asked[0]} is for a phone (adb: or adb:SERIAL), not for {escape_text(text)}")
    if colon and kind == "adb":
        from droidanon.sources.phone.source import AdbSource

        return AdbSource(rest or None, options or PhoneOptions())
    if colon and kind == "local":
        from droidanon.sources.local import LocalSource

        if rest:
            raise UsageError(f"{escape_text(text)}: local: takes nothing after it")
        return LocalSource()
    if colon and kind == "bugreport":
        from droidanon.sources.files.bugreport import BugreportSource

        if not rest:
            raise UsageError("bugreport: needs a file: bugreport:FILE.zip or bugreport:FILE.txt")
        return BugreportSource(rest)
    if not text:
        raise UsageError("a source is empty: give a file, a folder, -, adb:, adb:SERIAL, local: or bugreport:FILE")
    if (series := open_series(text)) is not None:
        from droidanon.sources.series import SeriesSource

        return SeriesSource(series)
    if "#" in text:
        from droidanon.sources.series import numbered

        if (source := numbered(text)) is not None:
            return source
    if _is_trace(text):
        from droidanon.sources.perfetto.source import TraceSource

        return TraceSource(text)
    from droidanon.sources.files.source import FileSource

    return FileSource(text)


def open_series(text: str) -> Series | None:
    """What a source says of itself as a series; None for any other source."""
    if not _is_folder(text) and not _is_trace(text):
        return None
    from droidanon.sources.series import find_series

    return find_series(text)


def _is_folder(text: str) -> bool:
    try:
        return Path(text).is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _is_trace(text: str) -> bool:
    from droidanon.sources.perfetto.packets import is_trace

    try:
        return is_trace(Path(text))
    except (OSError, ValueError):
        return False


def is_live(text: str) -> bool:
    """Whether a source changes while one looks: a phone or this host."""
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
    """Read a source: the selected processes, or all of them. `app` and `pid` are short for a selection of nothing else."""
    return resolve(text, options).read(selection or Selection(app, pid), progress)


def expand_side(text: str) -> list[str]:
    """The sources of a diff's side: one, or several that are replicates of one condition, in order of their names.

    Replicates are the whole captures of a series, the captures in a folder, or the matches of a glob that is no path itself. InputError for a glob
    without a match.
    """
    kind, colon, _ = text.partition(":")
    if text in ("", "-") or (colon and kind in _KINDS):
        return [text]
    try:
        path = Path(text)
        if (series := open_series(text)) is not None:
            return series.sources
        if path.is_dir():
            captures = sorted(str(file) for file in path.glob("*.parquet") if not file.name.startswith("."))
            return captures or [text]
        if path.exists() or not glob.has_magic(text):
            return [text]
        found = sorted(glob.glob(text, recursive=True))  # noqa: PTH207 # Path.glob takes no absolute pattern
    except (OSError, ValueError):  # a name that no file can have
        return [text]
    if not found:
        raise InputError(f"{escape_text(text)}: no file has such a name")
    return found
