"""New files of the user, named by a title and the next free number."""

from __future__ import annotations

import re
from pathlib import Path

from droidanon.store.atomic_file import OWNER_ONLY

_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")
_MOST_FILES = 10_000


def file_stem(title: str, unnamed: str) -> str:
    """A title as the beginning of a file's name; `unnamed` if nothing of it can be in one."""
    return _UNSAFE.sub("-", title).strip("-.") or unnamed


def numbered_file(folder: Path, stem: str, suffix: str) -> Path:
    """An empty file with a free name that only the user may read. OSError if the disk refuses."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, _MOST_FILES):
        path = folder / f"{stem}-{number}{suffix}"
        try:
            path.touch(mode=OWNER_ONLY, exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise OSError(f"{folder}: too many files named {stem}")
