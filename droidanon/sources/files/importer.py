"""Gathers processes from the files of a folder or archive: detects each file's kind, and chooses one text per
process."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import lru_cache

from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.sources import large_text, whole_stream
from droidanon.sources.background_parser import Intake
from droidanon.sources.files.chosen_texts import ChosenTexts
from droidanon.sources.files.contents import Item
from droidanon.sources.files.context_files import ContextFiles
from droidanon.sources.files.detect import Kind, kind_of, looks_like_smaps
from droidanon.sources.files.file_names import path_of, time_of
from droidanon.sources.files.infer_process import infer_from_lines, infer_process
from droidanon.sources.files.meminfo_tables import FileTable, add_tables, latest_tables
from droidanon.sources.files.normalise_text import normalise_text
from droidanon.sources.files.process_text import Extract, ProcessText, ReportedMoment
from droidanon.sources.reading import Reading, where_of
from droidanon.sources.source import Progress
from droidanon.wording import listed

_OF_THE_PHONE = (Kind.MEMINFO, Kind.VERSION, Kind.GETPROP, Kind.SYSTEM)
_OF_NAMES = (Kind.PS, Kind.META)
_MOST_NAMED = 3
_MOST_TEXT_KEPT = 16 << 20
"""The size of all texts (bytes) up to which they are parsed at the end, and no thread or process is started."""
_MOST_KEPT = 8 << 20
"""The size of a text (bytes) from which its extract is kept."""
_LEFT_OUT = {
    Kind.CAPTURE: "a capture, not an smaps text",
    Kind.BUGREPORT: "a bug report; pass it as bugreport:FILE",
    Kind.TRACE: "a Perfetto trace; pass it alone, unpacked",
    Kind.OTHER: "not an smaps file",
}
_NO_NAME = re.compile(
    r"(?:(?:smaps|maps|rollup|pid|proc|process|memory|dump|map|stdin)?[-_ .]?){1,3}[0-9]{0,9}(?:_smaps_file)?",
    re.IGNORECASE,
)
"""Names that identify a process no better than its pid."""
_MAPPED = frozenset({"smaps", "maps"})


@dataclass(slots=True)
class Gathered:
    """The readings, context and notes gathered from the files of a source."""

    readings: list[Reading] = field(default_factory=list)
    captures: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """The reasons why files were left out, in order."""
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    device: dict[str, str | int] = field(default_factory=dict)
    system: dict[str, int] = field(default_factory=dict)
    limits: dict[str, str | int] = field(default_factory=dict)
    times: set[str] = field(default_factory=set)
    """The times in the names of the texts."""
    kinds: Counter[Kind] = field(default_factory=Counter)
    """The number of files of each kind."""
    originals: dict[int, bytes] = field(default_factory=dict)
    """The bytes of a reading's file, by the number of the reading, if they are its text in another form."""
    moments: int = 1
    """The number of passes over the processes in the only file."""
    seen: str = ""
    """The first lines of the only file, escaped and shortened, if its kind is unknown."""
    counted: bool = False
    """Whether a text has the kernel's counters, unlike the map of a tombstone or an empty file."""


def gather(
    items: Iterable[Item],
    where: str,
    alone: bool = False,
    progress: Progress | None = None,
    moment: int | None = None,
    intake: Intake | None = None,
) -> Gathered:
    """Read all files of a source; `where` is its name in notes.

    `alone`: there is only one file, which counts as smaps if any line may be smaps. `moment`: which dump to use in a
    text with several (from 1), by default the last. `intake` parses texts while others are read.
    """
    importer = _Importer(where, alone, moment, intake)
    importer.add_all(items, progress)
    return importer.finish()


def extract_from(item: Item, alone: bool) -> tuple[Kind, Extract | None, Item]:
    """The kind of a file, its extract (None for a kind without a reader), and its text as the tool printed
    it.

    The last result is cached, because a text with many dumps is read once per dump.
    """
    if not alone or len(item.text) > _MOST_KEPT or item.error:
        return _extract(item, alone)
    return _kept_extract(item, alone)


@lru_cache(maxsize=1)
def _kept_extract(item: Item, alone: bool) -> tuple[Kind, Extract | None, Item]:
    return _extract(item, alone)


def _extract(item: Item, alone: bool) -> tuple[Kind, Extract | None, Item]:
    from droidanon.sources.files.text_readers import READERS, read_large, read_smaps_alone

    if alone and len(item.text) >= large_text.LARGE_BYTES and (found := read_large(item)) is not None:
        return *found, item
    item = item.whole()
    normal = normalise_text(item.data)
    plain = replace(item, data=normal.data, origin=None) if normal.removed else item
    kind = kind_of(plain)
    if alone and kind is Kind.OTHER and looks_like_smaps(plain.data):
        kind = Kind.SMAPS
    if kind is Kind.OTHER:
        return kind, None, item
    reader = READERS.get(kind)
    if kind is Kind.SMAPS and plain.data and alone:
        reader = read_smaps_alone
    extract = None if reader is None else reader(plain)
    if extract is not None:
        extract.notes = [*normal.removed, *extract.notes]
        if normal.removed and kind is Kind.SMAPS and "left out" not in "".join(normal.removed):
            _keep_original(extract, item)
    return kind, extract, plain


def _keep_original(extract: Extract, item: Item) -> None:
    """Keep the original bytes of a file if it contains only the text of one process, in another form."""
    if len(extract.moments) == 1 and len(extract.moments[0].texts) == 1 and not extract.problems:
        moment = extract.moments[0]
        moment.texts = [replace(moment.texts[0].read(), original=item.data)]


@dataclass(slots=True)
class _Importer:
    where: str
    alone: bool
    moment: int | None
    intake: Intake | None
    texts: dict[tuple[str, int], ProcessText] = field(default_factory=dict)
    """Texts by file and by number in the file."""
    context: ContextFiles = field(default_factory=ContextFiles)
    result: Gathered = field(default_factory=Gathered)
    size: int = 0
    """Bytes of the texts."""
    is_large: bool = False
    """Whether there is enough text to hand it over while it is read."""
    hidden: int = 0
    unnamed: list[str] = field(default_factory=list)
    """Texts without another file that names their process."""
    inferred: list[str] = field(default_factory=list)
    """Processes that were named by their mappings."""
    seen: set[str] = field(default_factory=set)
    tables: list[FileTable] = field(default_factory=list)

    def add_all(self, items: Iterable[Item], progress: Progress | None) -> None:
        """Adds all files."""
        for done, item in enumerate(items):
            if progress is not None:
                progress(done, None, item.path.name)
            self.add(item)

    def add(self, item: Item) -> None:
        """Adds a file."""
        if item.hidden:
            self.hidden += 1
            return
        if item.error:
            self._leave_out(item, item.error)
            return
        if item.name in self.seen:
            self._problem(item.name, "several files of the archive have this name; the last one is used, as in tar")
            self._forget_texts(item.name)
        self.seen.add(item.name)
        kind, extract, plain = extract_from(item, self.alone)
        self.result.kinds[kind] += 1
        if kind is Kind.CAPTURE:
            self.result.captures.append(item.path.name)
        if kind is Kind.OTHER and self.alone:
            self.result.seen = _first_lines(plain.data)
        if kind in _LEFT_OUT:
            self._leave_out(item, _LEFT_OUT[kind])
        elif extract is None:
            self.context.take(kind, plain)
        else:
            self._add_extract(item, extract)

    def _forget_texts(self, file: str) -> None:
        number = 0
        while self.texts.pop((file, number), None) is not None:
            number += 1

    def _add_extract(self, item: Item, extract: Extract) -> None:
        for place, message in extract.problems:
            self._problem(f"{item.name}, {place}" if place else item.name, message)
        for note in extract.notes:
            self._note(note if self.alone else f"{item.name}: {note}")
        if extract.left_out:
            self._leave_out(item, extract.left_out)
            return
        self.context.add_device(extract.device, item.name)
        if extract.moments:
            self._add_moment(item, extract.moments)

    def _add_moment(self, item: Item, moments: Sequence[ReportedMoment]) -> None:
        """Adds the texts of the requested dump; other dumps would count the same processes again."""
        count = len(moments)
        if self.alone:
            self.result.moments = count
        chosen = count if self.moment is None else min(self.moment, count)
        moment = moments[chosen - 1]
        if count > 1:
            which = "the last one" if chosen == count else f"number {chosen}"
            where = "" if self.alone else f"{item.name}: "
            self._note(f"{where}{count} moments of the same processes; {which} is used")
        self.size += sum(text.length for text in moment.texts)
        if self.size > whole_stream.MAX_TEXT:
            raise whole_stream.too_much_text(self.where)
        added = {(item.name, place): text for place, text in enumerate(moment.texts)}
        if self.alone:  # its extract is kept
            added = {key: replace(text, process=copy(text.process)) for key, text in added.items()}
        self._take(added)
        self.context.add_system(moment.system)
        if len(moment.tables) == 1 and (table := moment.tables[0]).pid is not None:
            self.context.notes.setdefault(item.path.parent, (item.name, table.process, table.pid))
        self.tables += [FileTable(item.name, table, moment.time_s) for table in moment.tables]

    def _take(self, added: dict[tuple[str, int], ProcessText]) -> None:
        """Collects texts, also across files, and hands them over once there are enough."""
        if self.intake is None or self.size < _MOST_TEXT_KEPT:
            self.texts |= {key: text.read() for key, text in added.items()}
            return
        for key, part in (added if self.is_large else self.texts | added).items():
            text = part.read()
            if text.text and text.reported is None:
                number = self.intake.take_text(text.text, text.origin)
                text = replace(text, text=b"", size=len(text.text), handed=number)
            self.texts[key] = text
        self.is_large = True

    def _leave_out(self, item: Item, why: str) -> None:
        self.result.left_out.append(why)
        self._problem(item.name, f"left out: {why}")

    def _problem(self, where: str, message: str) -> None:
        self.result.problems.append(Problem(where, message))

    def _note(self, message: str) -> None:
        self.result.notes.append(Problem(self.where, message))

    def finish(self) -> Gathered:
        """The readings, notes and problems of all files."""
        from droidanon.sources.files.import_notes import double_problems, import_notes

        result = self.result
        threads = 0
        chosen = ChosenTexts(self.intake)
        for text in self.texts.values():
            if text.is_empty and self.context.kernel_thread(text.folder):
                threads += 1
                continue
            if not text.is_named:
                self._add_name(text)
            chosen.add(text)
        texts = chosen.texts()
        result.problems += chosen.problems
        for note in chosen.notes:
            self._note(note)
        result.readings = [
            Reading(text.process, text.text, reported=text.reported, handed=text.handed) for text in texts
        ]
        result.counted = any(not text.is_empty and text.reported is None and text.detail != "maps" for text in texts)
        result.originals = {place: text.original for place, text in enumerate(texts) if text.original is not None}
        tables, problems = latest_tables(self.tables)
        result.problems += problems
        for note in add_tables(result.readings, tables, self.alone):
            self._note(note)
        result.times = {time for text in texts if (time := time_of(text.file))}
        result.problems += [Problem(self.where, message) for message in double_problems(texts)]
        result.device, result.system = self.context.facts()
        result.limits = self.context.limits
        result.problems += self.context.problems
        for note in import_notes(texts, threads, self.alone, result.kinds):
            self._note(note)
        self._note_names()
        return result

    def _add_name(self, text: ProcessText) -> None:
        """Names the process of a text from context files, or else from its mappings."""
        process = text.process
        if self.context.add_facts(process, path_of(text.file)) or not (text.text or text.handed is not None):
            return
        self.unnamed.append(text.file)
        guess = self._guess(text) if text.detail in _MAPPED and _is_anonymous(text) else None
        if guess is not None:
            process.name, process.package = guess
            self.inferred.append(where_of(process))

    def _guess(self, text: ProcessText) -> tuple[str, str | None] | None:
        """The process inferred from a text's mappings."""
        if self.intake is None or text.handed is None:
            return infer_process(text.text)
        return infer_from_lines(self.intake.lines_of(text.handed))

    def _note_names(self) -> None:
        """Adds notes about the origin of names."""
        if self.inferred:
            self._note(f"process names inferred from mapped files: {listed(self.inferred, _MOST_NAMED)}")
        if self.alone and not self.result.kinds[Kind.STREAM]:
            return
        if self.context.used:
            used = [f"{where} ({count})" for where, count in self.context.used.items()]
            self._note(f"process names come from {listed(used, _MOST_NAMED)}")
            if self.unnamed:
                self._note(f"named after their files, since no listing has them: {listed(self.unnamed, 1)}")
        elif idle_names := [kind.value for kind in _OF_NAMES if self.result.kinds[kind]]:
            self._note(f"left out, because there is no text of the processes that they list: {', '.join(idle_names)}")
        phone = [kind.value for kind in _OF_THE_PHONE if self.result.kinds[kind]]
        if phone:
            self._note(f"facts about the phone: {', '.join(phone)}")
        idle = set(self.context.processes) - {text.folder for text in self.texts.values()}
        if idle:
            self._note(
                f"left out, because there is no text of their process: {len(idle)} folders of /proc/PID files, "
                f"such as {min(idle)}"
            )
        if self.hidden:
            self._note(f"{self.hidden} hidden files are left out")


def _is_anonymous(text: ProcessText) -> bool:
    """Whether only a pid identifies the process, because neither its file nor its folder names it."""
    return text.process.package is None and _NO_NAME.fullmatch(text.process.name) is not None


def _first_lines(data: bytes) -> str:
    """The beginning of a file for messages: three lines of at most 60 characters, or a note that it is binary."""
    head = data[:2048]
    if b"\0" in head:
        return f"the bytes {head[:16].hex(' ')}"
    lines = [line.strip() for line in head.decode("utf-8", "backslashreplace").splitlines()]
    shown = [line[:60] + "…" * (len(line) > 60) for line in lines if line][:3]
    return " / ".join(f"`{escape_text(line)}`" for line in shown)
