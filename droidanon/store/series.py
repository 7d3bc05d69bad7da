"""A series: a folder of captures of one source over time, with a manifest, gaps and marks. See docs/series.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from droidanon.errors import DroidanonError, InputError
from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.store.atomic_file import atomic_file, delete_parts_of_killed
from droidanon.store.bounded_file import MOST_JSON, read_bounded
from droidanon.store.exits import SeriesExit, read_series_exits
from droidanon.store.json_fields import known_fields
from droidanon.store.json_lines import append_lines, read_lines
from droidanon.store.series_bases import lost_captures
from droidanon.wording import counted

SUFFIX = ".parquet"
"""The end of the names of captures."""
MANIFEST = "series.json"
MARKS = "marks.jsonl"
STATUS_FOLDER, SYSTEM_FOLDER = "status", "system"
"""Folders of Parquet files with the samples between captures: rows of processes, and of the system."""
SERIES_VERSION = 3
"""The newest: of series with captures that are stored as changes of changes."""
RECORDING, DONE, INTERRUPTED, FAILED = "recording", "done", "interrupted", "failed"
IMPORTED = "imported"
"""The state of a series that another tool recorded."""


@dataclass(frozen=True, slots=True)
class SeriesCapture:
    """A capture in a series. Seconds count from the start of the series; None if the manifest lacks them."""

    file: str
    """`#N` for one that is no file of its own."""
    created: str = ""
    due_s: float | None = None
    """When the schedule wanted it."""
    begun_s: float | None = None
    took_s: float | None = None
    partial: bool = False
    base: str = ""
    """The file of the capture since which its changes are stored; empty if it is stored in full."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A period without `what` (captures or samples), because the source did not respond; `end` is empty while it
    lasts."""

    what: str
    begin: str
    reason: str
    end: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A note at a point in time."""

    time: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """A series as its manifest describes it: captures, marks and process exits, oldest first.

    `state`: recording (or the recorder was killed), done, interrupted or failed. `missed`: the number of scheduled
    captures that were not made.
    """

    path: Path
    captures: tuple[SeriesCapture, ...] = ()
    gaps: tuple[Gap, ...] = ()
    marks: tuple[Mark, ...] = ()
    exits: tuple[SeriesExit, ...] = ()
    source: str = ""
    app: str = ""
    pid: int | None = None
    started: str = ""
    ended: str = ""
    every_s: float | None = None
    state: str = ""
    missed: int = 0
    tool_version: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    """How it was recognised, if it has no manifest."""

    @property
    def files(self) -> list[Path]:
        """The capture files, oldest first."""
        return [self.path / capture.file for capture in self.captures]

    @property
    def whole(self) -> tuple[SeriesCapture, ...]:
        """The captures that are not partial, because a subset of the processes is not a data point. If all are partial,
        all of them.
        """
        return tuple(taken for taken in self.captures if not taken.partial) or self.captures

    @property
    def sources(self) -> list[str]:
        """The sources of the complete captures. A capture without its own file is `SERIES#N`."""
        return [self.source_of(capture) for capture in self.whole]

    def source_of(self, capture: SeriesCapture) -> str:
        """The source string that opens one of its captures."""
        return f"{self.path}{capture.file}" if capture.file[0] == "#" else str(self.path / capture.file)


_OTHERS = frozenset({"path", "captures", "gaps", "marks", "exits", "problems", "notes"})
_FACTS = tuple(item.name for item in fields(Series) if item.name not in _OTHERS)


def _check_labels(labels: Any) -> None:
    if not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values()):
        raise TypeError("labels")


def iso_time(seconds: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_series(path: Path) -> bool:
    """Whether a folder is a series: it has a manifest."""
    return (path / MANIFEST).is_file()


def write_manifest(series: Series) -> None:
    """Write the manifest atomically, so that readers always find a complete one."""
    data = {
        "series_version": _version(series.captures),
        **{name: getattr(series, name) for name in _FACTS},
        "labels": dict(series.labels),
        "captures": [_entry(capture) for capture in series.captures],
        "gaps": [asdict(gap) for gap in series.gaps],
    }
    with atomic_file(series.path / MANIFEST) as file:
        file.write(json.dumps(data, indent=1).encode())


def _version(captures: Sequence[SeriesCapture]) -> int:
    """The oldest format version that can read these captures: 1 if all are stored in full, 2 if no base has a base
    itself."""
    changes = {capture.file: capture.base for capture in captures if capture.base}
    return 1 if not changes else SERIES_VERSION if changes.keys() & set(changes.values()) else 2


def _entry(capture: SeriesCapture) -> dict[str, Any]:
    entry = asdict(capture)
    if not capture.base:
        del entry["base"]
    return entry


def state_failed(path: Path) -> None:
    """Mark the recording as failed even if the disk is full, by overwriting the bytes of the old state.

    Does nothing if the manifest has another state or cannot be written.
    """
    former, failed = (f'"state": "{state}"'.encode() for state in (RECORDING, FAILED))
    with suppress(OSError), open(path / MANIFEST, "rb+", buffering=0) as file:
        place = file.read().find(former)
        if place >= 0:
            file.seek(place)
            file.write(failed.ljust(len(former)))


def add_mark(path: Path, mark: Mark) -> None:
    """Add a mark to a series, even while another process records it.

    Raises InputError for a folder that is not a series, and DroidanonError if writing fails.
    """
    add_marks(path, [mark])


def add_marks(path: Path, marks: Iterable[Mark]) -> None:
    """Add all marks to a series or none. Raises the errors of `add_mark`."""
    if not is_series(path):
        raise InputError(f"{escape_text(str(path))}: not a series (no {MANIFEST} in it)")
    append_lines(path / MARKS, map(asdict, marks))


def read_series(path: Path) -> Series:
    """Read a series from its folder. Differences between manifest and folder become problems.

    Raises InputError if the folder is not a series or a newer droidanon wrote it.
    """
    where = escape_text(str(path))
    if not is_series(path):
        raise InputError(f"{where}: not a series (no {MANIFEST} in it)")
    problems: list[Problem] = []
    data = _manifest(path, where, problems)
    here = {file.name for file in path.glob(f"*{SUFFIX}") if file.is_file() and not file.name.startswith(".")}
    try:
        listed = [SeriesCapture(**known_fields(SeriesCapture, item)) for item in data.get("captures", [])]
        gaps = tuple(Gap(**known_fields(Gap, item)) for item in data.get("gaps", []))
        facts = {name: value for name, value in known_fields(Series, data).items() if name in _FACTS}
        _check_labels(facts.get("labels", {}))
    except (TypeError, AttributeError) as error:
        raise InputError(f"{where}: damaged {MANIFEST}: {escape_text(str(error))}") from error
    for capture in listed:
        if capture.file not in here:
            problems.append(Problem(f"{where}/{escape_text(capture.file)}", "in the manifest, but not in the folder"))
    listed = [capture for capture in listed if capture.file in here]
    unlisted = [_unlisted(path / name) for name in here - {capture.file for capture in listed}]
    if unlisted and data:
        problems.append(
            Problem(
                where,
                f"not in the manifest: {counted(len(unlisted), 'capture')} (added, or the recorder was killed)",
            )
        )
    captures = listed  # in recording order, even if the clock was set back during recording
    if unlisted:
        captures = sorted([*listed, *unlisted], key=lambda capture: (capture.created, capture.file))
    lost = lost_captures(path, {capture.file: capture.base for capture in captures}, problems)
    captures = [capture for capture in captures if capture.file not in lost]
    marks, exits = _marks(path, problems), read_series_exits(path, problems)
    return Series(path, tuple(captures), gaps, marks, exits, problems=tuple(problems), **facts)


def _manifest(path: Path, where: str, problems: list[Problem]) -> dict[str, Any]:
    try:
        data = json.loads(read_bounded(path / MANIFEST, MOST_JSON))
    except OSError as error:
        problems.append(Problem(f"{where}/{MANIFEST}", f"cannot be read, and left out: {error.strerror or error}"))
        return {}
    except (ValueError, RecursionError) as error:
        problems.append(Problem(f"{where}/{MANIFEST}", f"damaged, and left out: {error}"))
        return {}
    version = data.get("series_version") if isinstance(data, dict) else None
    if not isinstance(version, int):
        raise InputError(f"{where}/{MANIFEST}: not the manifest of a series")
    if version > SERIES_VERSION:
        raise InputError(f"{where}: made by a newer droidanon (series format {version}); update droidanon")
    return dict(data)


def _unlisted(path: Path) -> SeriesCapture:
    """The entry of a capture, from its metadata. A capture that cannot be opened is listed, and fails when read."""
    from droidanon.store.parquet import read_header

    try:
        data = read_header(path)
    except InputError:
        return SeriesCapture(path.name)
    base = str(data.get("base", ""))
    return SeriesCapture(path.name, str(data.get("created", "")), partial=bool(data.get("partial")), base=base)


def _marks(path: Path, problems: list[Problem]) -> tuple[Mark, ...]:
    found = read_lines(path / MARKS, lambda data: Mark(**known_fields(Mark, data)), "a mark", problems)
    return tuple(sorted(found, key=lambda mark: mark.time))


def delete_parts_of_killed_recorders(captures: Path) -> None:
    """Delete temporary files of killed recorders in the series of a folder; only a recorder writes to its series."""
    for manifest in captures.glob(f"*/{MANIFEST}"):
        for folder in (manifest.parent, manifest.parent / STATUS_FOLDER, manifest.parent / SYSTEM_FOLDER):
            delete_parts_of_killed(folder)


def check_free(path: Path) -> None:
    """Raise InputError if a series cannot be made here: the path is a file, or a folder that is not empty."""
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise InputError(f"{escape_text(str(path))}: already exists and is not an empty folder")


def new_folder(path: Path, *, numbered: bool) -> Path:
    """Make an empty folder for a series. If `numbered`, append `-2`, `-3` ... to a name in use; otherwise raise
    InputError.
    """
    for number in range(1, 10_000):
        chosen = path if number == 1 else path.with_name(f"{path.name}-{number}")
        try:
            chosen.mkdir(parents=True)
            return chosen
        except FileExistsError:
            if not numbered:
                check_free(path)
                return path
        except OSError as error:
            raise DroidanonError(f"{escape_text(str(path))}: cannot write: {error.strerror or error}") from error
    raise DroidanonError(f"{escape_text(str(path))}: too many series of this name")
