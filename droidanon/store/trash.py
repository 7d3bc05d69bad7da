"""The trash in the folder of captures: deleted captures are moved there and can be restored.

`.trash/TIME/` holds everything deleted in one step, at the same relative paths as in the folder of captures. Users can
also move it back or delete it for good by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from droidanon.errors import DroidanonError, InputError
from droidanon.escape import escape_text
from droidanon.store.editing import check_editable, move
from droidanon.store.series import is_series

TRASH = ".trash"


def delete(folder: Path, paths: Sequence[Path], now: float) -> Path:
    """Moves captures and series of the folder into its trash.

    Args:
        now: Seconds since 1970, for the name of the folder in the trash.

    Returns:
        The folder in the trash.

    Raises:
        InputError: One of them may not be deleted, so none is.
        DroidanonError: Writing fails.
    """
    for path in paths:
        check_editable(folder, path)
    target = _new_folder(_trash(folder), now)
    for path in paths:
        new = target / path.relative_to(folder)
        try:
            new.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise _refused(new.parent, error) from error
        move(path, new)
    return target


def restore(folder: Path) -> tuple[Path, ...]:
    """Restores what was deleted last.

    Returns:
        The restored paths; empty if the trash is empty.

    Raises:
        InputError: The original path is in use; both files stay where they are.
        DroidanonError: Writing fails.
    """
    if not (folder / TRASH).is_dir():
        return ()
    newest = max((one for one in _trash(folder).iterdir() if _deleted(one)), default=None)
    if newest is None:
        return ()
    moves = [(path, folder / path.relative_to(newest)) for path in _deleted(newest)]
    for _, old in moves:
        if old.exists() or old.is_symlink():
            raise InputError(f"{escape_text(str(old))}: already exists; rename it first")
    for path, old in moves:
        if old.parent.is_symlink():
            raise InputError(f"{escape_text(str(old.parent))}: is a link; nothing is restored through it")
        try:
            old.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise _refused(old.parent, error) from error
        move(path, old)
    _remove_empty(newest)
    return tuple(old for _, old in moves)


def _trash(folder: Path) -> Path:
    """The trash folder, created if missing."""
    trash = folder / TRASH
    if trash.is_symlink():
        raise InputError(f"{escape_text(str(trash))}: is a link; nothing is moved through it")
    try:
        trash.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _refused(trash, error) from error
    return trash


def _new_folder(trash: Path, now: float) -> Path:
    """Create a new folder in the trash; names sort by time."""
    stem = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S")
    for number in range(1, 10_000):
        target = trash / f"{stem}-{number:04}"
        try:
            target.mkdir()
        except FileExistsError:
            continue
        except OSError as error:
            raise _refused(target, error) from error
        return target
    raise DroidanonError(f"{escape_text(str(trash))}: too many deletions in one second")


def _deleted(entry: Path) -> list[Path]:
    """The captures and series in a folder of the trash, by relative path; links are left out."""
    found: list[Path] = []
    for path in _entries(entry):
        if path.is_dir() and not is_series(path):
            found += _entries(path)
        else:
            found.append(path)
    return found


def _entries(folder: Path) -> list[Path]:
    if folder.is_symlink() or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.is_symlink())


def _remove_empty(entry: Path) -> None:
    for path in (*(one for one in entry.iterdir() if one.is_dir()), entry):
        with suppress(OSError):  # something else is in it
            path.rmdir()


def _refused(path: Path, error: OSError) -> DroidanonError:
    return DroidanonError(f"{escape_text(str(path))}: cannot write: {error.strerror or error}")
