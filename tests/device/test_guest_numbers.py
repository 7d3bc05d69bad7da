"""A real kernel's smaps, captured by the real adb, beside what the processes know that they allocated."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.view import View
from droidanon.model import Capture
from droidanon.platform.readers.procfs import parse_number
from droidanon.smaps.writer import write_process
from droidanon.sources.resolve import load_source
from testphone.guest import Guest, Ledger, LedgerRow
from testphone.guest.compare import differences, pairs
from testphone.guest.table import format_table

APP = "com.example.app"
FAMILY = ("zygote64", "system_server", APP, f"{APP}:remote", "com.android.systemui")


@pytest.fixture(scope="module")
def taken(one_guest: Guest) -> Capture:
    """The whole guest, read once by root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANDROID_ADB_SERVER_PORT", str(one_guest.server_port))
        return load_source(f"adb:{one_guest.root_serial}")


def by_name(capture: Capture, counter: str = "rss_kb") -> dict[str, int]:
    """A counter's sum by name."""
    rows = breakdown(View(capture), ("name",), counters=(counter,)).rows
    return dict(zip(map(str, rows.keys["name"]), map(int, rows.numbers[counter]), strict=True))


def test_the_guest_is_the_only_one_of_its_kernel(guest: Guest, taken: Capture) -> None:
    assert str(taken.device["kernel"]).endswith("-droidanon")
    assert taken.access == "root"
    assert not taken.problems
    assert {process.name for process in taken.processes} >= set(FAMILY)
    assert {process.name: process.uid for process in taken.processes}[APP] == 10234
    assert not any(process.name.startswith("[") for process in taken.processes)  # kernel threads


@pytest.mark.parametrize("name", FAMILY)
def test_the_kernels_numbers_are_those_of_the_process(guest: Guest, taken: Capture, name: str) -> None:
    ledger = guest.ledger(name)
    assert len(ledger.rows) >= 4
    assert differences(taken, name, ledger) == []


def test_the_comparison_sees_every_difference(guest: Guest, taken: Capture) -> None:
    ledger = guest.ledger(APP)
    row = ledger.rows[0]

    def seen(changed: LedgerRow) -> list[str]:
        return differences(taken, APP, Ledger(1, (changed,)))

    for key, value in row.counters.items():
        assert len(seen(replace(row, counters={**row.counters, key: value + 1}))) == 1
    assert len(seen(replace(row, name="[anon:other]"))) == 1
    assert "no VMA" in seen(replace(row, end=row.end + 4096))[0]
    assert "None" in seen(replace(row, counters={"nonsense_kb": 0}))[0]


def test_the_table_shows_both_and_marks_a_difference(guest: Guest, taken: Capture) -> None:
    ledger = guest.ledger("zygote64")
    row = ledger.rows[0]
    text = format_table(taken, {"zygote64": ledger})
    assert f"| `{row.name}` | 4096 / 4096 |" in text
    assert "≠" not in text
    assert "4 VMAs with" in text
    assert re.search(r"\b0 VMAs\.$", text)
    changed = replace(row, counters={**row.counters, "rss_kb": 1}, name="[anon:other]")
    text = format_table(taken, {"zygote64": Ledger(1, (changed,))})
    assert f"| `[anon:other] ≠ {row.name}` | 4096 / 4096 | **1 ≠ 4096** |" in text
    assert re.search(r"\b1 VMAs?\.$", text)


def test_all_that_a_kernel_of_today_prints_is_there(taken: Capture) -> None:
    new = {"pss_dirty_kb", "ksm_kb", "lazy_free_kb", "protection_key", "swap_pss_kb", "thp_eligible", "locked_kb"}
    assert new <= set(taken.vmas.counters)
    assert not taken.vmas.missing


def test_what_the_app_made_has_every_kind(guest: Guest, taken: Capture) -> None:
    told = {key for pair in pairs(taken, APP, guest.ledger(APP)) for key, kb in pair.row.counters.items() if kb}
    assert told >= {
        "shared_dirty_kb",
        "private_clean_kb",
        "private_dirty_kb",
        "swap_kb",
        "swap_pss_kb",
        "ksm_kb",
        "lazy_free_kb",
        "anon_huge_pages_kb",
        "locked_kb",
        "protection_key",
    }
    names = [name for name in by_name(taken) if name.startswith("[anon:")]
    assert max(map(len, names)) == len("[anon:]") + 79


def test_threads_name_their_stacks(guest: Guest, taken: Capture) -> None:
    pid = guest.pids()[APP]
    threads = set(map(int, guest.shell(f"ls /proc/{pid}/task").stdout.split())) - {pid}
    prefix = "[anon:stack_and_tls:"
    named = {parse_number(name[len(prefix) : -1]) for name in by_name(taken) if name.startswith(prefix)}
    assert len(named) == 4
    assert named == threads


def test_shared_pages_are_counted_once_in_a_sum_of_pss(guest: Guest, taken: Capture) -> None:
    # 1024 pages of the zygote's, 100 and 256 that two children have overwritten: each in PSS once, rounded down a VMA.
    pages = 1024 + 100 + 256
    pss = by_name(taken, "pss_kb")["[anon:dalvik-zygote space]"]
    assert pages * 4 - len(FAMILY) < pss <= pages * 4
    # 128 swapped pages that all five have.
    assert 512 - len(FAMILY) < by_name(taken, "swap_pss_kb")["[anon:dalvik-non moving space]"] <= 512


def test_the_kernels_text_is_written_again_byte_for_byte(guest: Guest, tmp_path: Path) -> None:
    text = guest.shell(f"cat /proc/{guest.pids()[APP]}/smaps").stdout
    (tmp_path / "app.smaps").write_bytes(text)
    assert b"".join(write_process(load_source(str(tmp_path / "app.smaps")), 0)) == text
    assert text.count(b"VmFlags") > 90


def test_sums_are_those_of_the_kernels_rollup(guest: Guest) -> None:
    pid = guest.pids()[APP]
    capture = load_source(f"adb:{guest.root_serial}", pid=pid)
    rollup = guest.shell(f"cat /proc/{pid}/smaps_rollup").stdout.decode().splitlines()[1:]
    told = {line.split(":")[0]: int(line.split()[1]) for line in rollup}
    # Those that don't depend on which other programs have the same libraries at that moment.
    keys = {
        "Rss": "rss_kb",
        "Anonymous": "anonymous_kb",
        "Swap": "swap_kb",
        "SwapPss": "swap_pss_kb",
        "KSM": "ksm_kb",
        "AnonHugePages": "anon_huge_pages_kb",
        "LazyFree": "lazy_free_kb",
        "Locked": "locked_kb",
    }
    sums = breakdown(View(capture), ("process",), counters=tuple(keys.values())).rows
    at = list(sums.keys["process"]).index(APP)
    seen = {key: int(sums.numbers[counter][at]) for key, counter in keys.items()}
    # A rollup's SwapPss has the fractions that each VMA's is rounded down by.
    assert 0 <= told.pop("SwapPss") - seen.pop("SwapPss") <= 1
    assert seen == {key: told[key] for key in seen}


def test_a_diff_is_what_grew(guest: Guest) -> None:
    source = f"adb:{guest.root_serial}"
    before = load_source(source, app=APP)
    guest.signal(APP, "USR2")
    after = load_source(source, app=APP)
    assert differences(after, APP, guest.ledger(APP)) == []
    assert differences(before, APP, guest.ledger(APP)) != []
    change = diff(View(before), View(after), by=("name",), counter="private_dirty_kb")
    rows = dict(zip(map(str, change.rows.keys["name"]), map(int, change.rows.numbers["delta_kb"]), strict=True))
    assert rows["[anon:scudo:primary]"] == 1024
    assert {name for name, delta in rows.items() if delta and name.startswith("[anon")} == {"[anon:scudo:primary]"}


def test_memory_of_the_platforms_heaps(guest: Guest) -> None:
    capture = load_source(f"adb:{guest.root_serial}", app=APP)
    ledger = guest.ledger(APP)

    def told(*names: str) -> int:
        return sum(row.counters["private_dirty_kb"] for name in names for row in ledger.named(name))

    rows = breakdown(View(capture), ("process", "heap"), counters=("private_dirty_kb",)).rows
    seen = {
        (str(process), str(heap)): int(kb)
        for process, heap, kb in zip(
            rows.keys["process"], rows.keys["heap"], rows.numbers["private_dirty_kb"], strict=True
        )
    }
    java = told(
        "dalvik-zygote space",
        "dalvik-main space (region space)",
        "dalvik-free list large object space",
        "dalvik-non moving space",
    )
    assert seen[APP, "Dalvik Heap"] == java
    # and glibc's [heap]
    (heap,) = (int(kb) for name, kb in by_name_of(capture, APP).items() if name == "[heap]")
    assert seen[APP, "Native Heap"] == told("scudo:primary", "scudo:primary_reserve", "scudo:secondary") + heap


def by_name_of(capture: Capture, process: str) -> dict[str, int]:
    """private_dirty_kb by name of one process."""
    rows = breakdown(View(capture), ("process", "name"), counters=("private_dirty_kb",)).rows
    return {
        str(name): int(kb)
        for who, name, kb in zip(rows.keys["process"], rows.keys["name"], rows.numbers["private_dirty_kb"], strict=True)
        if who == process
    }
