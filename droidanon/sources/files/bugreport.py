"""Bug reports as a source: what dumpstate kept of showmap, dumpsys meminfo, procrank and the system's memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem, Process, ReportedRows
from droidanon.platform.readers.meminfo import (
    Meminfo,
    parse_meminfo,
    parse_system_meminfo,
    sections,
    told_system,
)
from droidanon.platform.readers.procfs import device_facts, package_of_process, parse_getprop, system_facts
from droidanon.platform.readers.procrank import RankedProcess, parse_procrank
from droidanon.smaps.entry import HEADER
from droidanon.sources.assemble import make_capture
from droidanon.sources.files import archives
from droidanon.sources.files.platform_text import showmap_reading, with_meminfo
from droidanon.sources.reading import Reading
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress

_SECTION = re.compile(r"^-{6} (.+?)(?: \((/.*|[a-z][^()]*)\))? -{6}$")
_DURATION = re.compile(r"^-{3,} \d[\d.]*s was the duration of ")
_SHOW_MAP = re.compile(r"^(?:SHOW MAP|SMAPS) (\d{1,10})(?:: (.*)| \((.*?)\)(?: \(.*)?)$")
_RELEASE = re.compile(r"^Build fingerprint: '([^/']*)/([^/']*)/([^:']*):([^/']*)/([^']*)'")
_REFUSED = re.compile(r"^(?:Skipping|\*\*\* command) '[^']*showmap[^']*'")
"""A user build's dumpstate, and the shell's su where it fails."""
_DUMPSTATE = re.compile(r"^== dumpstate: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_KERNEL = re.compile(r"^Kernel: Linux version (\S+)")
_WHOLE_PHONE = "Total PSS by OOM adjustment:"
_TEXT = (".txt", "")
_SUMMED = frozenset({"size_kb", "rss_kb", "pss_kb", "swap_kb", "swap_pss_kb"})
"""Of procrank's columns those that are counters; Uss and USwap are sums of others."""


@dataclass(frozen=True, slots=True)
class BugreportSource:
    """The file of a bug report: its zip, its text, or an archive of its parts."""

    path: str

    def describe(self) -> str:
        return f"the bug report {self.path}"

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """Every process that a section tells of. InputError for what is no bug report, or has none of those sections."""
        where = escape_text(self.path)
        try:
            with Path(self.path).open("rb") as file:
                return read_report(archives.seekable(file, where), self.path, selection, progress)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise InputError(f"{where}: no such file") from error
        except OSError as error:
            raise InputError(f"{where}: {error.strerror or error}") from error
        except ValueError as error:  # a path with a NUL
            raise InputError(f"{where}: not a path ({error})") from error


def read_report(file: IO[bytes], path: str, selection: Selection, progress: Progress | None) -> Capture:
    """The capture of an open report; `path` is what it is called."""
    where = escape_text(path)
    report = _Report()
    seen = False
    for name, text in _texts(file, path):
        if progress is not None:
            progress(len(report.readings), None, escape_text(name))
        seen |= report.read(text)
    if not seen:
        raise InputError(f"{where}: not a bug report: it has no line `== dumpstate:` and no section of dumpstate's")
    readings = report.finish()
    if not readings:
        refused = f" ({report.refused} SHOW MAP sections were refused by the phone)" if report.refused else ""
        raise InputError(f"{where}: a bug report without showmap, procrank or dumpsys meminfo of any process{refused}")
    kept = selection.of_readings(readings)
    return make_capture(
        kept,
        source=f"bugreport:{path}",
        access="bugreport",
        app=selection.app or "",
        device=report.device,
        system=report.system,
        problems=report.problems,
    )


def _texts(file: IO[bytes], path: str) -> Iterator[tuple[str, str]]:
    """Names and texts of what may hold sections: the report itself, not the logs and files beside it."""
    start = file.read(512)
    file.seek(0)
    if not archives.is_archive(start):
        yield Path(path).name, archives.read_whole(file, escape_text(path)).decode("utf-8", "backslashreplace")
        return
    for name, data in archives.read_archive(file, path):
        if data is not None and Path(name).suffix in _TEXT and "/FS/" not in f"/{name}":
            yield name, data.decode("utf-8", "backslashreplace")


@dataclass(slots=True)
class _Report:
    """What was found so far, by pid; a process told of in several sections has the finest of them."""

    device: dict[str, str | int] = field(default_factory=dict)
    system: dict[str, int] = field(default_factory=dict)
    readings: dict[int, Reading] = field(default_factory=dict)
    tables: dict[int, tuple[Meminfo, str]] = field(default_factory=dict)
    checkins: dict[int, tuple[Meminfo, str]] = field(default_factory=dict)
    levels: dict[int, str] = field(default_factory=dict)
    ranks: dict[int, RankedProcess] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    refused: int = 0

    def read(self, text: str) -> bool:
        """Takes what it can from a text; whether it looks like a part of a bug report at all."""
        seen = False
        for title, lines in _sections(text):
            self.refused += sum(_REFUSED.match(line) is not None for line in lines)
            if not title:
                seen |= self._head(lines)
                continue
            seen = True
            if match := _SHOW_MAP.match(title):
                self._show_map(int(match[1]), match[2] or match[3] or "", lines)
            elif title.startswith("PROCRANK"):
                self.ranks.update({rank.pid: rank for rank in parse_procrank(lines)})
            elif title.startswith("MEMORY INFO"):
                self.system.update(system_facts("\n".join(lines)))
            elif title.startswith("CHECKIN MEMINFO"):
                self._checkin(lines)
            elif title.startswith("SYSTEM PROPERTIES"):
                self.device.update(device_facts(parse_getprop("\n".join(lines))))
        for pid, process, part in sections(text):
            tables = parse_meminfo(part)
            if pid is not None and tables and tables[0].heaps:
                self.tables.setdefault(pid, (replace(tables[0], process=process), part))
                seen = True
        if _WHOLE_PHONE in text:
            found = parse_system_meminfo(text)
            self.system.update(told_system(found))
            self.levels.update(found.oom_levels)
        return seen

    def _checkin(self, lines: Iterable[str]) -> None:
        """Tables in the form for machines, for processes of which there is no other."""
        for line in lines:
            for table in parse_meminfo(line):
                if table.pid is not None:
                    self.checkins.setdefault(table.pid, (table, f"{line}\n"))

    def _head(self, lines: Iterable[str]) -> bool:
        """The lines before the first section."""
        seen = False
        for line in lines:
            if match := _DUMPSTATE.match(line):
                self.device.setdefault("reported", match[1])
                seen = True
            elif match := _RELEASE.match(line):
                self.device.setdefault("android", match[4])
                self.device.setdefault("build", line.split("'")[1])
            elif match := _KERNEL.match(line):
                self.device.setdefault("kernel", match[1])
        return seen

    def _show_map(self, pid: int, name: str, lines: list[str]) -> None:
        process = Process(name or f"pid {pid}", pid=pid, package=package_of_process(name))
        if lines and HEADER.fullmatch(lines[0].encode("utf-8", "backslashreplace")):
            text = "\n".join(lines) + "\n"
            self.readings[pid] = Reading(process, text.encode("utf-8", "backslashreplace"))
        elif (reading := showmap_reading(process, lines)) is not None:
            self.readings[pid] = reading

    def finish(self) -> list[Reading]:
        """A reading for each process, and what else there is to say."""
        for pid, (table, part) in {**self.checkins, **self.tables}.items():
            self.readings[pid] = with_meminfo(self.readings.get(pid), table, part)
        for pid, rank in self.ranks.items():
            known = self.readings.get(pid)
            if known is None:
                process = Process(rank.name, pid=pid, package=package_of_process(rank.name))
                counters = {name: [value] for name, value in rank.counters.items() if name in _SUMMED}
                known = Reading(process, None, told=ReportedRows("status", [""], counters))
            self.readings[pid] = replace(known, process=replace(known.process, procrank_kb=rank.counters))
        for pid, level in self.levels.items():
            if (known := self.readings.get(pid)) is not None:
                self.readings[pid] = replace(known, process=replace(known.process, oom_level=level))
        if self.refused:
            self.problems.append(
                Problem("bug report", f"{self.refused} SHOW MAP sections were refused by the phone (a user build)")
            )
        return list(self.readings.values())


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Titles and lines of dumpstate's sections; the title of what stands outside of any is empty."""
    title = ""
    lines: list[str] = []
    for line in text.splitlines():
        if _DURATION.match(line):
            yield title, lines
            title, lines = "", []
        elif match := _SECTION.match(line):
            yield title, lines
            whole = line.removeprefix("------ ").removesuffix(" ------")
            title, lines = (whole if whole.startswith(("SHOW MAP", "SMAPS ")) else match[1]), []
        else:
            lines.append(line)
    yield title, lines
