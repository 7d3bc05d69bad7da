"""Bug reports as a source: the output of showmap, dumpsys meminfo and procrank, and the system's memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.platform.readers.dumpstate import Dumpstate, parse_dumpstate
from droidanon.platform.readers.meminfo_system import SystemMeminfo, rows_of_totals, system_facts_of
from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.platform.readers.phone_limits import phone_limits
from droidanon.platform.readers.procfs import package_of_process
from droidanon.sources import whole_stream
from droidanon.sources.assemble import make_capture
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.files.platform_text import with_meminfo
from droidanon.sources.files.report_texts import member_names, report_texts
from droidanon.sources.reading import Reading
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress


@dataclass(frozen=True, slots=True)
class BugreportSource:
    """A bug report file: its zip, its text, or an archive of its parts."""

    path: str

    def describe(self) -> str:
        return f"the bug report {self.path}"

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """Reads every process that a section reports. Raises InputError if it is not a bug report, or has no such
        section."""
        where = escape_text(self.path)
        try:
            with Path(self.path).open("rb") as file:
                return read_report(whole_stream.seekable(file, where), self.path, selection, progress)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise InputError(f"{where}: no such file") from error
        except OSError as error:
            raise InputError(f"{where}: {error.strerror or error}") from error
        except ValueError as error:  # a path that contains NUL
            raise InputError(f"{where}: not a path ({error})") from error


def read_report(file: IO[bytes], path: str, selection: Selection, progress: Progress | None) -> Capture:
    """Reads an open report; `path` is its name."""
    where = escape_text(path)
    parts: list[Dumpstate] = []
    for name, text in report_texts(file, path):
        if progress is not None:
            progress(len(parts), None, escape_text(name))
        parts.append(parse_dumpstate(text))
    if not any(part.is_report for part in parts):
        raise InputError(f"{where}: {_not_a_report(member_names(file, path))}")
    readings = process_readings(parts)
    refused = sum(part.refused for part in parts)
    if not readings:
        why = f" ({refused} SHOW MAP sections were refused by the phone)" if refused else ""
        raise InputError(f"{where}: a bug report without showmap, procrank or dumpsys meminfo of any process{why}")
    problems = list(_problems(parts))
    if refused:
        problems.append(Problem("bug report", f"{refused} SHOW MAP sections were refused by the phone (a user build)"))
    device: dict[str, str | int] = {}
    for part in parts:
        device = {**part.device, **device}
    system = _system(parts)
    properties = {key: value for part in parts for key, value in part.properties.items()}
    limiter = next((part.limiter for part in parts if part.limiter), "")
    limits, _ = phone_limits(properties, limiter=limiter, total_kb=system.get("mem_total_kb"))
    return make_capture(
        selection.of_readings(readings),
        source=f"bugreport:{path}",
        access="bugreport",
        app=selection.app or "",
        device=device,
        system=system,
        limits=limits,
        problems=problems,
    )


def _not_a_report(names: Iterable[str]) -> str:
    names = [escape_text(name) for name in names]
    shown = f"; it contains {', '.join(names[:6])}{' ...' if len(names) > 6 else ''}" if names else ""
    return f"not a bug report: it has no line `== dumpstate:` and no section of dumpstate's{shown}"


def _system(parts: Iterable[Dumpstate]) -> dict[str, int]:
    system: dict[str, int] = {}
    for part in parts:
        system |= {**part.system, **system_facts_of(part.phone)}
    return system


def _problems(parts: Iterable[Dumpstate]) -> Iterator[Problem]:
    for part in parts:
        for table in part.tables:
            yield from (Problem(f"{table.process} (pid {table.pid})", problem) for problem in table.problems)
        for shown in part.showmaps:
            if shown.problem:
                yield Problem(f"{shown.name} (pid {shown.pid})", shown.problem)


def process_readings(parts: Iterable[Dumpstate]) -> list[Reading]:
    """One reading per pid, from the most detailed section that reports it: smaps, showmap, dumpsys meminfo, procrank,
    the list of all processes.
    """
    parts = list(parts)
    found: dict[int, Reading] = {}
    for part in parts:
        found |= _totals(part.phone)
    for part in parts:
        for rank in part.ranks:
            found[rank.pid] = Reading(_process(rank.pid, rank.name), None, reported=rank.reported())
    for part in parts:
        for table in part.showmaps:
            if table.pid is not None and table.names:
                text = table.text.encode("utf-8", "backslashreplace")
                found[table.pid] = Reading(_process(table.pid, table.name), text, reported=table.reported())
        found |= {one.pid: Reading(_process(one.pid, one.name), one.text) for one in part.smaps}
    _add_tables(found, parts)
    _add_facts(found, parts)
    return list(found.values())


def _totals(phone: SystemMeminfo) -> dict[int, Reading]:
    """The processes in the list of all processes, the only one with native processes."""
    return {
        pid: Reading(_process(pid, name), None, reported=rows) for pid, (name, rows) in rows_of_totals(phone).items()
    }


def _process(pid: int, name: str) -> ProcessFacts:
    return ProcessFacts(name or f"pid {pid}", pid=pid, package=package_of_process(name))


def _add_tables(found: dict[int, Reading], parts: Iterable[Dumpstate]) -> None:
    """Adds dumpsys meminfo tables; uses a `--checkin` line only for a process without a table."""
    tables: dict[int | None, Meminfo] = {}
    for part in parts:
        for table in part.tables:
            tables.setdefault(table.pid, table)
    for part in parts:
        for table in part.checkins:
            tables.setdefault(table.pid, table)
    for pid, table in tables.items():
        if pid is not None:
            found[pid] = with_meminfo(found.get(pid), table)


def _add_facts(found: dict[int, Reading], parts: Iterable[Dumpstate]) -> None:
    """Adds procrank's numbers, OOM levels, states and apps to the listed processes."""
    for part in parts:
        for pid in part.states.keys() & found.keys():
            found[pid].process.add_state(part.states)
        for pid in part.owners.keys() & found.keys():
            if found[pid].process.name == part.owners[pid].name:
                found[pid].process.package = part.owners[pid].package
        for rank in part.ranks:
            found[rank.pid].process.procrank_kb = rank.counters
        for pid, level in part.phone.oom_levels.items():
            if (reading := found.get(pid)) is not None:
                reading.process.oom_level = level
