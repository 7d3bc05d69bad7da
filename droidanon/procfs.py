"""The other texts of a phone or host (/proc and small commands) to values; pure functions over text."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+")
_GETPROP = re.compile(r"^\[([^\]]*)\]: \[(.*?)\]$", re.MULTILINE)
_KB_LINE = re.compile(r"^([A-Za-z_()0-9]+):\s+(\d+)(?: kB)?$", re.MULTILINE)
_PM_LINE = re.compile(r"^package:(\S+)\s+uid:([\d,]+)", re.MULTILINE)
_USER_SPAN = 100_000
_FIRST_APP_UID, _LAST_APP_UID = 10_000, 19_999
_SYSTEM_PREFIXES = ("android.hardware.", "vendor.", "android.system.", "android.frameworks.")


def process_name(cmdline: bytes, comm: bytes) -> str:
    """cmdline up to its first NUL; `[comm]` where it is empty, as AOSP's tools do (libsmapinfo)."""
    first = cmdline.split(b"\0", 1)[0].strip()
    if first:
        return first.decode("utf-8", "backslashreplace")
    return f"[{comm.strip().decode('utf-8', 'backslashreplace')}]"


def package_of_process(name: str, uid: int | None = None, packages: Mapping[int, str] | None = None) -> str | None:
    """The package of a process: the part before the colon of a name that looks like one; else by its app uid."""
    word = name.split(":", 1)[0]
    app_id = None if uid is None else uid % _USER_SPAN
    if _PACKAGE.fullmatch(word) and "@" not in name and not word.startswith(_SYSTEM_PREFIXES):
        return word
    if app_id is not None and packages and _FIRST_APP_UID <= app_id <= _LAST_APP_UID:
        return packages.get(app_id)
    return None


def parse_packages(text: str) -> dict[int, str]:
    """`pm list packages -U`: app id to package (the first in order, where several share a uid)."""
    found: dict[int, str] = {}
    for package, uids in _PM_LINE.findall(text):
        for uid in uids.split(","):
            found.setdefault(int(uid) % _USER_SPAN, package)
    return found


def parse_getprop(text: str) -> dict[str, str]:
    """`getprop`: name to value."""
    return dict(_GETPROP.findall(text.replace("\r", "")))


def device_facts(props: Mapping[str, str]) -> dict[str, str | int]:
    """What a capture keeps of a phone's properties."""
    facts: dict[str, str | int] = {}
    for key, names in {
        "model": ("ro.product.model",),
        "android": ("ro.build.version.release",),
        "sdk": ("ro.build.version.sdk",),
        "build": ("ro.build.fingerprint",),
        "build_type": ("ro.build.type",),
        "abi": ("ro.product.cpu.abi",),
    }.items():
        value = next((props[name] for name in names if props.get(name)), None)
        if value is not None:
            facts[key] = int(value) if key == "sdk" and value.isdigit() else value
    return facts


def parse_kb_lines(text: str) -> dict[str, int]:
    """`/proc/meminfo` and texts like it: key to number (kB)."""
    return {key: int(value) for key, value in _KB_LINE.findall(text)}


def system_facts(meminfo: str, uptime: str = "") -> dict[str, int]:
    """What a capture keeps of the system's memory, in kB, and its uptime in seconds."""
    found = parse_kb_lines(meminfo)
    facts = {
        name: found[key]
        for name, key in {
            "mem_total_kb": "MemTotal", "mem_free_kb": "MemFree", "mem_available_kb": "MemAvailable",
            "cached_kb": "Cached", "swap_total_kb": "SwapTotal", "swap_free_kb": "SwapFree",
        }.items()
        if key in found
    }  # fmt: skip
    if "swap_total_kb" in facts and "swap_free_kb" in facts:
        facts["swap_used_kb"] = facts["swap_total_kb"] - facts["swap_free_kb"]
    seconds = uptime.split(".")[0].strip()
    if seconds.isdigit():
        facts["uptime_s"] = int(seconds)
    return facts


def parse_stat(text: str) -> tuple[int | None, int | None]:
    """`/proc/PID/stat`: ppid and start time (clock ticks after boot); comm may hold blanks and brackets."""
    fields = text.rpartition(")")[2].split()
    if len(fields) < 20 or not fields[1].lstrip("-").isdigit() or not fields[19].isdigit():
        return None, None
    return int(fields[1]), int(fields[19])


def parse_ps(text: str) -> dict[int, tuple[str, int | None]]:
    """A `ps` listing with a header: pid to command and ppid. Columns are found by their titles."""
    lines = text.replace("\r", "").splitlines()
    if not lines:
        return {}
    titles = lines[0].split()
    if "PID" not in titles:
        return {}
    pid_at = titles.index("PID")
    ppid_at = titles.index("PPID") if "PPID" in titles else None
    name_at = next(
        (titles.index(word) for word in ("CMD", "NAME", "COMMAND", "ARGS") if word in titles), len(titles) - 1
    )
    found: dict[int, tuple[str, int | None]] = {}
    for line in lines[1:]:
        fields = line.split(None, name_at)
        if len(fields) > max(pid_at, name_at) and fields[pid_at].isdigit():
            ppid = fields[ppid_at] if ppid_at is not None else ""
            name = fields[name_at].split()[0] if fields[name_at].split() else ""
            found[int(fields[pid_at])] = (name, int(ppid) if ppid.isdigit() else None)
    return found


def is_zygote(name: str) -> bool:
    """Whether a process is a zygote: what the apps were forked from."""
    return name in ("zygote", "zygote64", "usap32", "usap64") or name.endswith("_zygote") or name == "webview_zygote32"
