from __future__ import annotations

from dataclasses import replace

from droidanon.aosp.procrank import format_procrank, procrank
from droidanon.model import Capture
from tests.builders import capture, entry, text


def phone(**system: int) -> Capture:
    made = capture(
        {
            "com.a": entry("[anon:scudo:primary]", Pss=100, Swap=20, SwapPss=10),
            "com.b": text(("[anon:scudo:primary]", 300), ("[vectors]", 7)),
            "zygote64": text(("/system/lib64/libc.so", 50)),
            "[kthread]": "",
        }
    )
    processes = tuple(
        replace(process, ppid=102 if place < 2 else 1, oom_score_adj=(0, 900, -1000, 0)[place])
        for place, process in enumerate(made.processes)
    )
    return replace(made, processes=processes, system=system)


def names(**options: object) -> list[str]:
    return [rank.name for rank in procrank(phone(), **options)]  # type: ignore[arg-type]


def test_processes_with_memory_largest_first() -> None:
    assert names() == ["com.b", "com.a", "zygote64"]
    assert names(reverse=True) == ["zygote64", "com.a", "com.b"]
    assert names(sort="swap")[0] == "com.a"
    assert names(sort="oom") == ["com.b", "com.a", "zygote64"]


def test_vectors_are_not_counted() -> None:
    assert next(rank for rank in procrank(phone()) if rank.name == "com.b").pss == 300


def test_descendants() -> None:
    assert names(descendants_of=[102]) == ["com.b", "com.a", "zygote64"]
    assert names(descendants_of=[100]) == ["com.a"]


def test_the_text() -> None:
    taken = phone(mem_total_kb=4000, mem_free_kb=1000, swap_total_kb=500, swap_used_kb=100, zram_used_kb=50)
    assert list(format_procrank(taken, procrank(taken), oom=True)) == [
        "  PID    oom       Vss      Rss      Pss      Uss     Swap    PSwap    USwap    ZSwap  cmdline",
        "  101    900      300K     300K     300K     300K       0K       0K        -       0K  com.b",
        "  100      0       64K     100K     100K     100K      20K      10K        -       5K  com.a",
        "  102  -1000       50K      50K      50K      50K       0K       0K        -       0K  zygote64",
        "                                  ------   ------   ------   ------   ------   ------  ------",
        "                                    450K     450K      20K      10K        -       5K  TOTAL",
        "",
        "ZRAM: 50K physical used for 100K in swap (500K total swap)",
        " RAM: 4000K total, 1000K free",
    ]


def test_without_swap_there_are_no_columns_of_it() -> None:
    taken = phone(swap_total_kb=0)
    assert next(format_procrank(taken, procrank(taken))).split() == ["PID", "Vss", "Rss", "Pss", "Uss", "cmdline"]


def test_nothing_at_all_is_said_as_the_tool_says_it() -> None:
    empty = capture({"a": ""})
    assert list(format_procrank(empty, procrank(empty))) == ["<empty>", ""]
