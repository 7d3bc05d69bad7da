"""Our numbers beside those of the platform's own code and tools, cell by cell: `python -m tests.differences` prints the table."""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from droidanon.analysis.heap_sums import app_summaries, heap_sums
from droidanon.analysis.view import View
from droidanon.model import Capture
from droidanon.platform.app_summary import MEMTRACK
from droidanon.platform.readers.meminfo import parse_meminfo
from droidanon.platform.readers.procrank import parse_procrank
from droidanon.platform.views.librank import LibrankOptions, librank
from droidanon.platform.views.procrank import procrank
from droidanon.platform.views.showmap import ShowmapOptions, format_showmap, showmap
from droidanon.report.table import format_plain
from droidanon.report.titles import number_column, text_column
from droidanon.sources.assemble import make_capture
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import Reading
from droidanon.sources.resolve import load_source
from tests.corpus import DATA, PHONES, bugreport_part, phone_texts

COUNTERS = {
    "pss": "pss_kb",
    "swappablePss": "swappable_pss_kb",
    "rss": "rss_kb",
    "privateDirty": "private_dirty_kb",
    "sharedDirty": "shared_dirty_kb",
    "privateClean": "private_clean_kb",
    "sharedClean": "shared_clean_kb",
    "swappedOut": "swap_kb",
    "swappedOutPss": "swap_pss_kb",
}
TOTALS = {
    "vss": "size_kb",
    "rss": "rss_kb",
    "pss": "pss_kb",
    "swap": "swap_kb",
    "swap_pss": "swap_pss_kb",
    "private_clean": "private_clean_kb",
    "private_dirty": "private_dirty_kb",
    "shared_clean": "shared_clean_kb",
    "shared_dirty": "shared_dirty_kb",
    "anon_huge_pages": "anon_huge_pages_kb",
    "shmem_pmd_mapped": "shmem_pmd_mapped_kb",
    "file_pmd_mapped": "file_pmd_mapped_kb",
    "shared_hugetlb": "shared_hugetlb_kb",
    "private_hugetlb": "private_hugetlb_kb",
    "locked": "locked_kb",
}
REPORT = "bugreport-rk3399-9-userdebug"


@dataclass(slots=True)
class Comparison:
    """How many cells of one thing of one reference were compared, and those that differ: (where, theirs, ours)."""

    reference: str
    what: str
    cells: int = 0
    differing: list[tuple[object, object, object]] = field(default_factory=list)

    def add(self, where: object, theirs: object, ours: object) -> None:
        self.cells += 1
        if theirs != ours:
            self.differing.append((where, theirs, ours))

    @property
    def different(self) -> int:
        return len(self.differing)


def one_capture(text: bytes) -> Capture:
    return make_capture([Reading(ProcessFacts("one", pid=1), text)], source="reference")


def heap_comparisons(reference: str, expected: Iterator[tuple[bytes, dict[str, Any]]]) -> list[Comparison]:
    """Heaps and sub-heaps with Pss Clean, plain totals, and the App Summary of some texts."""
    heaps, totals, summary = (Comparison(reference, what) for what in ("heaps, Pss Clean", "totals", "App Summary"))
    labels = heap_labels()
    for text, wanted in expected:
        view = View(one_capture(text))
        if not (by_process := heap_sums(view)):
            continue  # a rollup: libmeminfo puts all of it into Other mmap, which is no heap that anybody allocated
        sums = by_process[0][1]
        for heap, cells in wanted["heaps"].items():
            rows = [row for key, row in sums.items() if labels[heap] in key]
            for name, counter in COUNTERS.items():
                heaps.add((heap, name), cells[name], sum(row.get(counter, 0) for row in rows))
        for name, counter in TOTALS.items():
            totals.add(name, wanted["totals"][name], sum(row.get(counter, 0) for row in sums.values()))
        private = ("private_clean_kb", "private_dirty_kb")
        uss = sum(row.get(part, 0) for row in sums.values() for part in private)
        totals.add("uss", wanted["totals"]["uss"], uss)
        totals.add("vmas", wanted["vma_count"], len(view.capture.vmas))
        swapped = any(row.get("swap_pss_kb", 0) for row in sums.values())
        totals.add("found_swap_pss", wanted["found_swap_pss"], swapped)
        ours = app_summaries(view)[0][1]
        for name, number in wanted["app_summary"].items():
            summary.add(name, number, ours[name])
    return [heaps, totals, summary]


def heap_labels() -> Mapping[str, str]:
    """The platform's heap ids and what dumpsys calls them."""
    heaps = json.loads((DATA / "edge" / "bss.heaps.json").read_text())["heaps"]
    return {heap: cells["label"] for heap, cells in heaps.items()}


def smaps_of(path: Path) -> Path:
    """The text that a `.heaps.json` tells of."""
    if path.parent.name == "edge":
        return path.with_name(path.name.replace(".heaps.json", ".smaps"))
    folder, _, file = path.name.removesuffix(".heaps.json").partition("_")
    return DATA / folder / file


def single_files() -> Iterator[Comparison]:
    for path in sorted([*DATA.glob("edge/*.heaps.json"), *DATA.glob("expected/*.heaps.json")]):
        expected = json.loads(path.read_text())
        if expected["ok"]:
            name = smaps_of(path).relative_to(DATA).as_posix()
            yield from heap_comparisons(name, iter([(smaps_of(path).read_bytes(), expected)]))


def phones() -> Iterator[Comparison]:
    for phone in PHONES:
        with lzma.open(DATA / "expected" / f"{phone}.heaps.jsonl.xz", "rt") as file:
            expected = {entry["file"]: entry for entry in map(json.loads, file)}
        texts = ((text, expected[Path(name).name]) for name, text in phone_texts(phone) if Path(name).name in expected)
        yield from heap_comparisons(phone, ((text, entry) for text, entry in texts if entry["ok"]))


def showmap_texts() -> Iterator[Comparison]:
    for path in sorted(DATA.glob("expected/*.showmap*")):
        name, _, kind = path.name.partition(".showmap")
        options = ShowmapOptions(terse=kind.startswith("-t"))
        taken = one_capture((DATA / name / "smaps").read_bytes())
        form = "csv" if kind.endswith("csv") else "raw"
        ours = list(format_showmap(taken, showmap(taken, 0, options, 16), options, form, 16))
        yield lines_compared(path.name, "showmap, lines", path.read_text().splitlines(), ours)


def lines_compared(reference: str, what: str, theirs: list[str], ours: list[str]) -> Comparison:
    """Line by line, blanks at a line's end aside."""
    found = Comparison(reference, what)
    for place in range(max(len(theirs), len(ours))):
        pair = [lines[place].rstrip() if place < len(lines) else None for lines in (theirs, ours)]
        found.add(place + 1, *pair)
    return found


def bug_report() -> Iterator[Comparison]:
    taken = load_source(f"bugreport:{DATA / f'{REPORT}.tar.xz'}")
    yield show_map_sections(taken)
    yield ranks(taken)
    yield libraries(taken)
    yield dumpsys_heaps(taken)


def show_map_sections(taken: Capture) -> Comparison:
    """What showmap prints of the rows that were read of its own text."""
    found = Comparison(REPORT, "SHOW MAP sections, cells")
    for index, process in enumerate(taken.processes):
        if process.fidelity != "showmap":
            continue
        assert process.text is not None
        theirs = [
            line.split() for line in process.text.decode().splitlines() if line.strip() and line.strip()[0].isdigit()
        ]
        ours = list(format_showmap(taken, showmap(taken, index, ShowmapOptions(), 9), ShowmapOptions(), "raw", 9))
        rows = {tuple(line.split()[10:]): line.split() for line in ours if line.strip() and line.strip()[0].isdigit()}
        for words in theirs:
            name = tuple(words[10:])
            for place, cell in enumerate(words[:9]):
                found.add((process.name, name, place), cell, rows.get(name, [None] * 9)[place])
    return found


def ranks(taken: Capture) -> Comparison:
    found = Comparison(REPORT, "procrank, cells")
    ours = {rank.pid: rank for rank in procrank(taken, 9)}
    for one in parse_procrank(bugreport_part("procrank").splitlines()):
        rank = ours.get(one.pid)
        names = {"size_kb": "vss", "rss_kb": "rss", "pss_kb": "pss", "uss_kb": "uss"}
        for counter, name in names.items():
            found.add((one.name, name), one.counters[counter], None if rank is None else getattr(rank, name))
    return found


def libraries(taken: Capture) -> Comparison:
    """librank's own rows of processes; it counts pages, some seconds after showmap rounded VMAs."""
    found = Comparison(REPORT, "librank, cells (later, unrounded)")
    ours = {
        (library.name, process.pid): row
        for library in librank(taken, LibrankOptions(), 9)
        for process, row in zip(library.processes, zip(*library.columns[:4], strict=True), strict=True)
    }
    name = ""
    for line in bugreport_part("librank").splitlines():
        words = line.split()
        if line[:6].strip().isdigit() and line[6:7] == "K":
            name = line[7:].strip()
        elif len(words) > 5 and words[-1].startswith("[") and words[0].endswith("K"):
            pid = int(words[-1].strip("[]"))
            theirs = [int(word[:-1]) for word in words[:4]]
            for place, number in enumerate(theirs):
                found.add((name, pid, place), number, ours.get((name, pid), (None,) * 4)[place])
    return found


def dumpsys_heaps(taken: Capture) -> Comparison:
    """dumpsys' tables of apps beside the heaps that showmap's names, read half a minute before, give."""
    found = Comparison(REPORT, "dumpsys tables from SHOW MAP, cells (earlier)")
    tables = {table.pid: table for table in parse_meminfo(bugreport_part("meminfo"))}
    for process, sums in heap_sums(View(taken)):
        for label, row in tables[process.pid].heaps.items() if process.pid in tables else ():
            for name in COUNTERS.values():
                if name in row and label not in MEMTRACK:
                    ours = sum(part.get(name, 0) for (heap, _), part in sums.items() if heap == label)
                    found.add((process.name, label, name), row[name], ours)
    return found


EXACT: tuple[Callable[[], Iterator[Comparison]], ...] = (single_files, phones, showmap_texts)


def table() -> str:
    """All comparisons as text."""
    rows = [comparison for part in (*EXACT, bug_report) for comparison in part()]
    return format_plain(
        [
            text_column("reference", [row.reference for row in rows]),
            text_column("what", [row.what for row in rows]),
            number_column("cells", [f"{row.cells:,}" for row in rows]),
            number_column("differing", [f"{row.different:,}" for row in rows]),
        ]
    )


if __name__ == "__main__":
    print(table(), end="")
