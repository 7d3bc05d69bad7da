"""Finds a known phone under a new serial; wireless debugging uses another port each time it starts."""

from __future__ import annotations

from droidanon.errors import DeviceError
from droidanon.sources.adb.server import Device, connected, open_client, open_device
from droidanon.sources.adb.stream import ask

_NOT_ITS_OWN = ("EMULATOR", "unknown")
"""Prefixes of a ro.serialno that is the same on many devices."""


def ask_serialno(device: Device) -> str:
    """The phone's own serial number (ro.serialno), empty if it does not identify the phone.

    Raises DeviceError if it does not respond.
    """
    number = ask(device, "getprop ro.serialno 2>/dev/null").strip()
    return "" if not number or number.startswith(_NOT_ITS_OWN) else number


def open_known_device(serial: str | None, serialno: str = "") -> Device:
    """The device with that serial; if adb no longer knows it, the connected phone whose ro.serialno is `serialno`."""
    try:
        return open_device(serial)
    except DeviceError:
        if not serialno:
            raise
        found = _devices_with(serialno)
        if len(found) != 1:
            raise
        return found[0]


def _devices_with(serialno: str) -> list[Device]:
    client = open_client()
    found = []
    for one in connected(client):
        device = Device(client, one.serial, one.address)
        try:
            if one.state == "device" and ask_serialno(device) == serialno:
                found.append(device)
        except (DeviceError, OSError):
            continue  # it was disconnected in the meantime
    return found
