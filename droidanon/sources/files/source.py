"""Files, folders, archives and stdin as sources of smaps text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.sources import archives, whole_stream
from droidanon.sources.capture_file import CaptureFileSource
from droidanon.sources.files.contents import Item, archive_items, folder_items, folder_size, packed_text_item, text_item
from droidanon.sources.files.detect import PARQUET_MAGIC, Kind, looks_like_smaps
from droidanon.sources.selection import EVERYTHING, SELECT_APP, Selection, looks_like_app
from droidanon.sources.source import Progress
from droidanon.store.series import SUFFIX

if TYPE_CHECKING:
    from droidanon.sources.background_parser import Intake
    from droidanon.sources.files.importer import Gathered

_START = 512


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file, a folder, an archive, or `-`. `only`: read only these files of a folder.

    `moment`: which pass over the processes to read (from 1) in a text with several, by default the last.
    """

    path: str
    only: frozenset[str] = frozenset()
    moment: int | None = None
    created: str = ""
    """The time at which it was made (ISO 8601), if known."""

    def describe(self) -> str:
        return "stdin" if self.path == "-" else self.path

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """Reads the selected processes. InputError if there is nothing to read."""
        try:
            if self.path == "-":
                return self._read_stream(sys.stdin.buffer, "stdin", selection, progress)
            path = Path(self.path)
            if path.is_dir():
                return self._capture(folder_items(path, self.only), None, False, selection, progress)
            if path.suffix == SUFFIX and path.exists():
                # Detected by name, because the beginning may be damaged and reading a pipe would block.
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
            raise self._missing() from error
        except OSError as error:
            raise InputError(f"{escape_text(self.path)}: {error.strerror or error}") from error
        except ValueError as error:  # a path that contains NUL
            raise InputError(f"{escape_text(self.path)}: not a path ({error})") from error

    def _missing(self) -> InputError:
        text = f"{escape_text(self.path)}: no such file or folder"
        return InputError(f"{text}; {SELECT_APP}", settings=("app",)) if looks_like_app(self.path) else InputError(text)

    def _read_stream(self, stream: IO[bytes], name: str, selection: Selection, progress: Progress | None) -> Capture:
        """Reads a pipe or a terminal."""
        where = escape_text(name)
        with nullcontext(stream) if stream.seekable() else whole_stream.spool(stream, where) as file:
            if file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC:
                raise InputError(f"{where}: a capture can't be read from a pipe; pass its file")
            return self._read_file(file, name, selection, progress)

    def _read_file(self, file: IO[bytes], name: str, selection: Selection, progress: Progress | None) -> Capture:
        """Reads a text or an archive."""
        file.seek(0)
        start = file.read(_START)
        file.seek(0)
        if not archives.is_archive(start):
            where, path = escape_text(self.describe()), "" if self.path == "-" else self.path
            items = (text_item(one, escape_text(name), where, path) for one in (file,))
            return self._capture(items, file, True, selection, progress, looks_like_smaps(start))
        if archives.is_one_text(file, start):
            with packed_text_item(file, name) as item:
                is_smaps = looks_like_smaps(item.text[:_START])
                return self._capture([item], file, True, selection, progress, is_smaps)
        return self._capture(archive_items(file, name), file, False, selection, progress)

    def _capture(
        self,
        items: Iterable[Item],
        file: IO[bytes] | None,
        alone: bool,
        selection: Selection,
        progress: Progress | None,
        is_smaps: bool = False,
    ) -> Capture:
        """The capture of some items; `file`: the archive that contains them, if any.

        `is_smaps`: whether there is one item, which begins like smaps; anything else may be a bug report.
        """
        where = escape_text(self.path)
        # lazy, because opening a capture does not need it
        from droidanon.sources.background_parser import Intake
        from droidanon.sources.process_parser import PROCESS_BYTES, ProcessParser

        is_folder = file is None and not self.only
        size = folder_size(Path(self.path), PROCESS_BYTES) if is_folder else _text_size(file)
        parser = ProcessParser(size)
        with Intake(parser) as intake:
            if is_folder or is_smaps:
                parser.start()  # while this process imports what it needs
            from droidanon.sources.files.importer import gather

            found = gather(items, where, alone, progress, self.moment, intake)
            return self._captured(found, file, alone, selection, progress, intake)

    def _captured(
        self,
        found: Gathered,
        file: IO[bytes] | None,
        alone: bool,
        selection: Selection,
        progress: Progress | None,
        intake: Intake,
    ) -> Capture:
        from droidanon.sources.files.file_capture import capture_of

        where = escape_text(self.path)
        if found.kinds[Kind.BUGREPORT] and file is not None and not found.counted:
            from droidanon.sources.files.bugreport import read_report

            file.seek(0)
            capture = read_report(file, self.path, selection, progress)
            note = "read as a bug report" + (f", as bugreport:{where}" if self.path != "-" else "")
            return replace(capture, notes=(Problem(where, note), *capture.notes))
        if found.kinds[Kind.TRACE] and alone and file is not None:
            return _trace(file, self.path, selection)
        return capture_of(
            found,
            self.path,
            selection=selection,
            alone=alone,
            is_chosen=bool(self.only),
            created=self.created,
            intake=intake,
        )


def _text_size(file: IO[bytes] | None) -> int:
    """The approximate size of a file's text; smaps compress to less than a twelfth."""
    if file is None:
        return 0
    start = file.read(_START)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size * (12 if archives.is_archive(start) else 1)


def _trace(file: IO[bytes], path: str, selection: Selection) -> Capture:
    """The last pass of a trace that is compressed, or read from a pipe."""
    from droidanon.sources.perfetto.source import trace_capture
    from droidanon.sources.perfetto.trace import parse_trace

    file.seek(0)
    start = file.read(_START)
    file.seek(0)
    if archives.is_archive(start):
        data = next(data or b"" for _, data in archives.read_archive(file, path))
    else:
        data = whole_stream.read_whole(file, escape_text(path))
    return trace_capture(parse_trace(data), path, None, selection)
