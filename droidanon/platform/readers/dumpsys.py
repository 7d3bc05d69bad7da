"""Parses processes and packages in the output of dumpsys; pure functions over text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from droidanon.platform.readers.process_states import ListedState, parse_process_states
from droidanon.platform.readers.procfs import parse_number
from droidanon.uids import APP_IDS, USER_SPAN, app_id

_RECORD = re.compile(r"ProcessRecord\{\S+ (\d{1,10}):(.+?)/(\S+?)\}")
_PACKAGE_LIST = re.compile(r"packageList=\{([^}]*)\}")
_TOP = re.compile(r" (\d{1,10}):([^ ]+)/(\S+) \(top-(?:activity|sleeping)\)")
_OWNER = re.compile(r"u(\d{1,4})a(\d{1,5})(?:i\d{1,5})?")
_ISOLATED = re.compile(r"u\d{1,4}a\d{1,5}i\d{1,5}")
_SERVICE = re.compile(r"^ +- ServiceRecord\{\S+ (u\d{1,4} \S+?)(?: +c:\S+)?\}")
_CONNECTION = re.compile(r"^ +- ConnectionRecord\{\S+ (u\d{1,4}) .*?(\S+):@[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class AppProcess:
    """A process in the activity manager. `uid` is its app's, even if the process is isolated and runs under another."""

    name: str
    package: str
    uid: int | None


@dataclass(frozen=True, slots=True)
class Activity:
    """The activity manager's processes by pid, the pids in the foreground (topmost first), and process states."""

    processes: Mapping[int, AppProcess] = field(default_factory=dict)
    top: tuple[int, ...] = ()
    states: Mapping[int, ListedState] = field(default_factory=dict)


@dataclass(slots=True)
class _Record:
    """A partly read process record: the services that run in the process, and those that it has bound."""

    pid: int
    name: str
    owner: str
    services: set[str] = field(default_factory=set)
    connections: set[str] = field(default_factory=set)


def parse_activity(text: str) -> Activity:
    """Parse `dumpsys activity processes` of Android 6 to 16 (AOSP ActivityManagerService.dumpProcessesLocked,
    ProcessRecord.dump), and `dumpsys activity lru`.

    An isolated process belongs to the app that bound its services, if there is exactly one.
    """
    found: dict[int, AppProcess] = {}
    top: list[int] = []
    records: dict[int, _Record] = {}
    current = _Record(0, "", "")
    lines = text.splitlines()
    for line in lines:
        if match := _TOP.search(line):
            top.append(int(match[1]))
        elif listed := _PACKAGE_LIST.search(line):
            _add_process(found, current, listed[1])
        elif service := _SERVICE.match(line):
            current.services.add(service[1])
        elif connection := _CONNECTION.match(line):
            current.connections.add(f"{connection[1]} {connection[2]}")
        elif record := _RECORD.search(line):
            pid = int(record[1])
            current = records.setdefault(pid, _Record(pid, record[2], record[3]))
    return Activity(_of_clients(found, records.values()), tuple(dict.fromkeys(top)), parse_process_states(lines))


def _add_process(found: dict[int, AppProcess], record: _Record, listed: str) -> None:
    packages = [word.strip() for word in listed.split(",") if word.strip()]
    if record.pid and record.pid not in found and packages:
        own = record.name.split(":", 1)[0]
        package = own if own in packages else packages[0]
        found[record.pid] = AppProcess(record.name, package, owner_uid(record.owner))


def _of_clients(found: Mapping[int, AppProcess], records: Iterable[_Record]) -> dict[int, AppProcess]:
    """The processes; isolated ones get the package and uid of the one app that has bound their services.

    A connection is in the client's record, and names the service in the same form as the record of the service's
    process (AOSP ProcessServiceRecord.dump, ConnectionRecord.toString).
    """
    clients: dict[str, set[int]] = {}
    isolated = []
    for record in records:
        if _ISOLATED.fullmatch(record.owner):
            isolated.append(record)
            continue
        for service in record.connections:
            clients.setdefault(service, set()).add(record.pid)
    linked = dict(found)
    for record in isolated:
        pids = {pid for service in record.services for pid in clients.get(service, ())}
        apps = {(app.package, app.uid) for pid in pids if (app := found.get(pid)) is not None}
        if record.pid in found and len(apps) == 1:
            package, uid = apps.pop()
            if uid is not None and app_id(uid) >= APP_IDS.start:
                linked[record.pid] = replace(found[record.pid], package=package, uid=uid)
    return linked


def owner_uid(word: str) -> int | None:
    """The uid of the app in `u0a89`, `u10a89` or the isolated `u0a89i3`; a plain number stands for itself."""
    if match := _OWNER.fullmatch(word):
        return int(match[1]) * USER_SPAN + APP_IDS.start + int(match[2])
    return parse_number(word)


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """Facts about a package; None means unknown."""

    version_name: str | None = None
    version_code: int | None = None
    debuggable: bool | None = None
    abi: str | None = None
    compile_filter: str | None = None
    large_heap: bool | None = None
    """Whether the manifest requests a large Java heap."""


_VERSION_NAME = re.compile(r"^ {4,8}versionName=(.{1,200})$", re.MULTILINE)
_VERSION_CODE = re.compile(r"^ {4,8}versionCode=(\d{1,18})", re.MULTILINE)
_ABI = re.compile(r"^ {4,8}primaryCpuAbi=([A-Za-z0-9_-]{1,40})", re.MULTILINE)
_FLAGS = re.compile(r"^ {4,8}(?:pkgF|f)lags=\[ ?(.*?) ?\]", re.MULTILINE)
_STATUS = re.compile(r"\[(?:status|compilation_filter|filter)=([a-z-]{1,40})")


def parse_package(text: str) -> PackageFacts:
    """Parse `dumpsys package NAME` of Android 7 to 16 (AOSP Settings.dumpPackageLPr and the section Dexopt state).

    The first occurrence of each line counts: an updated system app is listed first as installed, then as shipped.
    """
    text = text.replace("\r", "")
    flags = _FLAGS.search(text)
    return PackageFacts(
        _first(_VERSION_NAME, text),
        parse_number(_first(_VERSION_CODE, text) or ""),
        None if flags is None else "DEBUGGABLE" in flags[1].split(),
        abi if (abi := _first(_ABI, text)) != "null" else None,
        _first(_STATUS, text),
        None if flags is None else "LARGE_HEAP" in flags[1].split(),
    )


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return None if found is None else found[1].strip()


_PACKAGE_HEAD = re.compile(r"^  Package \[([A-Za-z0-9_.]+)\]")
_AUTHORITY_HEAD = re.compile(r"\[([A-Za-z0-9_.;]+)\]:?\r?$", re.MULTILINE)


def parse_debuggable(text: str) -> set[str]:
    """The debuggable packages in `dumpsys package packages`, or in its lines `Package [` and `flags=[` alone."""
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
    """Parse `/data/system/packages.list` (AOSP Settings.writePackageListLPr): `NAME UID DEBUGGABLE FOLDER ...`."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 4 and words[2] in ("0", "1"):
            # Since Android 12 the groups are followed by a number for profileability and the version code.
            code = parse_number(words[7]) if len(words) > 7 else None
            found[words[0]] = PackageFacts(version_code=code, debuggable=words[2] == "1")
    return found
