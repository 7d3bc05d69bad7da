"""Finds the text of a bug report in the archives of AOSP and vendors.

AOSP's zip names its text in `main_entry.txt`. Xiaomi wraps that zip in another one; Samsung puts a text named
`dumpState_*.log` among many logs.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.sources import archives, whole_stream
from droidanon.sources.files.normalise_text import normalise_text

_MAIN = "main_entry.txt"
_TEXT = (".txt", "")
_DEPTH = 2
"""The largest depth of nested archives."""
_MARK = b"== dumpstate: "
_HEAD = 1 << 16


def report_texts(file: IO[bytes], path: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the texts that may have sections: the report itself, without logs and other files."""
    start = file.read(512)
    file.seek(0)
    if not archives.is_archive(start):
        yield Path(path).name, _text(whole_stream.read_whole(file, escape_text(path)))
        return
    yield from _packed(file, path, _DEPTH)


def member_names(file: IO[bytes], path: str) -> list[str]:
    """The names of the files in an archive; none for any other file."""
    file.seek(0)
    start = file.read(512)
    file.seek(0)
    return [name for name, _ in archives.read_archive(file, path)] if archives.is_archive(start) else []


def _packed(file: IO[bytes], path: str, depth: int) -> Iterator[tuple[str, bytes]]:
    members = [(name, data) for name, data in archives.read_archive(file, path) if data is not None and _may_hold(name)]
    main = next((data for name, data in members if Path(name).name == _MAIN), b"").decode("utf-8", "replace").strip()
    chosen = [member for member in members if main and Path(member[0]).name == Path(main).name]
    chosen = chosen or [member for member in members if Path(member[0]).suffix in _TEXT and not _is_archive(member[1])]
    marked = [member for member in members if _MARK in member[1][:_HEAD]]
    if marked and not any(_MARK in data[:_HEAD] for _, data in chosen):
        chosen = marked
    if not chosen and depth:
        for name, data in members:
            if _is_archive(data):
                yield from _packed(io.BytesIO(data), name, depth - 1)
        return
    if not chosen:
        names = ", ".join(escape_text(name) for name, _ in members[:6])
        raise InputError(f"{escape_text(path)}: not a bug report: it contains {names or 'no files'}")
    for name, data in chosen:
        yield name, _text(data)


def _may_hold(name: str) -> bool:
    return "/FS/" not in f"/{name}"


def _is_archive(data: bytes) -> bool:
    return archives.is_archive(data[:512])


def _text(data: bytes) -> bytes:
    return normalise_text(data).data
