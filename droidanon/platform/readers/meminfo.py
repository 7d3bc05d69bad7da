"""The text of `dumpsys meminfo` of one or several processes, of any release: tables, details, summary, objects.

Forms: AOSP frameworks/base ActivityThread.dumpMemInfoTable (brief, `-a` and `-d`, with CRLF line ends too) and its lines of
`--checkin` (version 4). Columns are known by their titles, so those of releases to come are left out, not mistaken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from droidanon.model import ReportedRows
from droidanon.platform.app_summary import MEMTRACK
from droidanon.taxonomy.heaps import sub_heap_parents

_TITLES = {
    ("Pss", "Total"): "pss_kb",
    ("Pss", "Clean"): "swappable_pss_kb",
    ("Shared", "Dirty"): "shared_dirty_kb",
    ("Private", "Dirty"): "private_dirty_kb",
    ("Shared", "Clean"): "shared_clean_kb",
    ("Private", "Clean"): "private_clean_kb",
    ("Swapped", "Dirty"): "swap_kb",
    ("Swap", "Dirty"): "swap_kb",
    ("SwapPss", "Dirty"): "swap_pss_kb",
    ("SwappedPss", "Dirty"): "swap_pss_kb",
    ("Rss", "Total"): "rss_kb",
    ("Heap", "Size"): "heap_size_kb",
    ("Heap", "Alloc"): "heap_alloc_kb",
    ("Heap", "Free"): "heap_free_kb",
}
_NOT_OF_VMAS = frozenset({"heap_size_kb", "heap_alloc_kb", "heap_free_kb"})
_START = re.compile(r"^\*\* MEMINFO in pid (\d{1,10}) \[(.*)\] \*\*$")
_ROW = re.compile(r"^ {0,40}(\S(?:[^:]{0,40}?\S)?) {1,40}(\d{1,18}(?: +\d{1,18}){0,15})$")
_PAIR = re.compile(r"([A-Za-z][A-Za-z ()_/]{0,40}?): +(-?\d{1,18})")
_SECTIONS = {
    "Dalvik Details": "details",
    "App Summary": "summary",
    "Objects": "objects",
    "SQL": "",
    "DATABASES": "",
    "Asset Allocations": "",
    "Native Allocations": "",
}
_CHECKIN_VERSION = "4"
_CHECKIN_GROUPS = (
    "heap_size_kb",
    "heap_alloc_kb",
    "heap_free_kb",
    "pss_kb",
    "swappable_pss_kb",
    "shared_dirty_kb",
    "shared_clean_kb",
    "private_dirty_kb",
    "private_clean_kb",
    "swap_kb",
    "swap_pss_kb",
)
_CHECKIN_AREA = _CHECKIN_GROUPS[3:]

Counters = Mapping[str, int]


@dataclass(slots=True)
class Meminfo:
    """What `dumpsys meminfo` says of one process, in kB; a counter that has no column or an empty cell is not there.

    `heaps` has rows by label, those of memtrack too; `details` by parent and label. `totals` is the row TOTAL, whose
    `pss_kb` has the swap PSS in it. `summary` and `objects` have the numbers by their labels.
    """

    pid: int | None
    process: str
    heaps: dict[str, Counters] = field(default_factory=dict)
    details: dict[tuple[str, str], Counters] = field(default_factory=dict)
    totals: Counters = field(default_factory=dict)
    summary: dict[str, int] = field(default_factory=dict)
    objects: dict[str, int] = field(default_factory=dict)


def parse_meminfo(text: str) -> list[Meminfo]:
    """Every process's table in a text, in order; lines that are none of it are passed over."""
    found: list[Meminfo] = []
    reader = _Reader()
    for line in text.splitlines():
        line = line.rstrip()
        if start := _START.match(line):
            reader = _Reader(Meminfo(int(start[1]), start[2]))
            assert reader.current is not None
            found.append(reader.current)
        elif line.startswith(f"{_CHECKIN_VERSION},") and (read := _checkin(line.split(","))):
            found.append(read)
        elif reader.current is not None:
            reader.line(line)
    return found


class _Reader:
    """One process's lines."""

    def __init__(self, current: Meminfo | None = None) -> None:
        self.current = current
        self.section = "heaps"
        self.header: list[str] = []
        self.columns: list[str | None] = []

    def line(self, line: str) -> None:
        current, words = self.current, line.split()
        assert current is not None
        if not words:
            return
        if line.strip() in _SECTIONS:
            self.section = _SECTIONS[line.strip()]
        elif self.section in ("summary", "objects"):
            target = current.summary if self.section == "summary" else current.objects
            pairs = _PAIR.findall(line)
            if self.section == "summary" and len(pairs) == 1:
                # Since Android 11 there is a second number in most lines: the RSS.
                self._summary_line(line)
                return
            target.update({label.strip(): int(value) for label, value in pairs})
        elif self.section and not self.columns:
            self._header(words)
        elif self.section and (row := _ROW.match(line)):
            self._row(row[1], [int(word) for word in row[2].split()])

    def _summary_line(self, line: str) -> None:
        label, _, rest = line.partition(":")
        numbers = rest.split()
        assert self.current is not None
        if all(number.isdigit() for number in numbers) and label.strip():
            if label.strip() == "Unknown":  # the only line with nothing but a RSS
                self.current.summary["Unknown RSS"] = int(numbers[0])
                return
            self.current.summary[label.strip()] = int(numbers[0])
            if len(numbers) > 1:
                self.current.summary[f"{label.strip()} RSS"] = int(numbers[1])

    def _header(self, words: Sequence[str]) -> None:
        if all(set(word) == {"-"} for word in words):
            return
        if not self.header:
            self.header = list(words)
        elif len(self.header) == len(words):
            self.columns = [_TITLES.get(pair) for pair in zip(self.header, words, strict=True)]
        else:
            self.header = list(words)

    def _row(self, label: str, numbers: Sequence[int]) -> None:
        assert self.current is not None
        counters = {name: value for name, value in zip(self.columns, numbers, strict=False) if name is not None}
        if self.section == "details":
            parent = sub_heap_parents().get(label)
            if parent is not None:
                self.current.details[parent, label] = counters
        elif label == "TOTAL":
            self.current.totals = counters
        else:
            self.current.heaps[label] = counters


def _checkin(cells: Sequence[str]) -> Meminfo | None:
    """A line of `--checkin`: sums of native, Dalvik, other and all for each group, then an area each."""
    first = 3 + 4 * len(_CHECKIN_GROUPS)
    if len(cells) < first or not cells[1].isdecimal():
        return None
    found = Meminfo(int(cells[1]), cells[2])
    sums = {name: cells[3 + 4 * place : 7 + 4 * place] for place, name in enumerate(_CHECKIN_GROUPS)}
    for column, label in enumerate(("Native Heap", "Dalvik Heap")):
        found.heaps[label] = _told({name: values[column] for name, values in sums.items()})
    found.totals = _told({name: values[3] for name, values in sums.items()})
    size = 1 + len(_CHECKIN_AREA)
    areas = (cells[place : place + size] for place in range(first, len(cells) - size + 1, size))
    for label, *values in areas:
        if not label or label.lstrip("-").isdecimal():  # counts of objects follow the areas
            break
        counters = _told(dict(zip(_CHECKIN_AREA, values, strict=True)))
        parent = sub_heap_parents().get(label)
        if parent is not None:
            found.details[parent, label] = counters
        else:
            found.heaps[label] = counters
    other, known = sums["pss_kb"][2], _told({name: values[2] for name, values in sums.items() if values[2]})
    if other.isdecimal():
        rest = {
            name: value
            - sum(row.get(name, 0) for label, row in found.heaps.items() if label not in ("Native Heap", "Dalvik Heap"))
            for name, value in known.items()
            if name in _CHECKIN_AREA
        }
        found.heaps["Unknown"] = {name: max(value, 0) for name, value in rest.items()}
    return found


def _told(cells: Mapping[str, str]) -> dict[str, int]:
    return {name: int(cell) for name, cell in cells.items() if cell.isdecimal() and len(cell) <= 18}


def told_by_meminfo(table: Meminfo) -> ReportedRows:
    """The rows of a capture of fidelity `meminfo`: heaps and their details, without what is not in smaps.

    The details of a heap that do not fit into it (some releases print wrong ones) are left out.
    """
    rows: list[tuple[str, Counters]] = []
    for label, counters in table.heaps.items():
        if label in MEMTRACK:
            continue
        shown = {name: value for name, value in counters.items() if name not in _NOT_OF_VMAS}
        inside = {child: row for (parent, child), row in table.details.items() if parent == label}
        rest = {name: value - sum(row.get(name, 0) for row in inside.values()) for name, value in shown.items()}
        if inside and min(rest.values(), default=0) >= 0:
            if any(rest.values()):
                rows.append((label, rest))
            rows += [(f"{label}/{child}", row) for child, row in inside.items() if any(row.values())]
        else:
            rows.append((label, shown))
    names = [name for _, counters in rows for name in counters if name not in _NOT_OF_VMAS]
    return ReportedRows(
        "meminfo",
        [label for label, _ in rows],
        {name: [counters.get(name) for _, counters in rows] for name in dict.fromkeys(names)},
    )


def memtrack_kb(table: Meminfo) -> dict[str, int]:
    """The rows that are not in smaps, kB by label."""
    return {label: table.heaps[label]["pss_kb"] for label in MEMTRACK if "pss_kb" in table.heaps.get(label, {})}


@dataclass(frozen=True, slots=True)
class ProcessTotal:
    """One line of `Total PSS by process`, in kB."""

    kb: int
    process: str
    pid: int | None


@dataclass(slots=True)
class SystemMeminfo:
    """What `dumpsys meminfo` says of the whole phone: totals in kB."""

    by_process: list[ProcessTotal] = field(default_factory=list)
    rss_by_process: list[ProcessTotal] = field(default_factory=list)
    by_oom: dict[str, int] = field(default_factory=dict)
    oom_levels: dict[int, str] = field(default_factory=dict)
    """The level under which each pid stands."""
    by_category: dict[str, int] = field(default_factory=dict)
    ram: dict[str, int] = field(default_factory=dict)
    """`Total RAM`, `Free RAM`, `Used RAM`, `Lost RAM`, `ZRAM` ... by label."""


_SYSTEM_SECTIONS = {
    "Total PSS by process": "by_process",
    "Total RSS by process": "rss_by_process",
    "Total PSS by OOM adjustment": "by_oom",
    "Total PSS by category": "by_category",
    "Total RSS by OOM adjustment": "",
    "Total RSS by category": "",
    "Total Swap PSS by process": "",
    "Total Swap by process": "",
}
_AMOUNT = re.compile(r"^( *)([\d,]{1,20})K: (.*)$")
_OWNER = re.compile(r"^(.*) \(pid (\d{1,10})(?: / [a-z ]+)?\)(?: .*)?$")
_RAM = re.compile(r"^ {0,8}(Total RAM|Free RAM|Used RAM|Lost RAM|DMA-BUF|ION|GPU|ZRAM|KSM): *(-?[\d,]{1,20})K")


def parse_system_meminfo(text: str) -> SystemMeminfo:
    """The system's part of the text."""
    found = SystemMeminfo()
    section, level = "", ""
    depth: int | None = None
    for line in text.splitlines():
        line = line.rstrip()
        title = line.strip().removesuffix(":")
        if line.endswith(":") and title in _SYSTEM_SECTIONS:
            section, depth = _SYSTEM_SECTIONS[title], None
        elif ram := _RAM.match(line):
            found.ram[ram[1]] = _number(ram[2])
            section = ""
        elif section and (amount := _AMOUNT.match(line)):
            shift = len(amount[1]) + len(amount[2])
            depth = shift if depth is None else depth
            if section in ("by_process", "rss_by_process"):
                owner = _OWNER.match(amount[3])
                name, pid = (owner[1], int(owner[2])) if owner else (amount[3], None)
                target = found.by_process if section == "by_process" else found.rss_by_process
                target.append(ProcessTotal(_number(amount[2]), name, pid))
            elif shift <= depth:
                totals, level = found.by_oom if section == "by_oom" else found.by_category, amount[3]
                totals[level] = _number(amount[2])
            elif section == "by_oom" and (owner := _OWNER.match(amount[3])):
                found.oom_levels[int(owner[2])] = level
    return found


def told_system(found: SystemMeminfo) -> dict[str, int]:
    """What a capture keeps of it beside /proc/meminfo (kB): zram's own size, and what the GPU and dma-bufs take."""
    keys = {"ZRAM": "zram_used_kb", "GPU": "gpu_kb", "DMA-BUF": "dmabuf_kb", "ION": "dmabuf_kb"}
    return {key: found.ram[label] for label, key in keys.items() if label in found.ram}


def _number(text: str) -> int:
    digits = text.replace(",", "")
    return int(digits) if digits.lstrip("-").isdecimal() else 0


def sections(text: str) -> Iterator[tuple[int | None, str, str]]:
    """pid, process and exact text of each process's part of a text."""
    current: tuple[int | None, str] | None = None
    part: list[str] = []
    for line in text.splitlines(keepends=True):
        if start := _START.match(line.rstrip()):
            if current is not None:
                yield (*current, "".join(part))
            current, part = (int(start[1]), start[2]), []
        if current is not None:
            part.append(line)
    if current is not None:
        yield (*current, "".join(part))
