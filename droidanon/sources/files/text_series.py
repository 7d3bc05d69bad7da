"""Series of dumps of the same processes: one after another in a text, or one file each in a folder.

The output of `dumpsys meminfo` contains the phone's uptime, so the times between dumps are known. The last dump has its
file's time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import IO

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.sources import archives
from droidanon.sources.files.contents import Item, packed_text_item, text_item
from droidanon.sources.files.detect import Kind
from droidanon.sources.files.importer import extract_from
from droidanon.sources.files.process_text import ReportedMoment
from droidanon.store.series import IMPORTED, Series, SeriesCapture, iso_time

_OF_A_DUMP = frozenset({Kind.DUMPSYS, Kind.PROCRANK, Kind.SHOWMAP, Kind.PMAP, Kind.LOW_MEMORY})
_MOST_FILES, _MOST_BYTES = 1000, 64 << 20
_HEAD = 512


def text_series(path: Path) -> Series | None:
    """A text with at least two dumps of the same processes as a series; None for any other file. OSError if it cannot
    be read."""
    try:
        with path.open("rb") as file, _one_text(file, path) as item:
            found = None if item is None else extract_from(item, alone=True)[1]
    except InputError:  # damaged, or too large: reported when it is read
        return None
    if found is None or len(found.moments) < 2:
        return None
    newest = path.stat().st_mtime
    names = [f"#{number}" for number in range(1, len(found.moments) + 1)]
    return _series(path, names, found.moments, newest, f"read as {len(names)} moments of the same processes")


def dump_series(folder: Path) -> Series | None:
    """A folder that contains only dumps of the same processes, one per file, as a series; None for any other folder.

    OSError if it can't be read.
    """
    files = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if not 2 <= len(files) <= _MOST_FILES or not all(path.is_file() for path in files):
        return None
    if sum(path.stat().st_size for path in files) > _MOST_BYTES:
        return None
    moments: list[tuple[Path, ReportedMoment]] = []
    for path in files:
        kind, found, _ = extract_from(Item(path.name, path.read_bytes()), alone=True)
        if found is None or kind not in _OF_A_DUMP or len(found.moments) != 1:
            return None
        moments.append((path, found.moments[0]))
        if not _names(moments[0][1]) & _names(moments[-1][1]):
            return None
    if _times([moment for _, moment in moments]) or _are_distinct([moment for _, moment in moments]):
        moments.sort(key=lambda pair: pair[1].time_s or 0)
    else:
        moments.sort(key=lambda pair: _natural(pair[0].name))
    newest = max(path.stat().st_mtime for path in files)
    note = f"read as a series of {len(moments)} dumps of the same processes"
    return _series(folder, [path.name for path, _ in moments], [moment for _, moment in moments], newest, note)


@contextmanager
def _one_text(file: IO[bytes], path: Path) -> Iterator[Item | None]:
    """A text, unpacked; None for an archive of several files."""
    start = file.read(_HEAD)
    file.seek(0)
    if not archives.is_archive(start):
        yield text_item(file, path.name, escape_text(str(path)), str(path))
    elif archives.is_one_text(file, start):
        with packed_text_item(file, path.name) as item:
            yield replace(item, name=path.name)
    else:
        yield None


def _series(path: Path, names: Sequence[str], moments: Sequence[ReportedMoment], newest: float, note: str) -> Series:
    times = _times(moments)
    created = [newest - times[-1] + time for time in times] if times else [newest] * len(moments)
    stamps = [iso_time(seconds) for seconds in created]
    captures = tuple(
        SeriesCapture(name, stamp, begun_s=(time - times[0]) if times else None)
        for name, stamp, time in zip(names, stamps, times or [0.0] * len(names), strict=True)
    )
    known = "with the times since boot that they print" if times else "in their order; they print no time"
    return Series(
        path,
        captures,
        source=str(path),
        started=stamps[0] if times else "",
        ended=stamps[-1] if times else "",
        state=IMPORTED,
        notes=(Problem(escape_text(str(path)), f"{note}, {known}"),),
    )


def _times(moments: Sequence[ReportedMoment]) -> list[float]:
    """The uptime of each dump in seconds; empty unless all are known and ascending."""
    times = [moment.time_s for moment in moments if moment.time_s is not None]
    rising = all(later > earlier for earlier, later in pairwise(times))
    return times if rising and len(times) == len(moments) else []


def _are_distinct(moments: Sequence[ReportedMoment]) -> bool:
    times = [moment.time_s for moment in moments]
    return None not in times and len(set(times)) == len(times)


def _names(moment: ReportedMoment) -> set[str]:
    return {table.process for table in moment.tables} | {text.process.name for text in moment.texts}


def _natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts `run2` before `run10`."""
    return [(int(digits or 0), word) for digits, word in re.findall(r"([0-9]{1,18})|([^0-9]+)", name)]
