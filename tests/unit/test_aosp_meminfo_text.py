"""The tables that are printed, read back by the reader of the platform's own."""

from __future__ import annotations

import pytest

from droidanon.analysis.summary import app_summaries, heap_sums
from droidanon.analysis.view import View
from droidanon.aosp.meminfo_reader import parse_meminfo, parse_system_meminfo, told_by_meminfo
from droidanon.aosp.meminfo_system import ProcessSums, cached_kernel_kb, format_system_meminfo, kernel_used_kb
from droidanon.aosp.meminfo_text import MeminfoOptions, format_meminfo
from droidanon.model import Capture, Process
from droidanon.procfs import system_facts
from droidanon.sources.source import Reading, make_capture
from droidanon.store.library import samples_folder
from droidanon.store.parquet import load_capture
from tests.corpus import corpus

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
    folder = samples_folder()
    assert folder is not None
    return load_capture(next(folder.glob(name)))


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


@pytest.mark.parametrize("name", ["system-emulator-9.txt", "system-emulator-10.txt"])
def test_a_platforms_own_table_is_printed_again_as_it_was(name: str) -> None:
    """What the platform printed, read to sums and formatted: the same labels and numbers but for what smaps lacks."""
    text = (corpus() / "meminfo" / name).read_text()
    release = 9 if "9" in name else 10
    for table in parse_meminfo(text):
        told = told_by_meminfo(table)
        capture = make_capture([Reading(Process(table.process, pid=table.pid), None, told=told)], source="x")
        process, sums = heap_sums(View(capture, release))[0]
        full = format_meminfo(
            process, sums, MeminfoOptions(full=True), release, swap_pss_printed="swap_pss_kb" in told.counters
        )
        (again,) = parse_meminfo("\n".join(full))
        for label, row in table.heaps.items():
            if "mtrack" not in label:
                wanted = {
                    k: v
                    for k, v in row.items()
                    if k in COLUMNS and (k != "swap_pss_kb" or "swap_pss_kb" in again.heaps[label])
                }
                assert {k: again.heaps[label][k] for k in wanted} == wanted


def test_the_kernels_part_of_ram_is_the_platforms() -> None:
    """The emulator's report: `135,380K cached kernel`, `123,036K kernel`, from /proc/meminfo of a moment before."""
    text = (corpus() / "meminfo" / "proc-meminfo-emulator-10.txt").read_text()
    system = system_facts(text)
    assert cached_kernel_kb(system) == 2256 + 29816 + 248428 - 213504
    assert kernel_used_kb(system) == 11856 + 54444 + 34768 + 21008
    assert abs(kernel_used_kb(system) - 123_036) < 1_500


def test_the_systems_tables() -> None:
    capture = sample("*whole-phone*")
    found = heap_sums(View(capture))
    sums = [ProcessSums(process, rows) for process, rows in found]
    text = "\n".join(format_system_meminfo(sums, capture.system, 16, every=True))
    read = parse_system_meminfo(text)
    whole = sum(one.pss for one in sums)
    assert sum(one.kb for one in read.by_process) == whole
    assert sum(read.by_oom.values()) == whole
    assert sum(read.by_category.values()) == sum(one.total("pss_kb") for one in sums)
    assert read.rss_by_process
    assert read.by_process[0].process == "system_server"
    assert "Total RSS" not in "\n".join(format_system_meminfo(sums, {}, 10, every=True))


def test_ram_is_accounted_for_where_all_is_known() -> None:
    capture = sample("*whole-phone*")
    sums = [ProcessSums(process, rows) for process, rows in heap_sums(View(capture))]
    system = {
        "mem_total_kb": 4_000_000, "mem_free_kb": 500_000, "buffers_kb": 1_000, "cached_kb": 900_000,
        "mapped_kb": 300_000, "shmem_kb": 60_000, "sunreclaim_kb": 50_000, "page_tables_kb": 20_000,
        "sreclaimable_kb": 100_000, "kernel_stack_kb": 15_000, "swap_total_kb": 10, "swap_used_kb": 5, "zram_used_kb": 3,
    }  # fmt: skip
    found = parse_system_meminfo("\n".join(format_system_meminfo(sums, system, 12, every=True)))
    pss, swap = sum(one.total("pss_kb") for one in sums), sum(one.total("swap_pss_kb") for one in sums)
    kernel, cached = 145_000, 701_000
    cached_pss = sum(one.pss for one in sums if (one.process.oom_score_adj or 0) >= 900)
    assert found.ram["Free RAM"] == cached_pss + cached + 500_000
    assert found.ram["Used RAM"] == pss + swap - cached_pss + kernel
    assert found.ram["Lost RAM"] == 4_000_000 - pss - 500_000 - cached - kernel - 3
