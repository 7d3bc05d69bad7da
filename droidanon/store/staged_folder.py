"""Folders of files that are written completely or not at all."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from droidanon.errors import DroidanonError, UsageError
from droidanon.escape import escape_text
from droidanon.store.atomic_file import delete_parts_of_killed, part_of, writable, write_error


@contextmanager
def staged_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder whose files move to `folder` once all of them are complete and on disk.

    A new folder appears with all its files at once. Files move into an existing folder one at a time, replacing files
    of the same name and taking over their modes. If writing fails or is interrupted earlier, `folder` is unchanged.
    Raises UsageError if a link, folder or device has the name of a file, and DroidanonError if `folder` is a file or
    the disk fails.
    """
    exists = folder.is_dir()
    if not exists and folder.exists():
        raise DroidanonError(f"{escape_text(str(folder))}: is a file; choose a folder")
    place = folder / folder.name if exists else folder  # on the same file system in both cases
    staging = part_of(place)
    try:
        staging.parent.mkdir(parents=True, exist_ok=True)
        delete_parts_of_killed(place.parent)
        staging.mkdir()
        yield staging
        if hasattr(os, "sync"):
            os.sync()  # once, because waiting for each file takes longer than writing them all
        if exists:
            _move_into(staging, folder)
        else:
            staging.rename(folder)
    except OSError as error:
        raise write_error(error, folder) from error
    finally:
        with suppress(OSError):
            shutil.rmtree(staging)


def _move_into(staging: Path, folder: Path) -> None:
    moves = [(file, folder / file.name) for file in sorted(staging.iterdir())]
    for file, target in moves:
        if target.is_symlink():  # it may point outside the folder
            raise UsageError(f"{escape_text(str(target))}: is a link; delete it or choose another folder")
        if writable(target).exists():
            file.chmod(stat.S_IMODE(target.stat().st_mode))
    for file, target in moves:
        file.replace(target)
