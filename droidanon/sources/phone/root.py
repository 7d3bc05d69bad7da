"""A phone on which commands run as root, for files that no other user may touch."""

from __future__ import annotations

from droidanon.errors import AccessError
from droidanon.escape import escape_text
from droidanon.platform.readers.procfs import parse_number
from droidanon.sources.adb.recognise import open_known_device
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import ask
from droidanon.sources.phone.access import Access, obtain
from droidanon.sources.phone.source import AdbSource


def open_as_root(source: AdbSource, purpose: str, otherwise: str) -> tuple[Device, Access]:
    """The phone, and root there by adbd or su. AccessError without it: `purpose` needs root, and `otherwise` does
    not.
    """
    device = open_known_device(source.serial, source.options.serialno)
    uid = parse_number(ask(device, "id -u"))
    device, access = obtain(device, source.options.way, uid, source.options.say)
    if not access.privileged:
        raise AccessError(
            f"{escape_text(device.serial)}: {purpose}; run `adb root` (userdebug builds) or allow su. {otherwise}"
        )
    return device, access
