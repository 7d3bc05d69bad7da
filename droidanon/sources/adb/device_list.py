"""Parses the device list of an adb server, and finds a device by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from droidanon.errors import DeviceError
from droidanon.escape import escape_text
from droidanon.wording import listed

CONNECT = "connect a phone with USB debugging on, or `adb connect HOST:PORT`"
ADVICE = {
    "unauthorized": "not authorised: unlock the phone and accept this computer's key (`adb kill-server` asks again)",
    "offline": "offline: unplug it and plug it in again, or `adb reconnect offline`",
    "no permissions": "no permission to use the USB device: see `adb devices -l` and your udev rules",
    "recovery": "in recovery: start Android",
    "sideload": "in sideload mode: start Android",
    "bootloader": "in the bootloader: start Android",
    "authorizing": "being authorised: wait a moment",
    "connecting": "connecting: wait a moment",
}
KEYS = ("transport_id", "usb", "product", "model", "device")
"""Facts that can name a device instead of its serial, as with adb's own -s (`model:Pixel_9`)."""

_MOST_LISTED = 12
# adb pads the serial to 22 columns, and a serial may contain blanks: mDNS appends ` (2)` to make it unique. So a line
# is parsed from its end: the facts, before them the state (packages/modules/adb, transport.cpp, append_transport).
_LINE = re.compile(r"(?P<serial>\S.*?)\s+(?P<state>no permissions\b.*?|[a-z]+)(?P<facts>(?:\s+[a-z_]+:\S*)*)\s*")
_NOT_A_WORD = re.compile(r"\W")


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device in the list.

    `address` is unique: its serial, or `transport_id:N` if another device has the same serial.
    """

    serial: str
    state: str
    facts: Mapping[str, str] = field(default_factory=dict)
    address: str = ""

    def is_called(self, name: str) -> bool:
        """Whether a name refers to this device: its serial, its address, or `KEY:VALUE` of one of its facts."""
        if name in (self.serial, self.address):
            return True
        key, _, value = name.partition(":")
        if key == "usb" and self.facts.get("usb") in (value, name):
            return True
        return (
            bool(value) and key in KEYS and _NOT_A_WORD.sub("_", self.facts.get(key, "")) == _NOT_A_WORD.sub("_", value)
        )

    def __str__(self) -> str:
        shown = escape_text(self.address or self.serial)
        if self.address != self.serial:
            shown += (
                f" {escape_text(' '.join(self.facts[key] for key in ('usb', 'model') if key in self.facts))}".rstrip()
            )
        return shown if self.state == "device" else f"{shown} ({escape_text(self.state)})"


def parse_devices(text: str) -> list[ListedDevice]:
    """Parse the response to `host:devices-l`."""
    found = []
    for line in text.splitlines():
        if (match := _LINE.fullmatch(line)) is not None:
            state = "no permissions" if match["state"].startswith("no permissions") else match["state"]
            facts = dict(word.split(":", 1) for word in match["facts"].split())
            found.append(ListedDevice(match["serial"], state, facts))
    count = Counter(one.serial for one in found)
    return [
        ListedDevice(
            one.serial,
            one.state,
            one.facts,
            f"transport_id:{one.facts['transport_id']}"
            if count[one.serial] > 1 and "transport_id" in one.facts
            else one.serial,
        )
        for one in found
    ]


def choose_device(found: Sequence[ListedDevice], wanted: str | None) -> ListedDevice:
    """The device with a name or, without a name, the only usable one. Raises DeviceError if there is none or
    several."""
    if not found:
        which = f"{escape_text(wanted)}: no such device; no device is connected" if wanted else "no device"
        raise DeviceError(f"{which}: {CONNECT}")
    called = [one for one in found if wanted is None or one.is_called(wanted)]
    called = [one for one in called if one.serial == wanted] or called
    usable = [one for one in called if one.state == "device"]
    if len(called) > 1:
        if len(usable) != 1:
            raise _several(called, wanted)
        called = usable
    if not called:
        raise DeviceError(
            f"{escape_text(wanted or '')}: no such device; there are: {listed(list(map(str, found)), _MOST_LISTED)}"
        )
    (one,) = called
    if one.state != "device":
        raise DeviceError(f"{escape_text(one.serial)}: {ADVICE.get(one.state, escape_text(one.state))}")
    return one


def _several(found: Sequence[ListedDevice], wanted: str | None) -> DeviceError:
    shown = listed([str(one) if one.state != "device" else f"{one} (device)" for one in found], _MOST_LISTED)
    if wanted is None:
        return DeviceError(
            f"{len(found)} devices: choose one by its serial, or $ANDROID_SERIAL: {shown}", settings=("serial",)
        )
    return DeviceError(
        f"{len(found)} devices are called {escape_text(wanted)}: choose one by its transport: {shown}",
        settings=("serial",),
    )
