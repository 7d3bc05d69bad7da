"""Finds the app in the foreground of a phone."""

from __future__ import annotations

from collections.abc import Iterable

from droidanon.errors import DeviceError, ProcessError
from droidanon.escape import escape_text
from droidanon.model import ProcessIdentity
from droidanon.platform.readers.dumpsys import Activity, parse_activity
from droidanon.sources.adb.server import Device
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.packages import listed_processes
from droidanon.sources.phone.session import read_session


def foreground_process(
    device: Device, listed: Iterable[ProcessIdentity], activity: Activity, instead: str, settings: tuple[str, ...]
) -> ProcessIdentity:
    """The topmost process that the activity manager lists.

    Raises ProcessError, with the advice `instead`, if there is none.
    """
    by_pid = {process.pid: process for process in listed}
    top = next((by_pid[pid] for pid in activity.top if pid in by_pid), None)
    if top is None:
        raise ProcessError(
            f"{escape_text(device.serial)}: the activity manager lists no app in the foreground; {instead}",
            settings=settings,
        )
    return top


def ask_foreground(device: Device) -> ProcessIdentity:
    """The topmost process, read in a separate session."""
    seen = read_session(device, Access("shell"), ["list", "activity"])
    if seen.broken:
        raise DeviceError(f"{escape_text(device.serial)}: {escape_text(seen.broken)}; check the cable and try again")
    activity = parse_activity(seen.texts.get("activity", ""))
    return foreground_process(device, listed_processes(seen.readings, activity), activity, "name one", ("app",))


def of_user(user: int | None) -> str:
    """The Android user of an app, in words; empty for the phone's owner."""
    return f" of user {user}" if user else ""
