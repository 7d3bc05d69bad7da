"""Creates files named by a title and the next free number."""

from __future__ import annotations

import re
from pathlib import Path

from droidanon.store.atomic_file import OWNER_ONLY
from droidanon.store.file_names import is_device_name

_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")
_MOST_FILES = 10_000
_MOST_CHARACTERS = 80


def file_stem(title: str, unnamed: str) -> str:
    """A title as the start of a file name; `unnamed` if it has no valid characters."""
    stem = _UNSAFE.sub("-", title).strip("-.")[:_MOST_CHARACTERS] or unnamed
    return f"{unnamed}-{stem}" if is_device_name(stem) else stem


def numbered_file(folder: Path, stem: str, suffix: str) -> Path:
    """Create an empty file with an unused name that only the user may read. Raises OSError if writing fails.

    The name is unused regardless of case, because not every system distinguishes case.
    """
    folder.mkdir(parents=True, exist_ok=True)
    used = {path.name.lower() for path in folder.iterdir()}
    for number in range(1, _MOST_FILES):
        path = folder / f"{stem}-{number}{suffix}"
        if path.name.lower() in used:
            continue
        try:
            path.touch(mode=OWNER_ONLY, exist_ok=False)
        except FileExistsError:
            continue
        return path
    raise OSError(f"{folder}: too many files named {stem}")
