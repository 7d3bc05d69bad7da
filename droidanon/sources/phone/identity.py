"""Identifies a phone independently of its adb serial."""

from __future__ import annotations

from droidanon.errors import DeviceError
from droidanon.sources.adb.recognise import ask_serialno
from droidanon.sources.adb.server import open_device


def identify_phone(source: str) -> str:
    """The phone's own serial number, for a source `adb:SERIAL`; empty for other sources, and if it can't be read."""
    kind, colon, serial = source.partition(":")
    if not colon or kind != "adb":
        return ""
    try:
        return ask_serialno(open_device(serial or None))
    except (DeviceError, OSError):
        return ""
