"""Lists the connected devices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from droidanon.errors import DeviceError
from droidanon.platform.readers.procfs import parse_number
from droidanon.sources.adb.ask_all import ask_all
from droidanon.sources.adb.connection import CONNECT_SECONDS
from droidanon.sources.adb.device_list import ADVICE, ListedDevice
from droidanon.sources.adb.server import Device, connected, open_client, server_address
from droidanon.sources.adb.stream import ask

if TYPE_CHECKING:
    import adbutils

_ASKED = {
    "model": "getprop ro.product.model",
    "android": "getprop ro.build.version.release",
    "type": "getprop ro.build.type",
    "uid": "id -u",
    "page": "getconf PAGESIZE",
    "serialno": "getprop ro.serialno",
    "boot": "cat /proc/sys/kernel/random/boot_id",
}


@dataclass(frozen=True, slots=True)
class DeviceSummary:
    """A device in a list; empty fields are unknown. `advice`: what to do if it cannot be used.

    `access`: the user of adbd's commands, root or shell; empty if it runs no commands. `address`: the argument of -s,
    i.e. the serial unless it is ambiguous. `same_as`: the address of an earlier device that is the same phone
    (connected by both cable and Wi-Fi).
    """

    serial: str
    state: str
    model: str = ""
    android: str = ""
    build_type: str = ""
    access: str = "none"
    page_size: int = 0
    advice: str = ""
    address: str = ""
    same_as: str = ""


def list_devices() -> list[DeviceSummary]:
    """The connected devices, queried in parallel. Raises DeviceError if no adb server runs and none can be started."""
    client = open_client()
    found: list[DeviceSummary] = []
    phones: dict[tuple[str, str], str] = {}
    listed = connected(client)
    summaries = ask_all([partial(_summarise, client, one) for one in listed])
    for one, (summary, phone) in zip(listed, summaries, strict=True):
        # The serial number alone is not enough, because all emulators share one.
        first = phones.setdefault(phone, one.address) if all(phone) else one.address
        found.append(replace(summary, address=one.address, same_as="" if first == one.address else first))
    return found


def plugged() -> tuple[tuple[str, str], ...]:
    """Serial and state of each device of a running adb server; empty if none runs (does not start one)."""
    import socket

    host, port = server_address()
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
        return tuple((one.serial, one.state) for one in connected(open_client()))
    except (DeviceError, OSError):
        return ()


def _summarise(client: adbutils.AdbClient, one: ListedDevice) -> tuple[DeviceSummary, tuple[str, str]]:
    """Summarise a device; also returns its ro.serialno and boot_id."""
    serial, state, listed_model = one.serial, one.state, one.facts.get("model", "")
    if state != "device":
        advice = ADVICE.get(state, f"can't be used: {state}")
        return DeviceSummary(serial, state, listed_model, advice=advice), ("", "")
    asked = "".join(f"echo {key}=$({command}); " for key, command in _ASKED.items())
    try:
        answer = ask(Device(client, serial, one.address), f"({asked}) 2>/dev/null")
    except DeviceError as error:
        return DeviceSummary(serial, state, listed_model, advice=f"does not answer: {error}"), ("", "")
    answers = dict(line.partition("=")[::2] for line in answer.splitlines())
    model, android, build_type, uid, page, serialno, boot_id = (answers.get(key, "").strip() for key in _ASKED)
    access = "root" if uid == "0" else "shell"
    number = parse_number(page)
    advice = ""
    if access == "shell":
        advice = "no root: debuggable apps are read in full, other apps through dumpsys" + (
            "; try: adb root" if build_type in ("userdebug", "eng") else ""
        )
    summary = DeviceSummary(serial, state, model, android, build_type, access, number or 0, advice)
    return summary, (serialno, boot_id)
