"""The system's lists and lines on RAM, against texts that platforms printed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest

from droidanon.analysis.heap_sums import heap_sums
from droidanon.analysis.view import View
from droidanon.model import Process
from droidanon.platform.app_summary import HeapSums
from droidanon.platform.readers.meminfo_system import parse_system_meminfo
from droidanon.platform.readers.procfs import system_facts
from droidanon.platform.views.meminfo_ram import cached_kernel_kb, format_ram, kernel_used_kb
from droidanon.platform.views.meminfo_system import ProcessSums, format_system_meminfo
from droidanon.platform.views.tool_rows import platform_name
from droidanon.store.library import samples_folder
from droidanon.store.parquet import load_capture
from droidanon.taxonomy.heaps import sub_heap_parents
from tests.corpus import corpus, dumpsys_meminfo

TEXTS = {
    "system-emulator-9.txt": (9, True),
    "system-emulator-10.txt": (10, True),
    "app-unknown.txt": (9, False),
    "bugreport-rk3399-9-userdebug": (9, True),
}
"""Texts of `dumpsys meminfo`, their release, and whether they have details (`-a`)."""
ADJUSTMENTS = {
    "System": -900,
    "Persistent": -800,
    "Persistent Service": -700,
    "Foreground": 0,
    "Visible": 100,
    "Perceptible": 200,
    "A Services": 500,
    "Home": 600,
    "Previous": 700,
    "B Services": 800,
    "Cached": 905,
}
LINE = re.compile(r"^( *)([\d,]+)K: (.*?)(?: \(pid (\d+)( / activities)?\))?$")


def section(text: str, title: str) -> list[str]:
    """The lines of a section, without what we don't know."""
    lines = text[text.index(f"{title}:\n") :].splitlines()[1:]
    return [line.replace(" / activities", "") for line in lines[: lines.index("")]]


def process(name: str, pid: int | None, level: str) -> Process:
    if level == "Native":
        return Process(name, pid=pid, oom_score_adj=-1000)
    if name == "system":
        return Process("system_server", pid=pid, oom_score_adj=-900)
    return Process(name, pid=pid, package=name.split(":")[0], oom_score_adj=ADJUSTMENTS[level])


def processes_of(text: str) -> list[ProcessSums]:
    """A process for each line under a level, all of its memory in one heap."""
    found = []
    level = ""
    for line in section(text, "Total PSS by OOM adjustment"):
        match = LINE.match(line)
        assert match is not None
        if match[4] is None:
            level = match[3]
        else:
            one = process(match[3], int(match[4]), level)
            found.append(ProcessSums(one, {("Unknown", ""): {"pss_kb": int(match[2].replace(",", ""))}}))
    order = {
        int(m[4]): place for place, line in enumerate(section(text, "Total PSS by process")) if (m := LINE.match(line))
    }
    return sorted(found, key=lambda one: order[one.process.pid or 0])


def categories_of(text: str) -> HeapSums:
    """One process that has all that the categories have."""
    heaps: dict[str, int] = {}
    details: dict[str, int] = {}
    for line in section(text, "Total PSS by category"):
        match = LINE.match(line)
        assert match is not None
        (details if match[3] in sub_heap_parents() else heaps)[match[3]] = int(match[2].replace(",", ""))
    sums: dict[tuple[str, str], Mapping[str, int]] = {}
    for label, amount in heaps.items():
        heap = {"Native": "Native Heap", "Dalvik": "Dalvik Heap"}.get(label, label)
        inside = {child: kb for child, kb in details.items() if sub_heap_parents()[child] == heap}
        sums[heap, ""] = {"pss_kb": amount - sum(inside.values())}
        sums |= {(heap, child): {"pss_kb": kb} for child, kb in inside.items()}
    return sums


@pytest.mark.parametrize("name", TEXTS)
def test_processes_and_levels_are_printed_as_the_platform_did(name: str) -> None:
    text = dumpsys_meminfo(name)
    release, _ = TEXTS[name]
    shown = "\n".join([*format_system_meminfo(processes_of(text), {}, release, every=True), ""])
    for title in ("Total PSS by process", "Total PSS by OOM adjustment"):
        assert section(shown, title) == section(text, title)


@pytest.mark.parametrize("name", TEXTS)
def test_categories_are_printed_as_the_platform_did(name: str) -> None:
    text = dumpsys_meminfo(name)
    release, details = TEXTS[name]
    asked = Process("all", objects={"Views": 1})  # memtrack's rows are printed, for it was asked
    one = ProcessSums(asked, categories_of(text))
    shown = "\n".join([*format_system_meminfo([one], {}, release, every=True, details=details), ""])
    assert section(shown, "Total PSS by category") == section(text, "Total PSS by category")


def test_memtrack_is_no_category_where_nothing_was_asked() -> None:
    shown = list(format_system_meminfo([ProcessSums(Process("a"), {})], {}, 16, every=True))
    assert not any("mtrack" in line for line in shown)
    assert "          0K: Cursor" in shown


def app(name: str, adjustment: int, kb: int, *, uid: int = 10_001, swap: int = 0) -> ProcessSums:
    described = Process(name, pid=kb, package=name, oom_score_adj=adjustment, uid=uid)
    return ProcessSums(described, {("Stack", ""): {"pss_kb": kb, "rss_kb": 2 * kb, "swap_pss_kb": swap}})


def labels(android: int, adjustments: Mapping[str, int]) -> dict[str, str]:
    """The level that each app is put in."""
    apps = [app(name, adjustment, place + 1) for place, (name, adjustment) in enumerate(adjustments.items())]
    found: dict[str, str] = {}
    level = ""
    for line in section(
        "\n".join([*format_system_meminfo(apps, {}, android, every=True), ""]), "Total PSS by OOM adjustment"
    ):
        match = LINE.match(line)
        assert match is not None
        if match[4] is None:
            level = match[3]
        else:
            found[match[3]] = level
    return found


@pytest.mark.parametrize(
    ("android", "medium", "low", "backup", "heavy"),
    [
        (9, "Perceptible", "Perceptible", "Heavy Weight", "Backup"),
        (11, "Perceptible", "Perceptible Low", "Heavy Weight", "Backup"),
        (12, "Perceptible", "Perceptible Low", "Backup", "Heavy Weight"),
        (13, "Perceptible", "Perceptible Medium", "Backup", "Heavy Weight"),
        (16, "Perceptible Medium", "Perceptible Low", "Backup", "Heavy Weight"),
    ],
)
def test_levels_by_release(android: int, medium: str, low: str, backup: str, heavy: str) -> None:
    found = labels(android, {"com.m": 225, "com.l": 250, "com.b": 300, "com.h": 400})
    assert found == {"com.m": medium, "com.l": low, "com.b": backup, "com.h": heavy}


def test_a_level_that_dumpsys_told_is_believed() -> None:
    told = replace(app("com.a", 0, 30).process, oom_score_adj=None, oom_level="Cached")
    apps = [ProcessSums(told, {("Stack", ""): {"pss_kb": 30}}), app("com.b", 100, 20)]
    text = "\n".join([*format_system_meminfo(apps, {**SYSTEM, "vmalloc_used_kb": 0}, 16, every=True), ""])
    lines = [" ".join(line.split()) for line in section(text, "Total PSS by OOM adjustment")]
    assert lines == ["20K: Visible", "20K: com.b (pid 20)", "30K: Cached", "30K: com.a (pid 30)"]
    assert " 30K cached pss" in text


def test_users_and_swap_by_release() -> None:
    apps = [app("com.a", 0, 30, swap=5), app("com.a", 0, 20, uid=1_010_001)]

    def shown(android: int, *, swap: bool) -> list[str]:
        text = "\n".join(format_system_meminfo(apps, {}, android, every=True, swap=swap)) + "\n"
        return [" ".join(line.split()) for line in section(text, "Total PSS by process")]

    assert shown(13, swap=False) == ["35K: com.a (pid 30)", "20K: com.a (pid 20)"]
    assert shown(14, swap=False) == ["35K: com.a (pid 30)", "20K: com.a (pid 20) (user 10)"]
    assert shown(13, swap=True)[0] == "35K: com.a (pid 30) ( 5K in swap)"
    assert shown(14, swap=True)[2:] == ["20K: com.a (pid 20) (user 10)", "( 0K in swap)"]
    assert shown(16, swap=True)[1] == "20K: com.a (pid 20) (user 10)( 0K in swap)"


def test_rss_lists_are_there_from_11_on() -> None:
    apps = [app("com.a", 0, 30), app("com.b", 900, 20)]
    titles = [line for line in format_system_meminfo(apps, {}, 11, every=True) if line.startswith("Total")]
    kinds = ("process", "OOM adjustment", "category")
    assert titles == [f"Total {what} by {kind}:" for what in ("RSS", "PSS") for kind in kinds]
    assert not any("RSS" in line for line in format_system_meminfo(apps, {}, 10, every=True))


def test_names_are_the_platforms() -> None:
    assert (
        platform_name(Process("/vendor/bin/hw/android.hardware.audio@2.0-service"))
        == "android.hardware.audio@2.0-service"
    )
    assert platform_name(Process("/init")) == "/init"
    assert platform_name(Process("system_server")) == "system"
    assert platform_name(Process("com.a:remote", package="com.a")) == "com.a:remote"


def test_a_whole_phones_lists_sum_up() -> None:
    folder = samples_folder()
    assert folder is not None
    capture = load_capture(next(folder.glob("*whole-phone*")))
    sums = [ProcessSums(process, rows) for process, rows in heap_sums(View(capture))]
    read = parse_system_meminfo("\n".join(format_system_meminfo(sums, capture.system, 16, every=True)))
    whole = sum(one.pss for one in sums)
    assert sum(one.kb for one in read.by_process) == whole
    assert sum(read.by_oom.values()) == whole
    assert sum(read.by_category.values()) == sum(one.total("pss_kb") for one in sums)
    assert sum(one.kb for one in read.rss_by_process) == sum(one.total("rss_kb") for one in sums)


SYSTEM = {
    "mem_total_kb": 4_000_000,
    "mem_free_kb": 500_000,
    "buffers_kb": 1_000,
    "cached_kb": 900_000,
    "mapped_kb": 300_000,
    "shmem_kb": 60_000,
    "sunreclaim_kb": 50_000,
    "page_tables_kb": 20_000,
    "sreclaimable_kb": 100_000,
    "kernel_stack_kb": 15_000,
    "vmalloc_used_kb": 40_000,
    "swap_total_kb": 10,
    "swap_used_kb": 5,
    "zram_used_kb": 3,
}


def ram(system: Mapping[str, int], android: int = 14, *, every: bool = True) -> list[str]:
    lines = format_ram(system, android, every=every, pss=1_000_000, cached_pss=200_000, swap_pss=30_000)
    return [" ".join(line.split()) for line in lines]


def test_ram_is_accounted_for_where_all_is_known() -> None:
    lost = 4_000_000 - 970_000 - 500_000 - 701_000 - 170_000 - 3
    assert ram(SYSTEM) == [
        "Total RAM: 4,000,000K",
        "Free RAM: 1,401,000K ( 200,000K cached pss + 701,000K cached kernel + 500,000K free)",
        "Used RAM: 970,000K ( 800,000K used pss + 170,000K kernel)",
        f"Lost RAM: {lost:,d}K",
        "ZRAM: 3K physical used for 5K in swap ( 10K total swap)",
    ]
    assert ram(SYSTEM, 15)[3] == f"Lost RAM: {lost + 60_000:,d}K"


def test_what_is_not_known_of_ram_is_left_out() -> None:
    assert ram({}) == []
    assert ram(SYSTEM, every=False) == [ram(SYSTEM)[0], ram(SYSTEM)[-1]]
    older = {**SYSTEM, "vmalloc_used_kb": 0}
    assert kernel_used_kb(older) is None
    assert [line.split()[0] for line in ram(older)] == ["Total", "Free", "ZRAM:"]


def test_the_kernels_cache_is_the_platforms() -> None:
    """The emulator's report has `135,380K cached kernel`, counted some seconds after this /proc/meminfo."""
    system = system_facts((corpus() / "meminfo" / "proc-meminfo-emulator-10.txt").read_text())
    assert cached_kernel_kb(system) == 2256 + 29816 + 248428 - 213504
