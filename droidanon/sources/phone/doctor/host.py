"""Checks the host: adb, its server and devices, and free space for captures."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from droidanon.errors import DeviceError
from droidanon.sources.adb.device_list import ADVICE
from droidanon.sources.adb.server import (
    adb_path,
    connected,
    open_client,
    server_address,
    server_version,
)
from droidanon.sources.phone.doctor.finding import Finding, State
from droidanon.units import format_bytes

PART = "host"
_LITTLE_BYTES = 200 << 20
_ADB_SECONDS = 10


def look_at_adb() -> Iterator[Finding]:
    """Check the adb program and server; like every command, this starts a server if none runs."""
    try:
        host, port = server_address()
    except DeviceError as error:
        yield Finding(PART, "adb server", "failure", str(error))
        return
    path = adb_path()
    version = _program_version(path) if path else ""
    if path:
        yield Finding(PART, "adb", "ok" if version else "warning", f"{version or 'unknown version'}, {path}")
    else:
        yield Finding(
            PART, "adb", "warning", "no adb program here", "install Android's platform-tools so that adb is on PATH"
        )
    try:
        client = open_client()
        number = server_version(client)
        devices = connected(client)
    except DeviceError as error:
        yield Finding(PART, "adb server", "failure", str(error))
        return
    differs = bool(version) and f"1.0.{number} " not in f"{version} "
    yield Finding(
        PART,
        "adb server",
        "warning" if differs else "ok",
        f"version 1.0.{number} at {host}:{port}",
        "its version differs from that of adb: running `adb` there restarts the server and breaks connections"
        if differs
        else "",
    )
    if not devices:
        yield Finding(
            PART,
            "devices",
            "failure",
            "no device",
            "connect a phone with USB debugging on, or `adb connect HOST:PORT`; see also udev rules, cable, and port",
        )
    for one in devices:
        state = one.state
        usable = state == "device"
        reason, _, advice = ADVICE.get(state, f"{state}: can't be used").partition(": ")
        yield Finding(
            PART,
            f"device {one.address}",
            "ok" if usable else "warning",
            "connected" if usable else reason,
            "" if usable else advice,
        )


def _program_version(path: str) -> str:
    """`1.0.41 (36.0.0-13206524)` of `adb version`; empty if it prints no version."""
    try:
        answer = subprocess.run(
            [path, "version"], capture_output=True, text=True, timeout=_ADB_SECONDS, check=False, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    words = {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in answer.stdout.splitlines()}
    protocol, build = words.get("Android Debug Bridge version", ""), words.get("Version", "")
    return f"{protocol} ({build})" if protocol and build else protocol


def look_at_room(folder: Path) -> Finding:
    """Check the free space in the folder of captures."""
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.is_dir())
    free = shutil.disk_usage(there).free
    state: State = "ok" if free >= _LITTLE_BYTES else "failure" if free < _LITTLE_BYTES // 100 else "warning"
    return Finding(
        PART,
        "room for captures",
        state,
        f"{format_bytes(free)} free in {there}",
        ""
        if state == "ok"
        else "a capture takes up to several MB: free some space, or choose another folder for captures",
    )
