"""Names of files: those that every system accepts, and those in manifests."""

from __future__ import annotations

import re
from pathlib import Path

_DEVICE_NAMES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE | re.DOTALL)


def is_device_name(name: str) -> bool:
    """Whether Windows keeps a file's name for a device: `con`, whatever follows its first dot."""
    return _DEVICE_NAMES.fullmatch(name) is not None


def existing_file(folder: Path, name: str) -> Path | None:
    """The file of a folder, or of one below it, that a manifest names.

    None if there is none, or if the name leads out of the folder or cannot be one.
    """
    parts = Path(name).parts
    if Path(name).is_absolute() or ".." in parts:
        return None
    path = folder / name
    try:
        return path if path.is_file() else None
    except OSError:  # longer than a name can be
        return None
