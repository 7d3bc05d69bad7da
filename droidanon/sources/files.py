"""Files, folders, archives and stdin as sources of smaps text."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem, Process
from droidanon.procfs import package_of_process, parse_ps
from droidanon.smaps.entry import FIELD, HEADER
from droidanon.sources.archives import is_archive, read_archive
from droidanon.sources.source import Progress, Reading, choose, make_capture

PARQUET_MAGIC = b"PAR1"
_PID = re.compile(r"(?:^|[-_])(\d+)$")
_LISTINGS = ("ps.txt", "ps")
_LOOK = 1 << 16


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file, a folder, an archive, or `-`."""

    path: str

    def read(self, *, app: str | None, pid: int | None, progress: Progress | None) -> Capture:
        """All texts in it that are smaps, or those of an app or pid."""
        if self.path == "-":
            return _capture_of([("-", sys.stdin.buffer.read())], self.path, True, app, pid, progress)
        path = Path(self.path)
        try:
            if path.is_dir():
                return _capture_of(_folder(path), self.path, False, app, pid, progress)
            with path.open("rb") as file:
                start = file.read(512)
            if start[:4] == PARQUET_MAGIC:
                return _stored(path, app, pid)
            if is_archive(path, start):
                return _capture_of(read_archive(path), self.path, False, app, pid, progress)
            return _capture_of([(path.resolve().as_posix(), path.read_bytes())], self.path, True, app, pid, progress)
        except FileNotFoundError as error:
            raise InputError(f"{escape_text(self.path)}: no such file or folder") from error
        except OSError as error:
            raise InputError(f"{escape_text(self.path)}: {error.strerror or error}") from error


def _stored(path: Path, app: str | None, pid: int | None) -> Capture:
    from droidanon.sources.select import select
    from droidanon.store.parquet import load_capture

    return select(load_capture(path), app, pid)


def _folder(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names (as paths inside it) and contents of a folder's files, in order."""
    for file in sorted(path.rglob("*")):
        if file.is_file() and not file.name.startswith("."):
            yield f"{path.resolve().name}/{file.relative_to(path).as_posix()}", file.read_bytes()


def _capture_of(
    items: Iterable[tuple[str, bytes]],
    source: str,
    alone: bool,
    app: str | None,
    pid: int | None,
    progress: Progress | None,
) -> Capture:
    readings: list[Reading] = []
    problems: list[Problem] = []
    listing: dict[int, tuple[str, int | None]] = {}
    for done, (name, data) in enumerate(items):
        if progress is not None:
            progress(done, None, name)
        if PurePosixPath(name).name in _LISTINGS and (found := parse_ps(data.decode("utf-8", "replace"))):
            listing.update(found)
        elif data and not looks_like_smaps(data):
            if alone:
                raise InputError(
                    f"{escape_text(source)}: not an smaps file: not one header and not one `Key: value` line in it"
                )
            problems.append(Problem(name, "left out: not an smaps file"))
        else:
            readings.append(Reading(_process_of(name), data))
    if not readings:
        raise InputError(f"{escape_text(source)}: no smaps files in it")
    if all(not reading.text for reading in readings) and problems:
        raise InputError(f"{escape_text(source)}: no smaps files in it, only empty ones and others")
    readings = [_named(reading, listing) for reading in readings]
    kept = choose(readings, app, pid)
    return make_capture(kept, source=source, app=app or "", problems=problems)


def looks_like_smaps(data: bytes) -> bool:
    """Whether there is a header or a `Key: value` line; the start is looked at first, then everything."""
    for part in (data[:_LOOK], data):
        for line in part.split(b"\n"):
            stripped = line.rstrip(b"\r")
            if HEADER.fullmatch(stripped) or FIELD.fullmatch(stripped):
                return True
        if len(part) == len(data):
            break
    return False


def _process_of(name: str) -> Process:
    """The process that a file's name tells: its stem, or the folder's name of a file called smaps; digits are the pid."""
    path = PurePosixPath(name)
    stem = path.stem if path.name != "smaps" else (path.parent.name or "smaps")
    if name == "-":
        stem = "stdin"
    match = _PID.search(stem)
    return Process(
        stem, pid=int(match.group(1)) if match and len(match.group(1)) < 10 else None, package=package_of_process(stem)
    )


def _named(reading: Reading, listing: dict[int, tuple[str, int | None]]) -> Reading:
    pid = reading.process.pid
    if pid is None or pid not in listing:
        return reading
    name, ppid = listing[pid]
    process = replace(reading.process, name=name, ppid=ppid, package=package_of_process(name))
    return Reading(process, reading.text, reading.error)
