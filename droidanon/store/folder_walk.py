"""Walks the folders below a folder, without recursion and within a limit of depth."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from droidanon.errors import InputError
from droidanon.escape import escape_text

MAX_DEPTH = 100
"""The levels of folders inside each other. Recursive code, such as of the standard library, ends at about 1,000."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, its files (and links, pipes and devices), and why it cannot be read, if so."""

    path: str
    files: tuple[os.DirEntry[str], ...] = ()
    error: str = ""


def walk(top: Path, skip: Callable[[Path], bool] = lambda _: False) -> Iterator[Folder]:
    """A folder and the folders below it, each before those inside it. Links to folders are not followed.

    Folders that `skip` names are left out, with all below them. Raises InputError for more than MAX_DEPTH levels.
    """
    left = [(str(top), 0)]
    while left:
        path, depth = left.pop()
        if skip(Path(path)):
            continue
        if depth > MAX_DEPTH:
            raise InputError(
                f"{escape_text(str(top))}: its folders are more than {MAX_DEPTH} levels deep; choose a folder inside"
            )
        try:
            with os.scandir(path) as found:
                entries = list(found)
        except OSError as error:
            yield Folder(path, error=error.strerror or str(error))
            continue
        files = []
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                left.append((entry.path, depth + 1))
            else:
                files.append(entry)
        yield Folder(path, tuple(files))


def files_of(folders: Iterable[Folder], top: Path) -> list[str]:
    """The files in folders of a walk, and the links to files, as paths relative to `top` with `/`, in the order of
    their parts.
    """
    paths = (entry.path for folder in folders for entry in folder.files if is_file(entry))
    return sorted((Path(path).relative_to(top).as_posix() for path in paths), key=lambda path: path.split("/"))


def is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a file or a link to one; a link that leads nowhere or in a circle is not."""
    try:
        return entry.is_file()
    except OSError:
        return False
