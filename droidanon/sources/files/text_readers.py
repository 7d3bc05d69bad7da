"""A reader per kind of text, which returns the dumps in it, each with the texts of its processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from droidanon.platform.readers.low_memory import parse_low_memory
from droidanon.platform.readers.meminfo import parse_meminfo
from droidanon.platform.readers.meminfo_system import parse_system_meminfo, rows_of_totals, system_facts_of
from droidanon.platform.readers.pmap import parse_pmap
from droidanon.platform.readers.procfs import package_of_process
from droidanon.platform.readers.procmem import parse_procmem
from droidanon.platform.readers.procrank import parse_procranks
from droidanon.platform.readers.sanitizer_map import parse_sanitizer_maps
from droidanon.platform.readers.showmap import ShowmapText, parse_showmaps
from droidanon.platform.readers.showmap_export import plain_table
from droidanon.platform.readers.tombstone import Tombstone, parse_tombstones
from droidanon.platform.readers.tombstone_pb import parse_tombstone_pb
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.files.contents import Item
from droidanon.sources.files.detect import SEARCHED_BYTES, Kind, kind_of
from droidanon.sources.files.file_names import process_of
from droidanon.sources.files.normalise_text import normalise_text
from droidanon.sources.files.pid_stream import Section, parse_pid_stream
from droidanon.sources.files.process_text import Extract, ProcessText, ReportedMoment
from droidanon.sources.files.section_passes import moments
from droidanon.sources.files.smaps_sections import SmapsSection, SmapsSections, split_sections
from droidanon.sources.large_text import Sliced, TextPart

Thing = TypeVar("Thing")

_DUMP = re.compile(r"\s*Applications Memory Usage")
_TABLE = re.compile(r"\s*(?:\*\* MEMINFO in pid |4,\d{1,10},[^,]{1,200},(?:\d|N/A,))")
"""The line that begins the table of a process, or is one (`--checkin`)."""
_NO_TABLE = (
    "dumpsys meminfo without a table of a process or a list of processes: dumpsys meminfo -a PACKAGE prints the heaps "
    "of an app, dumpsys meminfo a sum per process"
)


def read_smaps(item: Item) -> Extract:
    """Reads smaps, maps or smaps_rollup of one process."""
    text = _part_text(item, TextPart.of(item.text), process_of(item.name))
    origin = None if item.origin is None else TextPart.of(item.origin)
    return Extract([ReportedMoment([replace(text, origin=origin)])])


def read_smaps_alone(item: Item) -> Extract:
    """Reads the only text of a source, which has several processes if its addresses start over."""
    found = _divided(split_sections, item)
    return _read_sections(item, found) if found.begins_again else read_smaps(item)


def read_sections(item: Item) -> Extract:
    """Reads the texts of several processes with other lines between them."""
    return _read_sections(item, split_sections(item.data))


def read_large(item: Item) -> tuple[Kind, Extract] | None:
    """The kind and parts of a large text, the only one of a source; None unless it is pure smaps.

    The first bytes decide, because `kind_of` searches the rest only for a few labels.
    """
    head = Item(item.name, item.text[:SEARCHED_BYTES])
    kind = kind_of(head)
    if kind not in (Kind.SMAPS, Kind.STREAM) or normalise_text(head.data).removed:
        return None
    if kind is Kind.STREAM or _divided(split_sections, item).is_stream:
        return Kind.STREAM, read_stream(item)
    return kind, read_smaps_alone(item)


def _divided(divide: Callable[[Sliced], Thing], item: Item) -> Thing:
    """The sections of a text. Those of a large file are cached, because it is read once per dump."""
    return divide(item.data) if item.large is None else _kept(divide, item.large)


@lru_cache(maxsize=1)
def _kept(divide: Callable[[Sliced], Thing], text: Sliced) -> Thing:
    return divide(text)


def _read_sections(item: Item, found: SmapsSections) -> Extract:
    if len(found.sections) <= 1 and not found.foreign:
        return read_smaps(item)
    passes = moments(found.sections)
    several = len(passes) < len(found.sections)
    extract = Extract([ReportedMoment([_section_text(item, one, several) for one in part]) for part in passes])
    if several:
        extract.notes.append(f"{len(passes[-1])} processes: the addresses start again")
    if found.foreign:
        count = found.foreign
        what = "1 line that is not smaps was" if count == 1 else f"{count:,} lines that are not smaps were"
        extract.problems.append((f"line {found.first_foreign}", f"{what} left out"))
    return extract


def _section_text(item: Item, section: SmapsSection, several: bool) -> ProcessText:
    process = process_of(item.name)
    if section.pid is not None:
        process = _process(section.name or f"pid {section.pid}", section.pid)
    elif several:  # the file name can belong to only one of them
        process = ProcessFacts("process")
    return replace(_part_text(item, section.part, process), is_named=bool(section.name))


def _part_text(item: Item, part: TextPart, process: ProcessFacts) -> ProcessText:
    return ProcessText(item.name, item.path.parent, process, "", b"", part=part)


def _process(name: str, pid: int | None) -> ProcessFacts:
    return ProcessFacts(name, pid=pid, package=package_of_process(name))


def _named(item: Item, pid: int | None, name: str) -> ProcessFacts:
    """The process named in a text, or else in its file name."""
    known = process_of(item.name)
    if pid is None and not name:
        return known
    return _process(name or f"pid {pid}", pid)


def read_stream(item: Item) -> Extract:
    """Reads sections between `>>PID_START` and `>>PID_END`."""
    extract = Extract()
    sections: list[Section] = []
    for section in _divided(_stream_sections, item):
        if section.problem:
            extract.problems.append((f"line {section.line}", section.problem))
        if section.pid is not None:
            sections.append(section)
    for part in _passes(sections, lambda section: ((section.pid, section.name),)):
        texts = [replace(_part_text(item, one.part, _named(item, one.pid, one.name)), is_named=True) for one in part]
        extract.moments.append(ReportedMoment(texts))
    return extract


def _stream_sections(text: Sliced) -> list[Section]:
    return list(parse_pid_stream(text))


def _passes(things: Iterable[Thing], keys: Callable[[Thing], Iterable[Hashable]]) -> list[list[Thing]]:
    """Group items into passes; a new pass begins when an item's key occurs again."""
    found: list[list[Thing]] = []
    seen: set[Hashable] = set()
    for thing in things:
        own = set(keys(thing))
        if not found or own & seen:
            found.append([])
            seen = set()
        found[-1].append(thing)
        seen |= own
    return found


def read_tombstones(item: Item) -> Extract:
    """Reads the memory maps in a debuggerd or xCrash text."""
    found = [one for one in parse_tombstones(item.data) if one.maps]
    return _tombstones(item, found) if found else Extract(left_out="a tombstone without a memory map")


def read_tombstone_pb(item: Item) -> Extract:
    """Reads the memory map of a tombstone in protobuf form."""
    found = parse_tombstone_pb(item.data)
    return _tombstones(item, [found]) if found else Extract(left_out="a tombstone (protobuf) without a memory map")


def _tombstones(item: Item, found: Sequence[Tombstone]) -> Extract:
    extract = Extract()
    texts = []
    for one in found:
        extract.problems += [(f"line {line}" if line else "", message) for line, message in one.problems]
        extract.device |= {key: value for key, value in one.device.items() if key not in extract.device}
        process = _named(item, one.pid, one.process)
        texts.append(ProcessText(item.name, item.path.parent, process, "maps", one.maps, is_named=bool(one.process)))
    extract.moments.append(ReportedMoment(texts))
    extract.notes.append(
        "memory maps of tombstones have no counters but size, and do not show which mappings are shared"
    )
    return extract


def read_sanitizer_map(item: Item) -> Extract:
    """Reads the memory map that a sanitizer printed."""
    texts = [
        ProcessText(item.name, item.path.parent, _named(item, one.pid, ""), "maps", one.maps)
        for one in parse_sanitizer_maps(_decoded(item))
    ]
    if not texts:
        return Extract(left_out="a sanitizer's report without a memory map")
    note = "memory maps of sanitizers have no counters but size, and no permissions, so all are shown as ---p"
    return Extract([ReportedMoment(texts)], notes=[note])


def read_showmap(item: Item) -> Extract:
    """Reads the tables of showmap, in passes over their processes."""
    text = _decoded(item)
    tables = parse_showmaps((plain_table(text) or text).splitlines())
    if not tables:
        return Extract(left_out="showmap without rows")
    extract = Extract()
    for part in _passes(tables, _keys_of_showmap):
        extract.moments.append(ReportedMoment([_showmap_text(item, table) for table in part]))
    extract.problems += [("", table.problem) for table in tables if table.problem]
    return extract


def _keys_of_showmap(table: ShowmapText) -> Iterable[Hashable]:
    """The process of a table; all tables without a process line count as one process."""
    return (table.pid,)


def _showmap_text(item: Item, table: ShowmapText) -> ProcessText:
    process = _named(item, table.pid, table.name)
    return ProcessText(
        item.name, item.path.parent, process, "showmap", _encoded(table.text), table.reported(), bool(table.name)
    )


def read_pmap(item: Item) -> Extract:
    """Reads the tables of pmap."""
    extract = Extract()
    for part in _passes(parse_pmap(_decoded(item).splitlines()), lambda table: (table.pid,)):
        texts = [
            ProcessText(
                item.name,
                item.path.parent,
                _named(item, one.pid, one.name),
                "pmap",
                _encoded(one.text),
                one.reported(),
                bool(one.name),
            )
            for one in part
        ]
        extract.moments.append(ReportedMoment(texts))
    extract.left_out = "" if extract.moments else "pmap without rows"
    return extract


def read_procmem(item: Item) -> Extract:
    """Reads the tables of procmem, which do not name their process, each as a dump."""
    extract = Extract()
    for table in parse_procmem(_decoded(item).splitlines()):
        process = process_of(item.name)
        text = ProcessText(item.name, item.path.parent, process, "showmap", b"", table.reported())
        extract.moments.append(ReportedMoment([text]))
        extract.problems += [("", table.problem)] if table.problem else []
    extract.notes += ["tables of procmem are read like those of showmap"] if extract.moments else []
    extract.left_out = "" if extract.moments else "procmem without rows (-w has only those of the working set)"
    return extract


def read_procrank(item: Item) -> Extract:
    """Reads the tables of procrank, each as a dump of the whole phone."""
    extract = Extract()
    for table in parse_procranks(_decoded(item).splitlines()):
        if not table.processes:
            continue
        texts = []
        for one in table.processes:
            process = _process(one.name, one.pid)
            process.procrank_kb, process.oom_score_adj = one.counters, one.oom_score_adj
            texts.append(ProcessText(item.name, item.path.parent, process, "totals", b"", one.reported(), True))
        extract.moments.append(ReportedMoment(texts, system=dict(table.system)))
    extract.left_out = "" if extract.moments else "procrank without rows"
    return extract


def read_low_memory(item: Item) -> Extract:
    """Reads the lists that the activity manager wrote to the log, each as a dump."""
    extract = Extract()
    for processes in parse_low_memory(_decoded(item).splitlines()):
        texts = [
            ProcessText(item.name, item.path.parent, _process(one.name, one.pid), "totals", b"", one.reported(), True)
            for one in processes
        ]
        extract.moments.append(ReportedMoment(texts))
    extract.left_out = "" if extract.moments else "a list of `Low on memory` without processes"
    return extract


def read_dumpsys(item: Item) -> Extract:
    """Reads tables of processes and the list of all processes in a text, in passes over the processes."""
    dumps: list[ReportedMoment] = []
    for dump in _split(_decoded(item), _DUMP):
        blocks = [_block(item, block) for block in _split(dump, _TABLE)]
        parts = [_merged(part) for part in _passes(blocks, lambda block: [table.pid for table in block.tables])]
        dumps += [part for part in parts if part.tables or part.texts or part.system]
    if not any(dump.tables or dump.texts for dump in dumps):
        return Extract(left_out=_NO_TABLE)
    extract = Extract([_merged(part) for part in _passes(dumps, _keys_of_dump)])
    for moment in extract.moments:
        for table in moment.tables:
            extract.problems += [(table.process, problem) for problem in table.problems]
    return extract


def _split(text: str, begin: re.Pattern[str]) -> list[str]:
    """Split a text before each line with this beginning."""
    parts: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if begin.match(line):
            parts.append([])
        parts[-1].append(line)
    return ["".join(part) for part in parts if part]


def _block(item: Item, text: str) -> ReportedMoment:
    """Parse one table and the lines after it, or the lists of the whole phone."""
    tables = [table for table in parse_meminfo(text) if table.heaps or table.summary]
    for table in tables:
        if table.pid is None:
            known = process_of(item.name)
            table.process, table.pid = table.process or known.name, known.pid
    listed = parse_system_meminfo(text)
    texts = []
    for pid, (name, rows) in rows_of_totals(listed).items():
        process = _process(name, pid)
        process.oom_level = listed.oom_levels.get(pid)
        texts.append(ProcessText(item.name, item.path.parent, process, "totals", b"", rows, True))
    return ReportedMoment(texts, tables, system_facts_of(listed), _uptime(text))


def _uptime(text: str) -> float | None:
    for line in text.splitlines():
        word = line.removeprefix("Uptime: ").partition(" ")[0]
        if line.startswith("Uptime: ") and word.isdecimal() and len(word) <= 18:
            return int(word) / 1000
    return None


def _keys_of_dump(dump: ReportedMoment) -> set[Hashable]:
    """The processes of a dump, by pid and name: a restarted app has another pid but the same name."""
    pids: set[Hashable] = {("table", table.pid) for table in dump.tables if table.pid is not None}
    names: set[Hashable] = {("name", table.process) for table in dump.tables}
    return pids | names | {("total", text.process.pid) for text in dump.texts}


def _merged(part: Sequence[ReportedMoment]) -> ReportedMoment:
    whole = ReportedMoment()
    for dump in part:
        whole.texts += dump.texts
        whole.tables += dump.tables
        whole.system |= dump.system
        whole.time_s = dump.time_s if whole.time_s is None else whole.time_s
    return whole


def _decoded(item: Item) -> str:
    return item.data.decode("utf-8", "backslashreplace")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


READERS: Mapping[Kind, Callable[[Item], Extract]] = {
    Kind.SMAPS: read_smaps,
    Kind.STREAM: read_stream,
    Kind.TOMBSTONE: read_tombstones,
    Kind.TOMBSTONE_PB: read_tombstone_pb,
    Kind.SANITIZER: read_sanitizer_map,
    Kind.SHOWMAP: read_showmap,
    Kind.PMAP: read_pmap,
    Kind.PROCMEM: read_procmem,
    Kind.PROCRANK: read_procrank,
    Kind.LOW_MEMORY: read_low_memory,
    Kind.DUMPSYS: read_dumpsys,
}
