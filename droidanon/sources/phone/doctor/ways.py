"""Tries each access method, and finds the best one for each running process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from droidanon.errors import DeviceError
from droidanon.platform.readers.dumpsys import parse_authorities, parse_debuggable
from droidanon.platform.readers.meminfo import parse_meminfo
from droidanon.smaps.entry import HEADER
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import ask
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.phone.access import Access, Say, try_su, why_others_are_refused
from droidanon.sources.phone.collector import quoted
from droidanon.sources.phone.doctor.finding import AppAccess, Finding, State
from droidanon.sources.phone.foreground import of_user
from droidanon.sources.phone.reporter import authority, refusal
from droidanon.uids import APP_IDS, app_id
from droidanon.wording import listed

_PART = "ways"
_DUMPSYS_SECONDS = 20.0
_LISTED = 4
_SAID = 120
_ENDED = ("No such file or directory", "No such process")


Owner = tuple[str | None, int | None]
"""A package, or the authority of a provider, and the Android user for whom it runs: one user may forbid what another
allows."""


@dataclass(slots=True)
class Ways:
    """The access methods that work: the user of commands, packages with a working run-as, responding authorities."""

    access: Access
    uid: int | None
    packages: set[Owner] = field(default_factory=set)
    authorities: set[Owner] = field(default_factory=set)
    dumpsys: bool = False

    def of(self, process: ProcessFacts) -> tuple[str, str]:
        """The best access method for a process, and the resulting fidelity."""
        if self.access.privileged:
            return self.access.kind, "smaps"
        if process.uid == self.uid:
            return "shell", "smaps"
        if is_app(process) and (process.package, process.user) in self.packages:
            return "run-as", "smaps"
        if is_app(process) and (authority(process), process.user) in self.authorities:
            return "reporter", "smaps"
        if self.dumpsys:
            return "dumpsys", "meminfo"
        return ("status", "status") if "vm_rss_kb" in process.status_kb else ("none", "none")


def is_app(process: ProcessFacts) -> bool:
    """Whether a process runs as its app's own uid (an isolated one does not)."""
    return process.uid is not None and app_id(process.uid) in APP_IDS


def look_at_root(device: Device, uid: int | None, build_type: str, say: Say) -> tuple[list[Finding], Access]:
    """Check whether adbd runs as root; if not, try su."""
    if uid == 0:
        refusal = why_others_are_refused(device, Access("root"))
        if refusal:
            return [Finding(_PART, "root", "warning", f"adbd is root, but {refusal}")], Access("shell")
        findings = [Finding(_PART, "root", "ok", "adbd is root: smaps of every process")]
        return [*findings, Finding(_PART, "su", "ok", "not needed: adbd is root")], Access("root")
    trial = try_su(device, say)
    if trial.access is not None:
        words = " ".join(trial.access.dialect)
        return [
            Finding(_PART, "root", "ok", "not needed: su gives root"),
            Finding(_PART, "su", "ok", f"`{words} CMD` gives root: smaps of every process"),
        ], trial.access
    possible = build_type in ("userdebug", "eng")
    return [
        Finding(
            _PART,
            "root",
            "warning",
            f"adbd runs as uid {'?' if uid is None else uid}",
            "this build allows root: run `adb root`, or choose access root"
            if possible
            else f"{build_type or 'release'} builds do not allow adbd to run as root",
        ),
        Finding(
            _PART,
            "su",
            "warning",
            trial.reason,
            trial.advice,
        ),
    ], Access("shell")


def look_at_apps_ways(device: Device, ways: Ways, processes: Sequence[ProcessFacts]) -> Iterator[Finding]:
    """Try run-as, reporters, dumpsys and status on running processes, and add what works to `ways`."""
    if ways.access.privileged:
        yield from (Finding(_PART, way, "ok", "not needed: root is available") for way in ("run-as", "reporter"))
    else:
        yield _run_as(device, ways, processes)
        yield _reporter(device, ways, processes)
    yield _dumpsys(device, ways, processes)
    result = any("vm_rss_kb" in process.status_kb for process in processes if process.uid != ways.uid)
    yield Finding(
        _PART,
        "status",
        "ok" if result else "failure",
        "/proc/PID/status reports the RSS of other processes"
        if result
        else "/proc/PID/status of other processes cannot be read",
        "" if result else "the phone's maker hides other processes, so nothing is known about them",
    )


def _run_as(device: Device, ways: Ways, processes: Sequence[ProcessFacts]) -> Finding:
    packages_text = ask(device, "dumpsys package packages 2>/dev/null | grep -E '^  Package [[]|^ +(pkgF|f)lags=[[]'")
    debuggable = parse_debuggable(packages_text)

    def read(process: ProcessFacts) -> str:
        command = ["run-as", process.package or "", *_user(process), "head", "-n", "1", f"/proc/{process.pid}/smaps"]
        return ask(device, f"{quoted(command)} 2>&1").strip()

    packages: list[tuple[Owner, ProcessFacts]] = [
        ((one.package, one.user), one) for one in processes if is_app(one) and one.package in debuggable
    ]
    refused = _try_each(packages, read, ways.packages)
    if refused is not None:
        result = f"{_owner(refused[0])}: {refused[1][:_SAID]}"
        return Finding(
            _PART, "run-as", "warning", result, "the app (PR_SET_DUMPABLE) or the phone's maker may forbid it"
        )
    if ways.packages:
        return Finding(_PART, "run-as", "ok", f"reads {listed(sorted(map(_owner, ways.packages)), _LISTED)}")
    return Finding(
        _PART,
        "run-as",
        "warning",
        "no running app is debuggable",
        "install and start a debuggable build (its numbers differ from those of the release build)",
    )


def _reporter(device: Device, ways: Ways, processes: Sequence[ProcessFacts]) -> Finding:
    known = parse_authorities(ask(device, "dumpsys package providers 2>/dev/null | grep -F '.droidanon'"))

    def read(process: ProcessFacts) -> str:
        command = ["content", "read", *_user(process), "--uri", f"content://{authority(process)}/{process.pid}"]
        return ask(device, f"{quoted(command)} 2>&1 | head -n 2", seconds=_DUMPSYS_SECONDS)

    providers: list[tuple[Owner, ProcessFacts]] = [
        ((authority(one), one.user), one) for one in processes if is_app(one) and authority(one) in known
    ]
    refused = _try_each(providers, read, ways.authorities)
    if refused is not None:
        result = f"{_owner(refused[0])}: {refusal(refused[1].encode()).decode() or 'no answer'}"
        return Finding(_PART, "reporter", "warning", result, "see docs/reporter.md")
    if ways.authorities:
        return Finding(_PART, "reporter", "ok", f"answers: {listed(sorted(map(_owner, ways.authorities)), _LISTED)}")
    return Finding(
        _PART,
        "reporter",
        "warning",
        "no running app has one",
        "for release builds: add one small source file to the app (docs/reporter.md)",
    )


def _owner(owner: Owner) -> str:
    return f"{owner[0]}{of_user(owner[1])}"


def _user(process: ProcessFacts) -> list[str]:
    return ["--user", str(process.user)] if process.user else []


def _try_each(
    owned: Sequence[tuple[Owner, ProcessFacts]], read: Callable[[ProcessFacts], str], works: set[Owner]
) -> tuple[Owner, str] | None:
    """Read a process of each owner; owners whose smaps arrive are added to `works`.

    Returns the last owner that refused, and its message.

    A process that ended in the meantime is not a refusal; the owner's next process is read instead.
    """
    refused = {}
    for owner, process in sorted(owned, key=lambda pair: (pair[0][0] or "", pair[0][1] or 0)):
        if owner in works or owner in refused:
            continue
        answer = read(process)
        if _is_header(answer):
            works.add(owner)
        elif not answer.rstrip().endswith(_ENDED):
            refused[owner] = answer
    return next(reversed(refused.items()), None)


_DUMPSYS = 'dumpsys $([ "$(getprop ro.build.version.sdk)" -lt 24 ] 2>/dev/null || echo -t 10)'
"""dumpsys has -t since Android 7 (SDK 24)."""


def _dumpsys(device: Device, ways: Ways, processes: Sequence[ProcessFacts]) -> Finding:
    process = next((one for one in processes if is_app(one) and not one.is_zygote), None)
    if process is None:
        return Finding(_PART, "dumpsys", "warning", "no app is running to try it with", "start an app")
    try:
        answer = ask(device, f"{_DUMPSYS} meminfo --local {process.pid} 2>&1", seconds=_DUMPSYS_SECONDS)
    except DeviceError as error:
        answer = str(error)
    ways.dumpsys = any(table.heaps for table in parse_meminfo(answer))
    if ways.dumpsys:
        return Finding(_PART, "dumpsys", "ok", "dumpsys meminfo reports the heaps of every app, without names")
    return Finding(
        _PART,
        "dumpsys",
        "warning",
        f"dumpsys meminfo: {' '.join(answer.split())[:_SAID] or 'no answer'}",
        "the phone may still be starting: try again",
    )


def _is_header(text: str) -> bool:
    return HEADER.fullmatch(text.strip().split("\n", 1)[0].rstrip("\r").encode()) is not None


def apps_of(ways: Ways, processes: Sequence[ProcessFacts]) -> tuple[AppAccess, ...]:
    """The access method for each app's processes, highest fidelity first."""
    counts = Counter((process.app, *ways.of(process)) for process in processes)
    order = ("smaps", "meminfo", "status", "none")
    rows = [AppAccess(app, count, way, fidelity) for (app, way, fidelity), count in counts.items()]
    return tuple(sorted(rows, key=lambda row: (order.index(row.fidelity), row.way, row.app)))


_GIVES = {
    "smaps": "every VMA with its name",
    "meminfo": "heaps, without names",
    "status": "one sum per process, without PSS",
    "none": "nothing",
}


def look_at_apps(apps: Sequence[AppAccess]) -> Iterator[Finding]:
    """Summarise how the running processes can be read, one line per access method."""
    for way, fidelity in dict.fromkeys((row.way, row.fidelity) for row in apps):
        rows = [row for row in apps if (row.way, row.fidelity) == (way, fidelity)]
        number = sum(row.processes for row in rows)
        who = f"{number} process{'es' if number != 1 else ''} of "
        who += listed([row.app for row in rows], _LISTED) if len(rows) <= _LISTED else f"{len(rows)} apps and daemons"
        state: State = "ok" if fidelity == "smaps" else "failure" if fidelity == "none" else "warning"
        yield Finding("apps", f"by {way}", state, f"{who}: {_GIVES[fidelity]}")
