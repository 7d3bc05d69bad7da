"""Files, folders, archives and stdin as sources of smaps text."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture
from droidanon.sources import archives
from droidanon.sources.contents import Item, archive_items, folder_items
from droidanon.sources.kinds import PARQUET_MAGIC, Kind
from droidanon.sources.source import Progress, choose, make_capture

_START = 512


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file, a folder, an archive, or `-`. `only`: of a folder, the files of these names."""

    path: str
    only: frozenset[str] = frozenset()

    def describe(self) -> str:
        return "stdin" if self.path == "-" else self.path

    def read(self, *, app: str | None = None, pid: int | None = None, progress: Progress | None = None) -> Capture:
        """All texts in it that are smaps, or those of an app or pid. InputError says what it is not."""
        try:
            if self.path == "-":
                return self._read_stream(app, pid, progress)
            path = Path(self.path)
            if path.is_dir():
                return self._capture(folder_items(path, self.only), False, app, pid, progress)
            with path.open("rb") as file:
                start = file.read(_START)
                if start[:4] == PARQUET_MAGIC:
                    return _stored(path, app, pid)
                file.seek(0)
                if archives.is_archive(start):
                    return self._archive(file, path.resolve().as_posix(), app, pid, progress)
                item = Item(escape_text(path.resolve().as_posix()), file.read())
                return self._capture([item], True, app, pid, progress)
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
        if archives.is_archive(data[:_START]):
            return self._archive(io.BytesIO(data), "stdin", app, pid, progress)
        return self._capture([Item("stdin", data)], True, app, pid, progress)

    def _archive(
        self, file: IO[bytes], name: str, app: str | None, pid: int | None, progress: Progress | None
    ) -> Capture:
        start = file.read(_START)
        file.seek(0)
        alone = archives.is_one_text(file, start)
        return self._capture(archive_items(file, name), alone, app, pid, progress)

    def _capture(
        self, items: Iterable[Item], alone: bool, app: str | None, pid: int | None, progress: Progress | None
    ) -> Capture:
        where = escape_text(self.path)
        from droidanon.sources.gather import gather  # a capture is opened without it

        found = gather(items, where, alone, progress)
        if found.kinds[Kind.BUGREPORT] and not found.kinds[Kind.SMAPS] and not Path(self.path).is_dir():
            raise InputError(f"{where}: a bug report; give it as bugreport:{where}")
        if not found.readings:
            other = next((kind for kind in found.kinds if kind not in (Kind.OTHER, Kind.CAPTURE)), None)
            if alone and other is not None:
                raise InputError(f"{where}: {other.value}, not an smaps file")
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
        if len(found.times) > 1 and not self.only:
            first, *_, last = sorted(found.times)
            raise InputError(
                f"{where}: texts of {len(found.times)} times ({first} to {last}) are in it, and their sum means nothing; "
                "give a folder with those of one app, which is a series (unpacked, if this is an archive), or one of them"
            )
        kept = choose(found.readings, app, pid)
        return make_capture(
            kept, source=self.path, app=app or "", device=found.device, system=found.system, problems=found.problems,
            notes=found.notes, created=min(found.times, default=""),
        )  # fmt: skip


def _stored(path: Path, app: str | None, pid: int | None) -> Capture:
    from droidanon.sources.choice import Choice
    from droidanon.sources.select import select
    from droidanon.store.parquet import load_capture

    return select(load_capture(path), Choice(app, pid))
