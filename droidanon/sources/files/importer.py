"""The files of a folder or archive to processes: what each is taken for, which text of a process counts, what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from droidanon.model import Problem, Process, ReportedRows
from droidanon.platform.readers.meminfo import Meminfo, parse_meminfo, sections
from droidanon.platform.readers.procfs import package_of_process
from droidanon.platform.readers.tombstone import parse_tombstones
from droidanon.sources.files.contents import Item
from droidanon.sources.files.context_files import Beside
from droidanon.sources.files.detect import Kind, detail_of, kind_of, looks_like_smaps
from droidanon.sources.files.file_names import PROC_TEXTS, process_of, time_of
from droidanon.sources.files.pid_stream import parse_pid_stream
from droidanon.sources.files.platform_text import showmap_reading, with_meminfo
from droidanon.sources.reading import Reading, where_of
from droidanon.sources.source import Progress
from droidanon.wording import listed

_RANK = ("smaps", "showmap", "meminfo", "rollup", "maps")
"""Which text of a process is taken where there are several: the one that tells most of its memory."""
_OF_THE_PHONE = (Kind.MEMINFO, Kind.VERSION, Kind.GETPROP, Kind.SYSTEM)
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Text:
    """A process's text in a file: what of it the file tells, and what the text is."""

    file: str
    folder: PurePosixPath
    process: Process
    detail: str
    text: bytes
    told: ReportedRows | None = None
    named: bool = False
    """Whether the text itself says whose it is."""


@dataclass(slots=True)
class Gathered:
    """What the files of a source are."""

    readings: list[Reading] = field(default_factory=list)
    captures: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Why files were left out, in order."""
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    device: dict[str, str | int] = field(default_factory=dict)
    system: dict[str, int] = field(default_factory=dict)
    times: set[str] = field(default_factory=set)
    """The times that the names of the texts have."""
    kinds: Counter[Kind] = field(default_factory=Counter)
    """How many files of each kind there are."""

    @property
    def counted(self) -> bool:
        """Whether a text has the kernel's counters: of a tombstone's map or an empty file, nothing could be counted."""
        return any(one.text and one.told is None and detail_of(one.text) != "maps" for one in self.readings)


def gather(items: Iterable[Item], where: str, alone: bool = False, progress: Progress | None = None) -> Gathered:
    """Read all files of a source; `where` is how it is called in notes.

    `alone`: it is the only one, so it is smaps as soon as one line of it may be.
    """
    sorter = _Sorter(where, alone)
    for done, item in enumerate(items):
        if progress is not None:
            progress(done, None, item.path.name)
        sorter.take(item)
    return sorter.finish()


@dataclass(slots=True)
class _Sorter:
    where: str
    alone: bool
    texts: dict[tuple[str, int], _Text] = field(default_factory=dict)
    """By file and place in it."""
    beside: Beside = field(default_factory=Beside)
    result: Gathered = field(default_factory=Gathered)
    hidden: int = 0
    unnamed: list[str] = field(default_factory=list)
    """Texts whose process no file beside them names."""
    seen: set[str] = field(default_factory=set)
    tables: list[tuple[str, Meminfo, str]] = field(default_factory=list)
    """Of dumpsys meminfo: file, table, its text."""

    def take(self, item: Item) -> None:
        if item.hidden:
            self.hidden += 1
            return
        if item.error:
            self._leave_out(item, item.error)
            return
        if item.name in self.seen:
            self._problem(item.name, "twice in the archive; the last one is taken, as tar does")
            self.texts = {key: text for key, text in self.texts.items() if key[0] != item.name}
        self.seen.add(item.name)
        kind = kind_of(item)
        if self.alone and kind is Kind.OTHER and looks_like_smaps(item.data):
            kind = Kind.SMAPS
        self.result.kinds[kind] += 1
        if kind is Kind.CAPTURE:
            self.result.captures.append(item.path.name)
            self._leave_out(item, "a capture, not an smaps text")
        elif kind is Kind.SMAPS:
            process = process_of(item.name)
            self._add(item, _Text(item.name, item.path.parent, process, detail_of(item.data), item.data))
        elif kind is Kind.STREAM:
            self._stream(item)
        elif kind is Kind.TOMBSTONE:
            self._tombstone(item)
        elif kind is Kind.SHOWMAP:
            self._showmap(item)
        elif kind is Kind.DUMPSYS:
            self._dumpsys(item)
        elif kind is Kind.BUGREPORT:
            self._leave_out(item, "a bug report; give it as bugreport:FILE")
        elif kind is Kind.TRACE:
            self._leave_out(item, "a Perfetto trace; give it by itself, unpacked")
        elif kind is Kind.OTHER:
            self._leave_out(item, "not an smaps file")
        else:
            self.beside.take(kind, item)

    def _stream(self, item: Item) -> None:
        for place, section in enumerate(parse_pid_stream(item.data)):
            if section.problem:
                self._problem(f"{item.name}, line {section.line}", section.problem)
            if section.pid is not None:
                name = section.name or f"pid {section.pid}"
                process = Process(name, pid=section.pid, package=package_of_process(name))
                detail = detail_of(section.text)
                self._add(item, _Text(item.name, item.path.parent, process, detail, section.text, named=True), place)

    def _tombstone(self, item: Item) -> None:
        found = [one for one in parse_tombstones(item.data.decode("utf-8", "backslashreplace")) if one.maps]
        if not found:
            self._leave_out(item, "a tombstone without a memory map")
        for place, one in enumerate(found):
            for line, message in one.problems:
                self._problem(f"{item.name}, line {line}", message)
            self.beside.add_device(one.device, item.name)
            process = process_of(item.name)
            if one.process:
                process = Process(one.process, pid=one.pid, package=package_of_process(one.process))
            self._add(item, _Text(item.name, item.path.parent, process, "maps", one.maps, named=True), place)

    def _showmap(self, item: Item) -> None:
        reading = showmap_reading(process_of(item.name), item.data.decode("utf-8", "backslashreplace").splitlines())
        if reading is None:
            self._leave_out(item, "showmap without rows")
            return
        if reading.error:
            self._problem(item.name, reading.error)
        self._add(item, _Text(item.name, item.path.parent, reading.process, "showmap", item.data, reading.told))

    def _dumpsys(self, item: Item) -> None:
        text = item.data.decode("utf-8", "backslashreplace")
        parts = [part for _, _, part in sections(text)] or [f"{line}\n" for line in text.splitlines()]  # of --checkin
        tables = [(table, part) for part in parts for table in parse_meminfo(part) if table.heaps]
        if not tables:
            self._leave_out(
                item,
                "dumpsys meminfo without the table of a process: one of an app (dumpsys meminfo -a PACKAGE) has its heaps, "
                "a bug report those of many",
            )
        if len(tables) == 1 and (table := tables[0][0]).pid is not None:
            self.beside.notes.setdefault(item.path.parent, (item.name, table.process, table.pid))
        self.tables += [(item.name, table, part) for table, part in tables]

    def _add(self, item: Item, text: _Text, place: int = 0) -> None:
        self.texts[item.name, place] = text

    def _leave_out(self, item: Item, why: str) -> None:
        self.result.left_out.append(why)
        self._problem(item.name, f"left out: {why}")

    def _problem(self, where: str, message: str) -> None:
        self.result.problems.append(Problem(where, message))

    def finish(self) -> Gathered:
        result = self.result
        threads = 0
        kept: dict[tuple[PurePosixPath, int | str], _Text] = {}
        for text in self.texts.values():
            if not text.text and self.beside.kernel_thread(text.folder):
                threads += 1
                continue
            if not text.named:
                process = self.beside.named(text.process, PurePosixPath(text.file))
                if process is text.process and text.text:
                    self.unnamed.append(text.file)
                text = replace(text, process=process)
            self._choose(kept, text)
        result.readings = [Reading(text.process, text.text, told=text.told) for text in kept.values()]
        self._add_tables()
        result.times = {time for text in kept.values() if (time := time_of(text.file))}
        self._tell_doubles(kept.values())
        result.device, result.system = self.beside.facts()
        result.problems += self.beside.problems
        self._tell(kept.values(), threads)
        return result

    def _add_tables(self) -> None:
        """What dumpsys meminfo says of a process: beside its text, or for it."""
        places = {reading.process.pid: place for place, reading in enumerate(self.result.readings)}
        for file, table, part in self.tables:
            place = places.get(table.pid)
            known = None if place is None else self.result.readings[place]
            reading = with_meminfo(known, table, part)
            if place is None:
                places[table.pid] = len(self.result.readings)
                self.result.readings.append(reading)
                self._note(f"of {where_of(reading.process)} there is only dumpsys meminfo: {file}")
            else:
                self.result.readings[place] = reading
                self._note(f"memory that is not in smaps, and objects, of {where_of(reading.process)} are from {file}")

    def _choose(self, kept: dict[tuple[PurePosixPath, int | str], _Text], text: _Text) -> None:
        """Of the texts of one process in one folder, the one that tells most; the others are left out, and said to be."""
        process = text.process
        key: int | str = process.pid if process.pid is not None else text.file
        if process.pid is None and PurePosixPath(text.file).stem in PROC_TEXTS:
            key = "the process of this folder"
        place = (text.folder, key)
        known = kept.setdefault(place, text)
        if known is text:
            return
        better, worse = sorted((known, text), key=lambda one: (not one.text, _RANK.index(one.detail)))
        if known.detail == text.detail:
            if known.text != text.text:
                kept[text.folder, f"{key}, {len(kept)}"] = text  # told below, with those of other folders
                return
            self._problem(worse.file, f"left out: the same as {better.file}")
            return
        kept[place] = better
        message = f"left out {worse.file}: {better.file} is of the same process, and tells more"
        self.result.notes.append(Problem(self.where, message))

    def _tell_doubles(self, texts: Iterable[_Text]) -> None:
        files: dict[int, list[str]] = {}
        for text in texts:
            if text.process.pid is not None and text.text:
                files.setdefault(text.process.pid, []).append(text.file)
        doubles = [(pid, names) for pid, names in files.items() if len(names) > 1]
        if not doubles:
            return
        pid, names = doubles[0]
        count = f"{len(doubles)} pids are" if len(doubles) > 1 else "one pid is"
        message = (
            f"{count} in several texts (pid {pid} in {names[0]} and {names[1]}): all are taken, and totals count each; "
            "give one of the folders, if they are of several times or phones"
        )
        self._problem(self.where, message)

    def _tell(self, texts: Iterable[_Text], threads: int) -> None:
        """Notes of what was taken for what, where there is more than one text of one process."""
        texts = list(texts)
        if self.result.kinds[Kind.TOMBSTONE]:
            self._note("memory maps of tombstones have no counters, and do not tell which mappings are shared")
        if self.alone and not self.result.kinds[Kind.STREAM]:
            return
        details = Counter(text.detail for text in texts if text.text)
        taken = [f"{count} {detail}" for detail, count in details.items()]
        empty = sum(not text.text for text in texts)
        if empty:
            taken.append(f"{empty} empty (kernel threads, processes that had gone, or none that may be read)")
        if threads:
            taken.append(f"{threads} of kernel threads, left out")
        whole = (
            "sections of a stream"
            if self.result.kinds[Kind.STREAM] and not self.result.kinds[Kind.SMAPS]
            else "texts of processes"
        )
        if taken:
            self._note(f"taken for {whole}: {', '.join(taken)}")
        if self.beside.used:
            shown = [f"{where} ({count})" for where, count in self.beside.used.items()]
            self._note(f"names are from {listed(shown, _MOST_NAMED)}")
            if self.unnamed:
                self._note(f"not named there, but by their files: {listed(self.unnamed, 1)}")
        phone = [kind.value for kind in _OF_THE_PHONE if self.result.kinds[kind]]
        if phone:
            self._note(f"of the phone: {', '.join(phone)}")
        idle = set(self.beside.processes) - {text.folder for text in self.texts.values()}
        if idle:
            self._note(
                f"without a text of their process, left out: {len(idle)} folders of /proc/PID files, such as {min(idle)}"
            )
        if self.hidden:
            self._note(f"{self.hidden} hidden files are left out")

    def _note(self, message: str) -> None:
        self.result.notes.append(Problem(self.where, message))
