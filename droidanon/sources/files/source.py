"""Files, folders, archives and stdin as sources of smaps text."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.sources.assemble import make_capture
from droidanon.sources.capture_file import CaptureFileSource
from droidanon.sources.files import archives
from droidanon.sources.files.contents import Item, archive_items, folder_items
from droidanon.sources.files.detect import PARQUET_MAGIC, Kind
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress
from droidanon.store.series import SUFFIX

_START = 512


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file, a folder, an archive, or `-`. `only`: of a folder, the files of these names."""

    path: str
    only: frozenset[str] = frozenset()

    def describe(self) -> str:
        return "stdin" if self.path == "-" else self.path

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """All texts in it that are smaps, or those of an app or pid. InputError says what it is not."""
        try:
            if self.path == "-":
                return self._read_stream(sys.stdin.buffer, "stdin", selection, progress)
            path = Path(self.path)
            if path.is_dir():
                return self._capture(folder_items(path, self.only), None, False, selection, progress)
            if path.suffix == SUFFIX and path.exists():
                # Not asked what it begins with: that may be damaged, and a pipe would be waited for.
                return CaptureFileSource(path).read(selection)
            with path.open("rb") as file:
                if not file.seekable():
                    return self._read_stream(file, self.path, selection, progress)
                start = file.read(_START)
                if start[:4] == PARQUET_MAGIC:
                    return CaptureFileSource(path).read(selection)
                file.seek(0)
                return self._read_file(file, path.resolve().as_posix(), selection, progress)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise InputError(f"{escape_text(self.path)}: no such file or folder") from error
        except OSError as error:
            raise InputError(f"{escape_text(self.path)}: {error.strerror or error}") from error
        except ValueError as error:  # a path with a NUL
            raise InputError(f"{escape_text(self.path)}: not a path ({error})") from error

    def _read_stream(self, stream: IO[bytes], name: str, selection: Selection, progress: Progress | None) -> Capture:
        """What comes out of a pipe or a terminal."""
        where = escape_text(name)
        file = archives.seekable(stream, where)
        if file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC:
            raise InputError(f"{where}: a capture can't be read from a pipe; give its file")
        return self._read_file(file, name, selection, progress)

    def _read_file(self, file: IO[bytes], name: str, selection: Selection, progress: Progress | None) -> Capture:
        """A text or an archive."""
        file.seek(0)
        start = file.read(_START)
        file.seek(0)
        if not archives.is_archive(start):
            return self._capture(
                [Item(escape_text(name), archives.read_whole(file, escape_text(self.describe())))],
                file,
                True,
                selection,
                progress,
            )
        alone = archives.is_one_text(file, start)
        return self._capture(archive_items(file, name), file, alone, selection, progress)

    def _capture(
        self,
        items: Iterable[Item],
        file: IO[bytes] | None,
        alone: bool,
        selection: Selection,
        progress: Progress | None,
    ) -> Capture:
        """What is in the items, which are those of `file`, if they are of one."""
        where = escape_text(self.path)
        from droidanon.sources.files.importer import gather  # a capture is opened without it

        found = gather(items, where, alone, progress)
        if found.kinds[Kind.BUGREPORT] and file is not None and not found.counted:
            from droidanon.sources.files.bugreport import read_report

            file.seek(0)
            capture = read_report(file, self.path, selection, progress)
            told = "taken for a bug report" + (f", as bugreport:{where}" if self.path != "-" else "")
            return replace(capture, notes=(Problem(where, told), *capture.notes))
        if not found.readings:
            other = next((kind for kind in found.kinds if kind not in (Kind.OTHER, Kind.CAPTURE)), None)
            if alone and other is not None:
                why = found.left_out or [problem.message for problem in found.problems]
                raise InputError(f"{where}: {why[0] if why else f'{other.value}, not an smaps file'}")
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
        kept = selection.of_readings(found.readings)
        return make_capture(
            kept,
            source=self.path,
            app=selection.app or "",
            device=found.device,
            system=found.system,
            problems=found.problems,
            notes=found.notes,
            created=min(found.times, default=""),
        )
