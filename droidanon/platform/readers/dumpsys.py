"""Processes and packages in the output of dumpsys, read to values; pure functions over text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from droidanon.platform.readers.procfs import parse_number

_RECORD = re.compile(r"ProcessRecord\{\S+ (\d{1,10}):(.+?)/(\S+?)\}")
_PACKAGE_LIST = re.compile(r"packageList=\{([^}]*)\}")
_TOP = re.compile(r" (\d{1,10}):([^ ]+)/(\S+) \(top-(?:activity|sleeping)\)")
_OWNER = re.compile(r"u(\d{1,4})a(\d{1,5})(?:i\d{1,5})?")
_FIRST_APP_UID = 10_000
_USER_SPAN = 100_000


@dataclass(frozen=True, slots=True)
class AppProcess:
    """A process as the activity manager knows it; `uid` is its app's, also where it is isolated and runs by another."""

    name: str
    package: str
    uid: int | None


@dataclass(frozen=True, slots=True)
class Activity:
    """The activity manager's processes by pid, and the pids of what is in the foreground, the topmost first."""

    processes: Mapping[int, AppProcess] = field(default_factory=dict)
    top: tuple[int, ...] = ()


def parse_activity(text: str) -> Activity:
    """`dumpsys activity processes`, Android 6 to 16 (AOSP ActivityManagerService.dumpProcessesLocked,
    ProcessRecord.dump).
    """
    found: dict[int, AppProcess] = {}
    top: list[int] = []
    current: tuple[int, str, str] | None = None
    for line in text.splitlines():
        if match := _TOP.search(line):
            top.append(int(match[1]))
        elif (listed := _PACKAGE_LIST.search(line)) and current is not None:
            pid, name, owner = current
            packages = [word.strip() for word in listed[1].split(",") if word.strip()]
            if pid not in found and packages:
                own = name.split(":", 1)[0]
                found[pid] = AppProcess(name, own if own in packages else packages[0], owner_uid(owner))
            current = None
        elif record := _RECORD.search(line):
            current = (int(record[1]), record[2], record[3])
    return Activity(found, tuple(dict.fromkeys(top)))


def owner_uid(word: str) -> int | None:
    """The uid of the app behind `u0a89`, `u10a89` or the isolated `u0a89i3`; a bare number is itself."""
    if match := _OWNER.fullmatch(word):
        return int(match[1]) * _USER_SPAN + _FIRST_APP_UID + int(match[2])
    return parse_number(word)


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """Facts about a package; None if unknown."""

    version_name: str | None = None
    version_code: int | None = None
    debuggable: bool | None = None
    abi: str | None = None
    compile_filter: str | None = None


_VERSION_NAME = re.compile(r"^ {4,8}versionName=(.{1,200})$", re.MULTILINE)
_VERSION_CODE = re.compile(r"^ {4,8}versionCode=(\d{1,18})", re.MULTILINE)
_ABI = re.compile(r"^ {4,8}primaryCpuAbi=([A-Za-z0-9_-]{1,40})", re.MULTILINE)
_FLAGS = re.compile(r"^ {4,8}(?:pkgF|f)lags=\[ ?(.*?) ?\]", re.MULTILINE)
_STATUS = re.compile(r"\[(?:status|compilation_filter|filter)=([a-z-]{1,40})")


def parse_package(text: str) -> PackageFacts:
    """`dumpsys package NAME`, Android 7 to 16 (AOSP Settings.dumpPackageLPr and the section Dexopt state).

    The first of each line counts: an updated system app is listed first as it is, then as it was shipped.
    """
    text = text.replace("\r", "")
    flags = _FLAGS.search(text)
    return PackageFacts(
        _first(_VERSION_NAME, text),
        parse_number(_first(_VERSION_CODE, text) or ""),
        None if flags is None else "DEBUGGABLE" in flags[1].split(),
        abi if (abi := _first(_ABI, text)) != "null" else None,
        _first(_STATUS, text),
    )


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return None if found is None else found[1].strip()


_PACKAGE_HEAD = re.compile(r"^  Package \[([A-Za-z0-9_.]+)\]")
_AUTHORITY_HEAD = re.compile(r"\[([A-Za-z0-9_.;]+)\]:?\r?$", re.MULTILINE)


def parse_debuggable(text: str) -> set[str]:
    """The packages that may be debugged, of `dumpsys package packages` or its lines `Package [` and `flags=[`."""
    found, package = set(), ""
    for line in text.splitlines():
        if head := _PACKAGE_HEAD.match(line):
            package = head[1]
        elif package and (flags := _FLAGS.match(line)) and "DEBUGGABLE" in flags[1].split():
            found.add(package)
    return found


def parse_authorities(text: str) -> set[str]:
    """The authorities in `dumpsys package providers` (AOSP ComponentResolver.dumpContentProviders)."""
    return {word for match in _AUTHORITY_HEAD.findall(text) for word in match.split(";")}


def parse_packages_list(text: str) -> dict[str, PackageFacts]:
    """`/data/system/packages.list` (AOSP Settings.writePackageListLPr): `NAME UID DEBUGGABLE FOLDER ...`."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 4 and words[2] in ("0", "1"):
            # Since Android 12 a number of the profileability and the version's code come after the groups.
            code = parse_number(words[7]) if len(words) > 7 else None
            found[words[0]] = PackageFacts(version_code=code, debuggable=words[2] == "1")
    return found
