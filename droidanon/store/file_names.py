"""Names of files that every system accepts."""

from __future__ import annotations

import re

_DEVICE_NAMES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE | re.DOTALL)


def is_device_name(name: str) -> bool:
    """Whether Windows keeps a file's name for a device: `con`, whatever follows its first dot."""
    return _DEVICE_NAMES.fullmatch(name) is not None
