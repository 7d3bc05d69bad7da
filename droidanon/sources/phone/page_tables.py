"""Reads page tables of processes and mapping counts of page frames, with root and the phone's `dd`.

A process's pagemap has 8 bytes per page of its whole address space, so only the windows with resident or swapped pages
are read. `/proc/kpagecount` has 8 bytes per page frame of the phone; it is read in blocks, and only for frames that may
be mapped more than once. If there are too many, a random sample of blocks is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from droidanon.columns import VmaTable
from droidanon.errors import AccessError, DeviceError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.platform.readers.pagemap import (
    ENTRY_BYTES,
    Entries,
    FrameCounts,
    PageTable,
    frames,
    is_present,
    needed_frames,
    parse_entries,
)
from droidanon.platform.readers.procfs import parse_number, parse_stat
from droidanon.sources.adb.frames import Frame
from droidanon.sources.adb.server import Device
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.root import frames_of, open_as_root
from droidanon.sources.phone.source import AdbSource
from droidanon.sources.reading import where_of
from droidanon.sources.selection import Selection
from droidanon.sources.source import Progress
from droidanon.units import format_kb
from droidanon.wording import counted

MOST_COUNT_BYTES = 32 << 20
"""So much of /proc/kpagecount is read: the counts of 16 GB of RAM. Beyond it, blocks are sampled."""
_WINDOW_BYTES = 4096
_WINDOW_PAGES = _WINDOW_BYTES // ENTRY_BYTES
_GAP_WINDOWS = 32
"""Windows that lie closer are read at once: a program that starts costs as much as 128 kB."""
_LONGEST_RUN = 2048
_BLOCK_BYTES = 1 << 16
_BLOCK_FRAMES = _BLOCK_BYTES // ENTRY_BYTES
_LONGEST_BLOCKS = 512
_SPARSE_BYTES, _SPARSE_PART = 16 << 20, 1 / 256
"""A VMA with so large a page table, of which only this part is in use, is left out (shadow memory of sanitizers)."""

# Words: `probe`, `stat:PID`, `map:PID:SKIP:COUNT` (windows), `count:SKIP:COUNT` (blocks).
_SCRIPT = r"""
for word; do
  a=${word#*:}
  case $word in
  probe)
    f dd; command -v dd
    f probe; { { :; } </proc/kpagecount; } 2>&1
    ;;
  stat:*) f stat $a; cat /proc/$a/stat 2>/dev/null ;;
  map:*)
    p=${a%%:*} a=${a#*:}
    f map $p ${a%:*}
    dd if=/proc/$p/pagemap bs=4096 skip=${a%:*} count=${a#*:} 2>/dev/null
    ;;
  count:*)
    f count ${a%:*}
    dd if=/proc/kpagecount bs=65536 skip=${a%:*} count=${a#*:} 2>/dev/null
    ;;
  esac
done
"""

_Windows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PageTables:
    """Page tables of a capture's counted and reference processes, and the mapping counts of frames."""

    tables: tuple[PageTable, ...]
    zygotes: tuple[PageTable, ...]
    counts: FrameCounts
    page_kb: int
    problems: tuple[Problem, ...] = ()
    read_bytes: int = 0


def read_with_page_tables(
    source: AdbSource, selection: Selection, progress: Progress | None = None
) -> tuple[Capture, PageTables]:
    """Capture a phone, and read the page tables of its processes right afterwards. Raises AccessError without root."""
    device, access = open_as_root(
        source,
        "only root can read page tables (/proc/PID/pagemap, /proc/kpagecount)",
        "Without root, the number lies between USS and PSS",
    )
    capture = source.read(selection, progress)
    return capture, read_page_tables(device, access, capture)


def read_page_tables(
    device: Device, access: Access, capture: Capture, *, most_bytes: int = MOST_COUNT_BYTES, seed: int = 0
) -> PageTables:
    """The page tables of all processes of a capture made a moment ago, and the mapping counts of their frames.

    Raises AccessError if the phone denies this even to root, and DeviceError if the connection breaks. `seed`
    determines the sample if more than `most_bytes` of counts are needed.
    """
    reader = _Reader(device, access, capture)
    reader.probe()
    tables, zygotes = reader.tables(reference=False), reader.tables(reference=True)
    if not any(frames(table.entries[is_present(table.entries)]).any() for table in tables):
        raise AccessError(
            f"{escape_text(device.serial)}: the kernel hides page frame numbers from root here (it lacks CAP_SYS_ADMIN)"
        )
    counts = reader.counts(needed_frames(tables), most_bytes, seed)
    return PageTables(tuple(tables), tuple(zygotes), counts, reader.page_kb, tuple(reader.problems), reader.read_bytes)


@dataclass(slots=True)
class _Reader:
    device: Device
    access: Access
    capture: Capture
    problems: list[Problem] = field(default_factory=list)
    read_bytes: int = 0

    @property
    def page_kb(self) -> int:
        return int(self.capture.device.get("page_size", 4096)) // 1024

    def probe(self) -> None:
        answers = {frame.kind: frame.data.decode("utf-8", "replace").strip() for frame in self._frames(["probe"])}
        where = escape_text(self.device.serial)
        if not answers.get("dd"):
            raise AccessError(f"{where}: this phone has no dd, which reads /proc/PID/pagemap")
        if refusal := answers.get("probe"):
            raise AccessError(
                f"{where}: /proc/kpagecount can't be read: {escape_text(refusal[-120:])} "
                "(it needs a kernel with CONFIG_PROC_PAGE_MONITOR)"
            )

    def tables(self, *, reference: bool) -> list[PageTable]:
        """Page tables; for reference processes, only around swapped pages. A process that has ended becomes a
        problem."""
        windows = {}
        for index, process in enumerate(self.capture.processes):
            if process.reference == reference and process.pid is not None and process.fidelity == "smaps":
                found = self._windows(index, swap_only=reference)
                if len(found):
                    windows[index] = found
        words = []
        for index, found in windows.items():
            pid = self.capture.processes[index].pid
            words += [f"stat:{pid}", *(f"map:{pid}:{skip}:{count}" for skip, count in _runs(found)), f"stat:{pid}"]
        arrived: dict[int, _Arrived] = {}
        for frame in self._frames(words) if words else ():
            pid_word, _, skip = frame.argument.partition(" ")
            one = arrived.setdefault(parse_number(pid_word) or 0, _Arrived())
            one.take(frame, parse_number(skip) or 0)
        tables = []
        for index in windows:
            process = self.capture.processes[index]
            one = arrived.get(process.pid or 0, _Arrived())
            if one.is_of(process.start_time):
                tables.append(one.table(index))
                self._check_whole(index, one, windows[index])
            else:
                text = "ended before its page table was read; left out"
                self.problems.append(Problem(where_of(process), text, "ended"))
        return tables

    def _windows(self, index: int, *, swap_only: bool) -> _Windows:
        vmas = self.capture.vmas
        first, last = vmas.bounds_of(index)
        used = np.zeros(last - first, np.int64)
        for name in ("swap_kb",) if swap_only else ("swap_kb", "rss_kb"):
            if name in vmas.counters:
                used += vmas.counters[name][first:last]
        rows = np.flatnonzero(used) + first
        pages = (vmas.end[rows] - vmas.start[rows]).astype(np.int64) // (self.page_kb * 1024)
        part = used[rows - first] / self.page_kb / np.maximum(pages, 1)
        sparse = (pages * ENTRY_BYTES > _SPARSE_BYTES) & (part < _SPARSE_PART)
        if sparse.any():
            self._add_sparse(index, vmas, rows[sparse])
        return _windows_of(vmas, rows[~sparse], self.page_kb)

    def _add_sparse(self, index: int, vmas: VmaTable, rows: npt.NDArray[np.intp]) -> None:
        kb = format_kb(int(vmas.counters["rss_kb"][rows].sum()))
        text = f"{counted(len(rows), 'mapping')} with {kb} kB of RSS spread over too many addresses; not counted"
        self.problems.append(Problem(where_of(self.capture.processes[index]), text, "sparse"))

    def _check_whole(self, index: int, arrived: _Arrived, windows: _Windows) -> None:
        """Add a problem if part of a page table before the last mapped page did not arrive."""
        vmas = self.capture.vmas
        first, last = vmas.bounds_of(index)
        page = np.uint64(self.page_kb * 1024)
        starts, ends = vmas.start[first:last] // page, vmas.end[first:last] // page
        used = vmas.counters["rss_kb"][first:last] > 0
        missing = 0
        for skip, count in _runs(windows):
            begin = np.uint64(skip * _WINDOW_PAGES + arrived.received.get(skip, 0))
            end = np.uint64((skip + count) * _WINDOW_PAGES)
            missing += int((used & (starts < end) & (ends > begin)).sum()) if begin < end else 0
        if missing:
            text = f"the page table of {counted(missing, 'mapping')} was not read whole; the number is a lower bound"
            self.problems.append(Problem(where_of(self.capture.processes[index]), text, "cut"))

    def counts(self, needed: Entries, most_bytes: int, seed: int) -> FrameCounts:
        """How often frames are mapped, for a random sample of blocks if there are too many."""
        blocks = np.unique(needed // np.uint64(_BLOCK_FRAMES)).astype(np.int64)
        chosen, most = blocks, max(most_bytes // _BLOCK_BYTES, 2)
        if len(blocks) > most:
            chosen = np.sort(np.random.default_rng(seed).choice(blocks, most, replace=False))
        found, mappings = [], []
        runs = dict(_joined(chosen, 1, _LONGEST_BLOCKS))
        words = [f"count:{skip}:{count}" for skip, count in runs.items()]
        is_over = False
        for frame in self._frames(words) if words else ():
            skip = parse_number(frame.argument)
            if frame.kind == "count" and skip in runs:
                entries = parse_entries(frame.data)
                if is_over and len(entries):
                    where = escape_text(self.device.serial)
                    raise DeviceError(f"{where}: /proc/kpagecount was not read whole; try again")
                size = runs[skip] * _BLOCK_FRAMES
                is_over = len(entries) < size
                first = skip * _BLOCK_FRAMES
                found.append(np.arange(first, first + size, dtype=np.uint64))
                # The file covers only RAM. Frames beyond it belong to devices, whose mappings are not counted.
                mappings.append(np.pad(entries[:size].astype(np.int64), (0, max(size - len(entries), 0))))
        return FrameCounts(
            np.concatenate(found) if found else np.zeros(0, np.uint64),
            np.concatenate(mappings) if mappings else np.zeros(0, np.int64),
            _BLOCK_FRAMES,
            len(blocks),
            len(chosen),
        )

    def _frames(self, words: Sequence[str]) -> Iterator[Frame]:
        for frame in frames_of(self.device, self.access, _SCRIPT, words):
            self.read_bytes += len(frame.data)
            yield frame


@dataclass(slots=True)
class _Arrived:
    """The frames of one process."""

    starts: list[int | None] = field(default_factory=list)
    pages: list[npt.NDArray[np.uint64]] = field(default_factory=list)
    entries: list[Entries] = field(default_factory=list)
    received: dict[int, int] = field(default_factory=dict)
    """How many entries arrived of the run that begins at a window."""

    def take(self, frame: Frame, window: int) -> None:
        if frame.kind == "stat":
            self.starts.append(parse_stat(frame.data.decode("utf-8", "replace"))[1])
        elif frame.kind == "map":
            entries = parse_entries(frame.data)
            there = np.flatnonzero(entries)
            self.received[window] = len(entries)
            self.pages.append((there + window * _WINDOW_PAGES).astype(np.uint64))
            self.entries.append(entries[there])

    def is_of(self, start_time: int | None) -> bool:
        """Whether the pid belonged to the same process before and after."""
        return len(self.starts) == 2 and all(one is not None and one == start_time for one in self.starts)

    def table(self, index: int) -> PageTable:
        if not self.pages:
            return PageTable(index, np.zeros(0, np.uint64), np.zeros(0, np.uint64))
        return PageTable(index, np.concatenate(self.pages), np.concatenate(self.entries))


def _windows_of(vmas: VmaTable, rows: npt.NDArray[np.intp], page_kb: int) -> _Windows:
    """The distinct windows of a page table that cover some rows, ascending."""
    size = np.uint64(page_kb * 1024 * _WINDOW_PAGES)
    firsts = (vmas.start[rows] // size).astype(np.int64)
    lasts = ((vmas.end[rows] - np.uint64(1)) // size).astype(np.int64)
    if not len(rows):
        return np.zeros(0, np.int64)
    return np.unique(np.concatenate([np.arange(first, last + 1) for first, last in zip(firsts, lasts, strict=True)]))


def _runs(windows: _Windows) -> Iterator[tuple[int, int]]:
    return _joined(windows, _GAP_WINDOWS, _LONGEST_RUN)


def _joined(places: _Windows, gap: int, longest: int) -> Iterator[tuple[int, int]]:
    """Ascending positions as runs (start, length). Runs less than `gap` apart are joined."""
    first = last = None
    for place in places.tolist():
        if first is None or last is None:
            first = place
        elif place - last > gap or place - first >= longest:
            yield first, last - first + 1
            first = place
        last = place
    if first is not None and last is not None:
        yield first, last - first + 1
