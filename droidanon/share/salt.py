"""The salt of pseudonyms: random bytes in a file that is never shared."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from droidanon.errors import DroidanonError, InputError, UsageError
from droidanon.escape import escape_text
from droidanon.store.atomic_file import OWNER_ONLY

_BYTES = 32


def read_salt(path: Path, output: Path | None = None) -> bytes:
    """Read the salt from a file, which is created (readable only by its owner) if it does not exist.

    Raises:
        InputError: the file contains something else, or other users can read it.
        UsageError: it is also the output, which would replace it.
    """
    where = escape_text(str(path))
    if output is not None and output.resolve() == path.resolve():
        raise UsageError(f"{where}: is the file of the salt; choose another output")
    try:
        _create(path)
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) and os.name == "posix":
            raise InputError(f"{where}: other users may read this salt; run: chmod 600 {where}")
        salt = bytes.fromhex(path.read_text("ascii").strip())
    except (UnicodeDecodeError, ValueError):
        raise InputError(f"{where}: not a salt; delete the file to get a new one") from None
    except OSError as error:
        raise DroidanonError(f"{where}: {error.strerror or error}") from error
    if len(salt) < _BYTES:
        raise InputError(f"{where}: not a salt: fewer than {_BYTES} bytes; delete the file to get a new one")
    return salt


def _create(path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    except FileExistsError:  # another process was first
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_BYTES) + "\n")
