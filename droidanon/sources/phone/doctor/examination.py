"""Checks the host, the phone and the access methods, in order. A check that cannot run fails with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from droidanon.errors import DeviceError
from droidanon.platform.readers.dumpsys import parse_activity
from droidanon.sources.adb.server import Device, open_device
from droidanon.sources.phone.access import Access, Say
from droidanon.sources.phone.doctor.finding import AppAccess, Examination, Finding
from droidanon.sources.phone.doctor.host import look_at_adb, look_at_room
from droidanon.sources.phone.doctor.phone import ask_phone, look_at_kernel, look_at_link, look_at_phone, look_at_tools
from droidanon.sources.phone.doctor.ways import Ways, apps_of, look_at_apps, look_at_apps_ways, look_at_root
from droidanon.sources.phone.packages import listed_processes
from droidanon.sources.phone.session import read_session


def examine(serial: str | None, captures: Path, say: Say) -> Examination:
    """Check everything that affects reading the phone with that serial (else $ANDROID_SERIAL, else the only one)."""
    findings = [*look_at_adb(), look_at_room(captures)]
    if any(finding.state == "failure" and finding.what in ("adb server", "devices") for finding in findings):
        return Examination(tuple(findings))
    apps: list[AppAccess] = []
    try:
        device = open_device(serial)
        findings += _look_at(device, apps, say)
    except DeviceError as error:
        findings.append(Finding("phone", "connection", "failure", str(error)))
    return Examination(tuple(findings), tuple(apps))


def _look_at(device: Device, apps: list[AppAccess], say: Say) -> Iterator[Finding]:
    seen = read_session(device, Access("shell"), ["facts", "list", "activity"])
    if seen.broken:
        raise DeviceError(f"{seen.broken}: check the cable and try again")
    answers = ask_phone(device)
    yield from look_at_phone(seen, answers)
    activity = parse_activity(seen.texts.get("activity", ""))
    processes = listed_processes(seen.readings, activity)
    root_findings, access = look_at_root(device, seen.uid, str(seen.device.get("build_type", "")), say)
    yield from root_findings
    ways = Ways(access, seen.uid)
    yield from look_at_apps_ways(device, ways, processes)
    apps += apps_of(ways, processes)
    yield from look_at_apps(apps)
    yield from look_at_kernel(device, access, seen)
    yield look_at_link(device, answers)
    yield from look_at_tools(answers)
