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
    """A hidden folder to write files into, which get to `folder` once all of them are complete and on the disk.

    A new folder appears with all its files at once. Into an existing one the files move one after the other: they
    replace files of the same names, and keep their modes. If writing fails or is interrupted before that, `folder` is
    unchanged. UsageError for a link, a folder or a device in the place of a file; DroidanonError for a file in the
    place of the folder, and if the disk fails.
    """
    exists = folder.is_dir()
    if not exists and folder.exists():
        raise DroidanonError(f"{escape_text(str(folder))}: is a file; choose a folder")
    place = folder / folder.name if exists else folder  # the same file system either way
    staging = part_of(place)
    try:
        staging.parent.mkdir(parents=True, exist_ok=True)
        delete_parts_of_killed(place.parent)
        staging.mkdir()
        yield staging
        if hasattr(os, "sync"):
            os.sync()  # once: to wait for each file takes longer than to write all of them
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
        if target.is_symlink():  # it may lead out of the folder
            raise UsageError(f"{escape_text(str(target))}: is a link; delete it or choose another folder")
        if writable(target).exists():
            file.chmod(stat.S_IMODE(target.stat().st_mode))
    for file, target in moves:
        file.replace(target)
