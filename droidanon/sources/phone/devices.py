"""The connected devices, as a list shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon.errors import DeviceError
from droidanon.platform.readers.procfs import parse_number
from droidanon.sources.adb.server import ADVICE, CONNECT_SECONDS, Device, connected, open_client, server_address
from droidanon.sources.adb.stream import ask

if TYPE_CHECKING:
    import adbutils

_ASKED = {
    "model": "getprop ro.product.model",
    "android": "getprop ro.build.version.release",
    "type": "getprop ro.build.type",
    "uid": "id -u",
    "page": "getconf PAGESIZE",
}


@dataclass(frozen=True, slots=True)
class DeviceSummary:
    """A device as a list shows it; what is empty is not known. `advice` says what to do where it can't be used.

    `access`: root or shell, as adbd runs commands; none where it runs none.
    """

    serial: str
    state: str
    model: str = ""
    android: str = ""
    build_type: str = ""
    access: str = "none"
    page_size: int = 0
    advice: str = ""


def list_devices() -> list[DeviceSummary]:
    """The connected devices. DeviceError where there is no adb server and none can be started."""
    client = open_client()
    return [_summarise(client, serial, state, facts) for serial, state, facts in connected(client)]


def plugged() -> tuple[tuple[str, str], ...]:
    """Serial and state of each device that a running adb server knows; none where none runs, for it is not started."""
    import socket

    host, port = server_address()
    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
        return tuple((serial, state) for serial, state, _ in connected(open_client()))
    except (DeviceError, OSError):
        return ()


def _summarise(client: adbutils.AdbClient, serial: str, state: str, facts: dict[str, str]) -> DeviceSummary:
    if state != "device":
        return DeviceSummary(serial, state, facts.get("model", ""), advice=ADVICE.get(state, f"can't be used: {state}"))
    asked = "".join(f"echo {key}=$({command}); " for key, command in _ASKED.items())
    try:
        answer = ask(Device(client, serial), f"({asked}) 2>/dev/null")
    except DeviceError as error:
        return DeviceSummary(serial, state, facts.get("model", ""), advice=f"does not answer: {error}")
    told = dict(line.partition("=")[::2] for line in answer.splitlines())
    model, android, build_type, uid, page = (told.get(key, "").strip() for key in _ASKED)
    access = "root" if uid == "0" else "shell"
    number = parse_number(page)
    advice = ""
    if access == "shell":
        advice = "no root: debuggable apps in full, of others what dumpsys tells" + (
            "; try: adb root" if build_type in ("userdebug", "eng") else ""
        )
    return DeviceSummary(serial, state, model, android, build_type, access, number or 0, advice)
