"""Files with one JSON object per line that several processes append to: marks and exits of a series, a lab's
journal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import IO, Any, TypeVar

from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.store.atomic_file import OWNER_ONLY, writable, write_error
from droidanon.store.bounded_file import MOST_LINES, read_bounded
from droidanon.store.file_lock import locked_file

Record = TypeVar("Record")
_MOST_BAD = 1_000
"""Lines that are no records: a power cut leaves one, and millions would take minutes."""


def append_lines(path: Path, objects: Iterable[Mapping[str, Any]]) -> None:
    """Append objects, either all or none; raises DroidanonError if writing fails.

    A torn line left by a power failure is terminated first, so that only it is lost.
    """
    data = "".join(json.dumps(one, ensure_ascii=True) + "\n" for one in objects).encode()
    if not data:
        return
    path = writable(path)
    try:
        with open(path, "ab+", buffering=0, opener=_private) as file, locked_file(file.fileno()):
            end = file.seek(0, os.SEEK_END)
            if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
                data = b"\n" + data
            try:
                _write_all(file, data)
                os.fsync(file.fileno())
            except OSError:
                file.truncate(end)
                raise
    except OSError as error:
        raise write_error(error, path) from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, OWNER_ONLY)


def _write_all(file: IO[bytes], data: bytes) -> None:
    """Write all bytes. A nearly full disk accepts only some of them; the next write raises the error."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def read_lines(path: Path, load: Callable[[Any], Record], kind: str, problems: list[Problem]) -> list[Record]:
    """Read the records of a file, converting each object with `load`. Invalid lines are skipped and added to
    `problems`; after a thousand of them, the rest of the file is skipped.

    `kind`: a record in words, such as `a mark`. Returns nothing if the file does not exist or is a pipe, which could
    block.
    """
    where = escape_text(str(path))
    if not path.is_file():
        if path.exists():
            problems.append(Problem(where, "not a regular file; left out"))
        return []
    try:
        lines = BytesIO(read_bounded(path, MOST_LINES))
    except OSError as error:
        problems.append(Problem(where, f"cannot be read, and left out: {error.strerror or error}"))
        return []
    found, bad = [], 0
    for number, line in enumerate(lines, 1):
        try:
            found.append(load(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            bad += 1
            if bad > _MOST_BAD:
                problems.append(Problem(where, f"{_MOST_BAD:,} lines are not {kind}; left out from line {number} on"))
                break
            problems.append(Problem(f"{where}, line {number}", f"not {kind}; left out"))
    return found
