"""Renames and labels captures and series in the folder of captures, and decides which of them may be changed."""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from droidanon.errors import DroidanonError, InputError, UsageError
from droidanon.escape import escape_text
from droidanon.store.atomic_file import AlreadyExistsError, atomic_file, give_name
from droidanon.store.bounded_file import MOST_JSON, read_bounded
from droidanon.store.file_names import is_device_name
from droidanon.store.folder_walk import walk
from droidanon.store.series import MANIFEST, RECORDING, SUFFIX, is_series, read_series

_MOST_PARTS = 2
"""A capture is in the folder, or in a folder in it."""
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|]')
_MOST_BYTES = 200
_LABEL_KEY = re.compile(r"[\w.+-]{1,64}")
_LONGEST_LABEL = 256
_NEXT_LABEL = re.compile(r",\s*(?=[\w.+-]+=)")
_LEAST_QUIET_S = 600.0
"""A recording whose files did not change for this time (or three times its interval) was killed."""


def check_editable(folder: Path, path: Path) -> None:
    """Rejects anything that is not a capture or series in the folder, targets of links, and a series being recorded.

    Raises:
        InputError: It may not be changed; the message says why.
    """
    where = escape_text(str(path))
    try:
        parts = path.relative_to(folder).parts
    except ValueError:
        parts = ()
    if not 0 < len(parts) <= _MOST_PARTS or any(part.startswith(".") for part in parts):
        raise InputError(f"{where}: not in the folder of captures {escape_text(str(folder))}, so it stays as it is")
    for place in [folder.joinpath(*parts[:count]) for count in range(1, len(parts) + 1)]:
        kind = _kind(place)
        if kind == stat.S_IFLNK:
            raise InputError(f"{escape_text(str(place))}: is a link; change its target instead")
    if kind == stat.S_IFDIR and is_series(path):
        if _is_recording(path):
            raise InputError(f"{where}: is being recorded; stop the recording first")
    elif kind != stat.S_IFREG or path.suffix != SUFFIX:
        raise InputError(f"{where}: not a capture or series")
    elif len(parts) == _MOST_PARTS and is_series(path.parent):
        raise InputError(f"{where}: belongs to the series {escape_text(parts[0])}; change the series instead")


def _kind(path: Path) -> int:
    try:
        return stat.S_IFMT(path.lstat().st_mode)
    except OSError as error:
        raise InputError(f"{escape_text(str(path))}: {error.strerror or error}") from error


def _is_recording(path: Path) -> bool:
    series = read_series(path)
    if series.state != RECORDING:
        return False
    newest = max((_written(entry) for folder in walk(path) for entry in folder.files), default=0.0)
    return time.time() - newest < max(_LEAST_QUIET_S, 3 * (series.every_s or 0.0))


def _written(entry: os.DirEntry[str]) -> float:
    """When a file was written; 0 for one that a recording has replaced since it was listed."""
    try:
        return entry.stat(follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


def rename(folder: Path, path: Path, name: str) -> Path:
    """Renames a capture or a series within its folder; nothing is replaced.

    Args:
        name: The new name; the suffix of a capture may be left out.

    Returns:
        The new path.

    Raises:
        UsageError: Some system does not accept the name.
        InputError: It may not be changed, or the name is in use.
        DroidanonError: Writing fails.
    """
    check_editable(folder, path)
    is_folder = path.is_dir()
    new = path.with_name(check_name(name if is_folder else name.removesuffix(SUFFIX)) + ("" if is_folder else SUFFIX))
    if new == path:
        return path
    if new.exists() or new.is_symlink():
        raise InputError(f"{escape_text(str(new))}: already exists; choose another name")
    move(path, new)
    return new


def check_name(name: str) -> str:
    """The name without surrounding blanks. Raises UsageError if some file system rejects or hides it."""
    name = name.strip()
    if not name or name.startswith(".") or name.endswith("."):
        raise UsageError("a name can't be empty, and can't begin or end with a dot")
    if found := _FORBIDDEN.search(name):
        raise UsageError(f"a name can't contain {escape_text(found[0])!r}")
    if is_device_name(name):
        raise UsageError(f"{name} is the name of a device on Windows; choose another one")
    if len(name.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        raise UsageError(f"a name can have {_MOST_BYTES} bytes at most")
    return name


def move(path: Path, new: Path) -> None:
    """Moves a file or folder within its file system; never replaces anything.

    Raises:
        InputError: The target exists.
        DroidanonError: Writing fails.
    """
    try:
        if stat.S_ISDIR(path.lstat().st_mode):
            _move_folder(path, new)
        else:
            give_name(path, new)
    except (AlreadyExistsError, FileExistsError) as error:
        raise InputError(f"{escape_text(str(new))}: already exists; choose another name") from error
    except OSError as error:
        raise DroidanonError(f"{escape_text(str(path))}: cannot be moved: {error.strerror or error}") from error


def _move_folder(path: Path, new: Path) -> None:
    if os.name == "nt":  # its rename rejects a name in use
        path.rename(new)
        return
    new.mkdir()  # claims the name; POSIX renames onto an empty folder
    try:
        path.rename(new)
    except OSError:
        new.rmdir()
        raise


def parse_labels(text: str) -> dict[str, str]:
    """Parse `key=value, key=value`. Text without a key is the label `label`. Raises UsageError for any other form."""
    labels: dict[str, str] = {}
    for word in filter(str.strip, _NEXT_LABEL.split(text)):
        key, equals, value = word.partition("=")
        if not equals:
            key, value = "label", word
        key, value = key.strip(), value.strip()
        if not _LABEL_KEY.fullmatch(key):
            raise UsageError(f"not a label: {escape_text(word)!r}; write KEY=VALUE, KEY=VALUE")
        if len(value) > _LONGEST_LABEL or not value.isprintable():
            raise UsageError(f"the label {key} can have {_LONGEST_LABEL} printable characters at most")
        if key in labels:
            raise UsageError(f"the label {key} is given twice")
        labels[key] = value
    return labels


def format_labels(labels: Mapping[str, str]) -> str:
    """Format labels so that `parse_labels` can read them."""
    return ", ".join(f"{key}={value}" for key, value in labels.items())


def set_labels(folder: Path, path: Path, labels: Mapping[str, str]) -> None:
    """Replaces the labels of a capture or a series; everything else stays.

    Raises:
        InputError: It may not be changed, or is damaged.
        DroidanonError: Writing fails; nothing was changed.
    """
    from droidanon.store.parquet import open_capture, save_capture

    check_editable(folder, path)
    if path.is_dir():
        _set_series_labels(path, labels)
    else:
        save_capture(replace(open_capture(path).capture(), labels=dict(labels)), path)


def _set_series_labels(path: Path, labels: Mapping[str, str]) -> None:
    """Edits the manifest in place, so that it keeps captures that are missing from the folder."""
    manifest = path / MANIFEST
    if _kind(manifest) != stat.S_IFREG:
        raise InputError(f"{escape_text(str(manifest))}: is a link; change its target instead")
    try:
        data = json.loads(read_bounded(manifest, MOST_JSON))
        data["labels"] = dict(labels)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{escape_text(str(manifest))}: damaged: {escape_text(str(error))}") from error
    with atomic_file(manifest) as file:
        file.write(json.dumps(data, indent=1).encode())
