"""Files, folders, archives and stdin as sources of smaps text."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import IO

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem, Process
from droidanon.procfs import package_of_process, parse_ps
from droidanon.smaps.entry import FIELD, HEADER
from droidanon.sources import archives
from droidanon.sources.source import Progress, Reading, choose, make_capture

PARQUET_MAGIC = b"PAR1"
_PID = re.compile(r"(?:^|[-_])([0-9]{1,9})$")
_LISTINGS = ("ps.txt", "ps")
_START = 512
_SMAPS_LINE = re.compile(rb"^(?:" + HEADER.pattern + rb"|" + FIELD.pattern + rb")\r?$", re.MULTILINE)

Listing = dict[int, tuple[str, int | None]]


@dataclass(frozen=True, slots=True)
class _Item:
    """One file: its name, and its bytes or why it could not be read."""

    name: str
    data: bytes
    error: str = ""


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file, a folder, an archive, or `-`."""

    path: str

    def describe(self) -> str:
        return "stdin" if self.path == "-" else self.path

    def read(self, *, app: str | None = None, pid: int | None = None, progress: Progress | None = None) -> Capture:
        """All texts in it that are smaps, or those of an app or pid. InputError says what it is not."""
        try:
            if self.path == "-":
                return self._read_stream(app, pid, progress)
            path = Path(self.path)
            if path.is_dir():
                return self._capture(_folder(path), False, app, pid, progress)
            with path.open("rb") as file:
                start = file.read(_START)
                if start[:4] == PARQUET_MAGIC:
                    return _stored(path, app, pid)
                file.seek(0)
                if self._is_archive(start):
                    return self._archive(file, path.resolve().as_posix(), app, pid, progress)
                return self._capture([_Item(path.resolve().as_posix(), file.read())], True, app, pid, progress)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise InputError(f"{escape_text(self.path)}: no such file or folder") from error
        except OSError as error:
            raise InputError(f"{escape_text(self.path)}: {error.strerror or error}") from error
        except ValueError as error:  # a path with a NUL
            raise InputError(f"{escape_text(self.path)}: not a path ({error})") from error

    def _read_stream(self, app: str | None, pid: int | None, progress: Progress | None) -> Capture:
        data = sys.stdin.buffer.read(archives.MAX_BYTES + 1)
        if len(data) > archives.MAX_BYTES:
            raise InputError(f"stdin: more than {archives.MAX_BYTES >> 30} GiB")
        if data[:4] == PARQUET_MAGIC:
            raise InputError("stdin: a capture can't be read from a pipe; give its file")
        if self._is_archive(data[:_START]):
            return self._archive(io.BytesIO(data), "stdin", app, pid, progress)
        return self._capture([_Item("stdin", data)], True, app, pid, progress)

    def _is_archive(self, start: bytes) -> bool:
        try:
            return archives.is_archive(start)
        except InputError as error:
            raise InputError(f"{escape_text(self.path)}: {error}") from error

    def _archive(
        self, file: IO[bytes], name: str, app: str | None, pid: int | None, progress: Progress | None
    ) -> Capture:
        start = file.read(_START)
        file.seek(0)
        alone = archives.is_one_text(file, start)
        items = (_Item(member, data) for member, data in archives.read_archive(file, name))
        return self._capture(items, alone, app, pid, progress)

    def _capture(
        self, items: Iterable[_Item], alone: bool, app: str | None, pid: int | None, progress: Progress | None
    ) -> Capture:
        found = _sort(items, progress)
        where = escape_text(self.path)
        if not found.readings:
            if alone:
                raise InputError(f"{where}: not an smaps file: not one header and not one `Key: value` line in it")
            if found.captures:
                raise InputError(
                    f"{where}: captures, not smaps texts, are in it; name one of them (such as {found.captures[0]}), "
                    "or give the folder as a side of a diff"
                )
            raise InputError(f"{where}: no smaps files in it")
        if found.problems and not any(reading.text for reading in found.readings):
            raise InputError(f"{where}: no smaps files in it, only empty ones and others")
        kept = choose(found.named(), app, pid)
        return make_capture(kept, source=self.path, app=app or "", problems=found.problems)


@dataclass(slots=True)
class _Sorted:
    """The files of a folder by what they are; `folders` has the folder of each reading."""

    readings: list[Reading] = field(default_factory=list)
    folders: list[PurePosixPath] = field(default_factory=list)
    listings: dict[PurePosixPath, Listing] = field(default_factory=dict)
    captures: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def named(self) -> list[Reading]:
        """The readings, with the names of a `ps` listing beside them or a folder up."""
        return [self._named(*pair) for pair in zip(self.readings, self.folders, strict=True)]

    def _named(self, reading: Reading, folder: PurePosixPath) -> Reading:
        pid = reading.process.pid
        for place in (folder, folder.parent):
            told = self.listings.get(place, {}).get(pid) if pid is not None else None
            if told is not None:
                name, ppid = told
                process = replace(reading.process, name=name, ppid=ppid, package=package_of_process(name))
                return replace(reading, process=process)
        return reading


def _sort(items: Iterable[_Item], progress: Progress | None) -> _Sorted:
    """What each file is, by what is in it."""
    found = _Sorted()
    for done, item in enumerate(items):
        name = escape_text(item.name)
        path = PurePosixPath(name)
        if progress is not None:
            progress(done, None, path.name)
        if item.error:
            found.problems.append(Problem(name, f"left out: {item.error}"))
        elif item.data[:4] == PARQUET_MAGIC:
            found.captures.append(path.name)
            found.problems.append(Problem(name, "left out: a capture, not an smaps text"))
        elif path.name in _LISTINGS and (listing := parse_ps(item.data.decode("utf-8", "backslashreplace"))):
            found.listings.setdefault(path.parent, {}).update(listing)
        elif item.data and not looks_like_smaps(item.data):
            found.problems.append(Problem(name, "left out: not an smaps file"))
        else:
            found.readings.append(Reading(_process_of(name), item.data))
            found.folders.append(path.parent)
    return found


def _stored(path: Path, app: str | None, pid: int | None) -> Capture:
    from droidanon.sources.choice import Choice
    from droidanon.sources.select import select
    from droidanon.store.parquet import load_capture

    return select(load_capture(path), Choice(app, pid))


def _folder(path: Path) -> Iterator[_Item]:
    """Names (as paths inside it) and contents of a folder's files, in order; hidden ones are left out."""
    top = path.resolve().name
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        if any(part.startswith(".") for part in inside.parts) or not file.is_file():
            continue
        name = f"{top}/{inside.as_posix()}"
        try:
            data, error = file.read_bytes(), ""
        except OSError as problem:
            data, error = b"", problem.strerror or str(problem)
        yield _Item(name, data, error)


def looks_like_smaps(data: bytes) -> bool:
    """Whether there is a header or a `Key: value` line in it."""
    return _SMAPS_LINE.search(data) is not None


def _process_of(name: str) -> Process:
    """The process that a file's name tells: its stem, or the folder's name of a file called smaps; digits are the pid."""
    path = PurePosixPath(name)
    stem = path.stem if path.name != "smaps" else (path.parent.name or "smaps")
    match = _PID.search(stem)
    return Process(stem, pid=int(match.group(1)) if match else None, package=package_of_process(stem))
