"""File names that every system accepts, and file names in manifests."""

from __future__ import annotations

import re
from pathlib import Path

_DEVICE_NAMES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE | re.DOTALL)


def is_device_name(name: str) -> bool:
    """Whether Windows reserves a file name for a device: `con`, with any extension."""
    return _DEVICE_NAMES.fullmatch(name) is not None


def existing_file(folder: Path, name: str) -> Path | None:
    """A file named in a manifest, in the manifest's folder or below it.

    None if it does not exist, or if the name is invalid or points outside the folder.
    """
    parts = Path(name).parts
    if Path(name).is_absolute() or ".." in parts:
        return None
    path = folder / name
    try:
        return path if path.is_file() else None
    except OSError:  # longer than a name can be
        return None
