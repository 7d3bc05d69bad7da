"""Splits the text of a bug report (AOSP frameworks/native cmds/dumpstate) into sections, and reads the phone's facts
in its header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from droidanon.platform.readers.dumpsys import AppProcess, parse_activity
from droidanon.platform.readers.meminfo import parse_meminfo
from droidanon.platform.readers.meminfo_checkin import parse_checkin_line
from droidanon.platform.readers.meminfo_system import SystemMeminfo, parse_system_meminfo
from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.platform.readers.process_states import ListedState, parse_process_states
from droidanon.platform.readers.procfs import device_facts, parse_getprop, system_facts
from droidanon.platform.readers.procrank import RankedProcess, parse_procrank
from droidanon.platform.readers.showmap import ShowmapText, parse_showmaps
from droidanon.smaps.entry import FIELD, FLAGS_LINE, HEADER, NAME_LINE

_SECTION = re.compile(r"^-{6} ([^\s-].*?)(?: \((/.*|[a-z][^()]*)\))? -{6}$")
_DURATION = re.compile(r"^-{3,} \d[\d.]*s was the duration of ")
_SHOW_MAP = re.compile(r"^(?:SHOW MAP|SMAPS) (\d{1,10})(?:: (.*)| \((.*?)\)(?: \(.*)?)$")
_RELEASE = re.compile(r"^Build fingerprint: '([^/']*)/([^/']*)/([^:']*):([^/']*)/([^']*)'")
_REFUSED = re.compile(r"^(?:Skipping|\*\*\* command) '[^']*showmap[^']*'")
"""Printed by dumpstate on a user build, and by a shell whose su fails."""
_DUMPSTATE = re.compile(r"^== dumpstate: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_KERNEL = re.compile(r"^Kernel: Linux version (\S+)")
_PROCESS_LISTS = ("ACTIVITY MANAGER LRU PROCESSES", "ACTIVITY MANAGER RUNNING PROCESSES")
_PROCESS_RECORDS = "ACTIVITY MANAGER RUNNING PROCESSES"
_NEW_LISTS = ("ACTIVITY MANAGER ", "DUMP OF SERVICE ", "------ ")
_LIMITER_LINES = 20
_READ = ("SHOW MAP ", "SMAPS ", "PROCRANK", "MEMORY INFO", "CHECKIN MEMINFO", "SYSTEM PROPERTIES", "DUMPSYS", "MEMINFO")
"""The prefixes of the titles of sections that `_read_section` reads."""
_REFUSALS = ("Skipping '", "*** command '")
_CHUNK = 1 << 18
_SMAPS_LINES = (HEADER, FIELD, FLAGS_LINE, NAME_LINE)


@dataclass(frozen=True, slots=True)
class ProcessSmaps:
    """The smaps section of one process: only lines of smaps."""

    pid: int
    name: str
    text: bytes


@dataclass(slots=True)
class Dumpstate:
    """The parts of a bug report's text that are used; the rest (logs, accounts, other services) is skipped."""

    is_report: bool = False
    """Whether the text has dumpstate's first line or one of its sections."""
    device: dict[str, str | int] = field(default_factory=dict)
    system: dict[str, int] = field(default_factory=dict)
    showmaps: list[ShowmapText] = field(default_factory=list)
    smaps: list[ProcessSmaps] = field(default_factory=list)
    tables: list[Meminfo] = field(default_factory=list)
    checkins: list[Meminfo] = field(default_factory=list)
    ranks: list[RankedProcess] = field(default_factory=list)
    phone: SystemMeminfo = field(default_factory=SystemMeminfo)
    """The lists of all processes in dumpsys meminfo."""
    states: dict[int, ListedState] = field(default_factory=dict)
    """The process states in the activity manager's lists."""
    owners: dict[int, AppProcess] = field(default_factory=dict)
    """The activity manager's processes, and the app of each."""
    properties: dict[str, str] = field(default_factory=dict)
    limiter: str = ""
    """The status of the memory limiter."""
    refused: int = 0
    """How many SHOW MAP sections the phone refused."""


def parse_dumpstate(data: bytes) -> Dumpstate:
    """Parse the sections about memory. Keeps only a few lines in memory at a time."""
    found = Dumpstate()
    for title, lines in _sections(_lines(data)):
        found.refused += sum(_REFUSED.match(line) is not None for line in lines)
        if not title:
            _read_head(found, lines)
        else:
            found.is_report = True
            _read_section(found, title, lines)
    return found


def _lines(data: bytes) -> Iterator[str]:
    """The lines of a text, decoded in batches."""
    place = 0
    while place < len(data):
        stop = data.find(b"\n", place + _CHUNK) + 1 or len(data)
        yield from data[place:stop].decode("utf-8", "backslashreplace").splitlines()
        place = stop


def _sections(lines: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Titles and lines of dumpstate's sections; lines outside any section have an empty title.

    For a section that is not read, only the lines that show a refusal are kept.
    """
    title = ""
    kept: list[str] = []
    is_read = True
    for line in lines:
        if _DURATION.match(line):
            yield title, kept
            title, kept, is_read = "", [], True
        elif match := _SECTION.match(line):
            yield title, kept
            whole = line.removeprefix("------ ").removesuffix(" ------")
            title, kept = (whole if whole.startswith(("SHOW MAP", "SMAPS ")) else match[1]), []
            is_read = title.startswith(_READ)
        elif is_read or line.startswith(_REFUSALS):
            kept.append(line)
    yield title, kept


def _read_section(found: Dumpstate, title: str, lines: list[str]) -> None:
    if match := _SHOW_MAP.match(title):
        _read_show_map(found, int(match[1]), match[2] or match[3] or "", lines)
    elif title.startswith("PROCRANK"):
        found.ranks += parse_procrank(lines)
    elif title.startswith("MEMORY INFO"):
        found.system.update(system_facts("\n".join(lines)))
    elif title.startswith("CHECKIN MEMINFO"):
        found.checkins += [table for line in lines if (table := parse_checkin_line(line)) is not None]
    elif title.startswith("SYSTEM PROPERTIES"):
        found.properties.update(parse_getprop("\n".join(lines)))
        found.device.update(device_facts(found.properties))
    elif title.startswith(("DUMPSYS", "MEMINFO")):
        _read_dumpsys(found, lines)


def _read_head(found: Dumpstate, lines: Iterable[str]) -> None:
    """Read lines outside sections: dumpstate's header and, in newer releases, dumpsys' output about its services."""
    lines = list(lines)
    for line in lines:
        if match := _DUMPSTATE.match(line):
            found.device.setdefault("reported", match[1])
            found.is_report = True
        elif match := _RELEASE.match(line):
            found.device.setdefault("android", match[4])
            found.device.setdefault("build", line.split("'")[1])
        elif match := _KERNEL.match(line):
            found.device.setdefault("kernel", match[1])
    _read_dumpsys(found, lines)


def _read_dumpsys(found: Dumpstate, lines: list[str]) -> None:
    """Read process states, and the output of meminfo: from its first line to the beginning of the next service."""
    if any(line.startswith(_PROCESS_LISTS) for line in lines):
        found.states.update(parse_process_states(lines))
        found.owners.update(parse_activity("\n".join(_process_records(lines))).processes)
    status = next((place for place, line in enumerate(lines) if line.strip() == "Memory limiter"), None)
    if status is not None:
        found.limiter = "\n".join(lines[status : status + _LIMITER_LINES])
    first = next((place for place, line in enumerate(lines) if _is_meminfo(line)), None)
    if first is None:
        return
    part = "\n".join(lines[first:])
    tables = [table for table in parse_meminfo(part) if table.pid is not None and table.heaps]
    found.tables += tables
    found.is_report |= bool(tables)
    phone = parse_system_meminfo(part)
    if any((phone.by_process, phone.oom_levels, phone.ram)) and not found.phone.by_process:
        found.phone = phone


def _process_records(lines: Iterable[str]) -> Iterator[str]:
    """The lines of `dumpsys activity processes`, among those of other services."""
    inside = False
    for line in lines:
        if line.startswith(_NEW_LISTS):
            inside = line.startswith(_PROCESS_RECORDS)
        if inside:
            yield line


def _is_meminfo(line: str) -> bool:
    return line.startswith(("Applications Memory Usage", "** MEMINFO in pid ", "Total PSS by "))


def _read_show_map(found: Dumpstate, pid: int, name: str, lines: list[str]) -> None:
    if lines and HEADER.fullmatch(_encoded(lines[0])):
        kept = [raw for line in lines if any(form.fullmatch(raw := _encoded(line)) for form in _SMAPS_LINES)]
        found.smaps.append(ProcessSmaps(pid, name, b"".join(raw + b"\n" for raw in kept)))
        return
    for table in parse_showmaps(lines)[:1]:
        table.pid, table.name = pid, name
        found.showmaps.append(table)


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", "backslashreplace")
