"""Reads the state of a phone before a round: thermal status, memory pressure, battery and installed version."""

from __future__ import annotations

import re

from droidanon.experiment.shell import PhoneShell

_THERMAL = re.compile(r"^Thermal Status: (\d{1,2})\s*$", re.M)
_PRESSURE = re.compile(r"^some avg10=(\d{1,3}(?:\.\d{1,2})?)", re.M)
_LEVEL = re.compile(r"^\s*level: (\d{1,3})\s*$", re.M)
_SCALE = re.compile(r"^\s*scale: (\d{1,5})\s*$", re.M)
_VERSION = re.compile(r"^\s+versionCode=(\d{1,18})\b", re.M)


def thermal_status(shell: PhoneShell) -> int | None:
    """0 (none) to 6 (shutdown) as `dumpsys thermalservice` prints it (Android 10 and later); None if unknown."""
    return parse_thermal_status(shell.run("dumpsys thermalservice 2>/dev/null")[1])


def parse_thermal_status(text: str) -> int | None:
    """The number after `Thermal Status:` (AOSP ThermalManagerService.dump)."""
    found = _THERMAL.search(text)
    return int(found[1]) if found else None


def memory_pressure(shell: PhoneShell) -> float | None:
    """The percentage of the last 10 s in which a task waited for memory; None if the shell may not read it."""
    return parse_memory_pressure(shell.run("cat /proc/pressure/memory 2>/dev/null")[1])


def parse_memory_pressure(text: str) -> float | None:
    """`avg10` in the `some` line of /proc/pressure/memory (Documentation/accounting/psi.rst)."""
    found = _PRESSURE.search(text)
    return float(found[1]) if found else None


def battery_level(shell: PhoneShell) -> int | None:
    """The battery level in percent, from `dumpsys battery`; None if unknown."""
    return parse_battery_level(shell.run("dumpsys battery 2>/dev/null")[1])


def parse_battery_level(text: str) -> int | None:
    """`level` as a percentage of `scale` (AOSP BatteryService.dumpInternal)."""
    level, scale = _LEVEL.search(text), _SCALE.search(text)
    full = int(scale[1]) if scale else 100
    return 100 * int(level[1]) // full if level and full else None


def version_code(shell: PhoneShell, app: str) -> int | None:
    """The version code of the installed build; None if unknown."""
    found = _VERSION.search(shell.run(f"dumpsys package {app} 2>/dev/null")[1])
    return int(found[1]) if found else None
