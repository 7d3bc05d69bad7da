"""The tables that are printed, read back by the reader of the platform's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.heap_sums import app_summaries, heap_sums
from droidanon.analysis.view import View
from droidanon.model import Capture
from droidanon.platform.app_summary import with_memtrack
from droidanon.platform.readers.meminfo import memtrack_kb, parse_meminfo, rows_of_meminfo
from droidanon.platform.views.meminfo import MeminfoOptions, format_meminfo
from droidanon.sources.assemble import make_capture
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import Reading
from droidanon.store.library import samples_folder
from droidanon.store.parquet import load_capture
from tests.builders import entry
from tests.corpus import dumpsys_meminfo

COLUMNS = (
    "pss_kb",
    "shared_dirty_kb",
    "private_dirty_kb",
    "shared_clean_kb",
    "private_clean_kb",
    "swap_pss_kb",
    "rss_kb",
)


def sample(name: str) -> Capture:
    """A sample as smaps alone show it: without objects and memory that dumpsys reports."""
    folder = samples_folder()
    assert folder is not None
    capture = load_capture(next(folder.glob(name)))
    return replace(capture, processes=tuple(replace(one, objects={}, not_in_smaps_kb={}) for one in capture.processes))


def lines(capture: Capture, options: MeminfoOptions, android: int = 16) -> list[str]:
    process, sums = heap_sums(View(capture, android))[0]
    return list(format_meminfo(process, sums, options, android, swap_pss_printed=True))


def test_the_table_has_the_numbers_of_the_capture() -> None:
    capture = sample("*after-use*")
    process, sums = heap_sums(View(capture))[0]
    (table,) = parse_meminfo("\n".join(lines(capture, MeminfoOptions(full=True))))
    assert (table.pid, table.process) == (process.pid, process.name)
    for counter in COLUMNS:
        of_heaps = {heap: sum(row[counter] for (h, _), row in sums.items() if h == heap) for heap, _ in sums}
        shown = {label: row[counter] for label, row in table.heaps.items()}
        assert {label: value for label, value in shown.items() if value} == {k: v for k, v in of_heaps.items() if v}
    assert table.totals["pss_kb"] == sum(row["pss_kb"] + row["swap_pss_kb"] for row in sums.values())
    assert table.details["Dalvik Heap", ".LOS"]["pss_kb"] == sums["Dalvik Heap", ".LOS"]["pss_kb"]
    summary = app_summaries(View(capture))[0][1]
    assert (table.summary["Java Heap"], table.summary["Code RSS"]) == (summary["java-heap"], summary["code-rss"])
    assert table.summary["TOTAL SWAP PSS"] == summary["total-swap-pss"]


@pytest.mark.parametrize(
    ("android", "options", "titles"),
    [
        (16, MeminfoOptions(), "Pss Private Private SwapPss Rss Heap Heap Heap"),
        (10, MeminfoOptions(), "Pss Private Private SwapPss Heap Heap Heap"),
        (9, MeminfoOptions(full=True), "Pss Pss Shared Private Shared Private SwapPss Heap Heap Heap"),
        (13, MeminfoOptions(full=True), "Pss Pss Shared Private Shared Private SwapPss Rss Heap Heap Heap"),
    ],
)
def test_columns_by_release(android: int, options: MeminfoOptions, titles: str) -> None:
    assert " ".join(lines(sample("*after-use*"), options, android)[1].split()) == titles


def test_options() -> None:
    capture = sample("*after-use*")
    assert not any("Dalvik Details" in line for line in lines(capture, MeminfoOptions()))
    assert any("Dalvik Details" in line for line in lines(capture, MeminfoOptions(details=True)))
    assert lines(capture, MeminfoOptions(summary_only=True))[1] == " App Summary"
    assert lines(capture, MeminfoOptions(), 10)[-1].split()[0] == "TOTAL:"


def known_lines(part: str) -> list[str]:
    """What a source can tell of a platform's table: not the sizes of the heaps, nothing below the objects."""
    shown = part.splitlines()
    sized = ("Native Heap", "Dalvik Heap", "TOTAL")
    lines = [line[:-27] if line[:13].strip() in sized and len(line) > 90 else line for line in shown]
    return "\n".join(line.rstrip() for line in lines).rstrip().splitlines()


def without_details(lines: list[str]) -> list[str]:
    first, last = lines.index(" Dalvik Details"), lines.index(" App Summary")
    return lines[:first] + lines[last:]


@pytest.mark.parametrize("name", ["system-emulator-9.txt", "system-emulator-10.txt", "bugreport-rk3399-9-userdebug"])
def test_a_platforms_own_tables_are_printed_again_line_by_line(name: str) -> None:
    """The numbers that the platform printed, read to sums and formatted: the same lines, `-a`."""
    release = 10 if "10" in name else 9
    checked = 0
    for table in parse_meminfo(dumpsys_meminfo(name)):
        told, part = rows_of_meminfo(table), table.text
        described = ProcessFacts(
            table.process, pid=table.pid, objects=table.objects, not_in_smaps_kb=memtrack_kb(table)
        )
        capture = make_capture([Reading(described, None, reported=told)], source="x")
        owner, sums = heap_sums(View(capture, release))[0]
        options, printed = MeminfoOptions(full=True), "swap_pss_kb" in told.counters
        every = with_memtrack(sums, owner.not_in_smaps_kb)
        shown = [line.rstrip() for line in format_meminfo(owner, every, options, release, swap_pss_printed=printed)]
        wanted = known_lines(part)
        if release == 10:  # a preview whose details have each other's labels and do not fit their heaps
            shown, wanted = without_details(shown), without_details(wanted)
        assert shown == wanted
        checked += len(wanted)
    assert checked > 500


def test_memory_outside_smaps_is_in_the_platforms_places() -> None:
    process, sums = heap_sums(View(sample("*after-use*")))[0]
    objects = {"Views": 182, "ViewRootImpl": 2, "Death Recipients": 0, "OpenSSL Sockets": 0, "WebViews": 1}
    process = replace(process, objects=objects, not_in_smaps_kb={"GL mtrack": 7, "EGL mtrack": 900, "page tables": 50})
    told = with_memtrack(sums, process.not_in_smaps_kb)
    shown = list(format_meminfo(process, told, MeminfoOptions(full=True), 16, swap_pss_printed=True))
    (table,) = parse_meminfo("\n".join(shown))
    labels = list(table.heaps)
    assert labels[-4:] == ["Other mmap", "EGL mtrack", "GL mtrack", "Unknown"]
    pss = sum(row["pss_kb"] + row["swap_pss_kb"] for row in sums.values())
    assert table.totals["pss_kb"] == table.summary["TOTAL PSS"] == pss + 907
    graphics = app_summaries(View(sample("*after-use*")))[0][1]["graphics"]
    assert table.summary["Graphics"] == graphics + 907
    after = sample("*after-use*")
    told_of = replace(
        after, processes=tuple(replace(one, not_in_smaps_kb=process.not_in_smaps_kb) for one in after.processes)
    )
    summary = app_summaries(View(told_of))[0][1]
    assert (summary["graphics"], summary["total-pss"]) == (table.summary["Graphics"], table.summary["TOTAL PSS"])
    assert table.objects == objects
    assert shown[-5:] == [
        " ",
        " Objects",
        "               Views:      182         ViewRootImpl:        2",
        "    Death Recipients:        0      OpenSSL Sockets:        0",
        "            WebViews:        1",
    ]


def test_the_newest_rules_have_a_row_for_memfd() -> None:
    capture = make_capture(
        [Reading(ProcessFacts("app", pid=1), entry("/memfd:x (deleted)", Pss=8).encode())], source="x"
    )
    for android, last in ((16, "Other mmap"), (17, "Memfd")):
        (table,) = parse_meminfo("\n".join(lines(capture, MeminfoOptions(), android)))
        assert list(table.heaps) == ["Native Heap", "Dalvik Heap", last, "Unknown"]
