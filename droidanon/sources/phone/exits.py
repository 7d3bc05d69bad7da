"""Reads how a phone's processes ended: `dumpsys activity exit-info`, with the phone's clock and time zone."""

from __future__ import annotations

import math
import re
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from droidanon.errors import DeviceError, ProcessError
from droidanon.escape import escape_text
from droidanon.platform.phone_zone import phone_zone
from droidanon.platform.readers.exit_info import FIRST_ANDROID, FIRST_SDK, HEADER, ProcessExit, parse_exit_info
from droidanon.platform.readers.procfs import parse_number
from droidanon.sources.adb.recognise import open_known_device
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import ask

_SECONDS = 15.0
"""Longest silence; dumpsys itself gives up after 10 s."""
_PACKAGE = re.compile(r"[A-Za-z0-9_.]+")
# mksh has EPOCHREALTIME since Android 7; other shells have a clock with whole seconds.
_SCRIPT = """\
echo "clock=${{EPOCHREALTIME:-$(date +%s).5}}"
echo "offset=$(date +%z)"
echo "zone=$(getprop persist.sys.timezone)"
echo "sdk=$(getprop ro.build.version.sdk)"
echo "android=$(getprop ro.build.version.release)"
dumpsys activity exit-info {package} 2>&1
"""
_FACTS = 5
"""Lines before the answer of dumpsys."""
_TIMEOUT = re.compile(r"^\*\*\* SERVICE '[a-z]+' DUMP TIMEOUT", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PhoneExits:
    """The exits that a phone remembers, newest first.

    `ahead_s`: how far its clock is ahead of this computer's; None if unknown.
    """

    exits: tuple[ProcessExit, ...]
    ahead_s: float | None = None
    complete: bool = True
    """False if dumpsys ran out of time."""


def ask_exits(device: Device, app: str | None, *, clock: Callable[[], float] = time.time) -> PhoneExits:
    """The exits of one or all apps. Times are in the phone's time zone, if known.

    Args:
        device: the phone.
        app: a package.
        clock: seconds since 1970 on this computer.

    Raises:
        ProcessError: not the name of a package.
        DeviceError: the phone does not answer, or is older than Android 11.
    """
    if app is not None and not _PACKAGE.fullmatch(app):
        raise ProcessError(f"{escape_text(app)}: not the name of a package")
    before = clock()
    text = ask(device, _SCRIPT.format(package=shlex.quote(app) if app else ""), seconds=_SECONDS)
    lines = text.splitlines()
    facts = dict(line.strip().partition("=")[::2] for line in lines[:_FACTS])
    if HEADER not in text:
        raise _refusal(device, facts, lines[_FACTS:])
    zone = phone_zone(facts.get("zone", ""), facts.get("offset", ""))
    exits = tuple(replace(one, time=one.time.replace(tzinfo=zone)) for one in parse_exit_info(text))
    ahead_s = _ahead(facts.get("clock", ""), before)
    return PhoneExits(exits, ahead_s, _TIMEOUT.search(text) is None)


def ask_source(source: str, serialno: str, app: str | None, *, clock: Callable[[], float]) -> PhoneExits:
    """The same for a source `adb:SERIAL`; `serialno` identifies the phone under a new serial."""
    return ask_exits(open_known_device(source.removeprefix("adb:") or None, serialno), app, clock=clock)


def _ahead(text: str, host: float) -> float | None:
    """How far the phone's clock is ahead; ignores the few milliseconds of latency."""
    try:
        ahead_s = float(text.replace(",", ".")) - host
    except ValueError:
        return None
    return ahead_s if math.isfinite(ahead_s) else None


def _refusal(device: Device, facts: dict[str, str], answer: list[str]) -> DeviceError:
    where = escape_text(device.serial)
    sdk = parse_number(facts.get("sdk", ""))
    if sdk is not None and sdk < FIRST_SDK:
        release = escape_text(facts.get("android", "") or f"API level {sdk}")
        return DeviceError(
            f"{where}: Android {release} keeps no exits of processes; Android {FIRST_ANDROID} and later do"
        )
    first = next((line for line in answer if line.strip()), "nothing")
    return DeviceError(f"{where}: dumpsys activity exit-info is not available: {escape_text(first.strip()[:200])}")
