"""What tells a phone apart from all others."""

from __future__ import annotations

from droidanon.errors import DeviceError
from droidanon.sources.adb.recognise import ask_serialno
from droidanon.sources.adb.server import open_device


def identify_phone(source: str) -> str:
    """The own serial number of the phone of a source `adb:SERIAL`; empty for other sources, and if it can't be
    asked.
    """
    kind, colon, serial = source.partition(":")
    if not colon or kind != "adb":
        return ""
    try:
        return ask_serialno(open_device(serial or None))
    except (DeviceError, OSError):
        return ""
