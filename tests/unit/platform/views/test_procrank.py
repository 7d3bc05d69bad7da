from __future__ import annotations

from dataclasses import replace

from droidanon.model import Capture, ReportedRows
from droidanon.platform.views.procrank import format_procrank, procrank
from droidanon.sources.assemble import make_capture
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import Reading
from droidanon.sources.resolve import load_source
from tests.builders import capture, entry, text
from tests.corpus import bugreport_part, corpus


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
    return [rank.name for rank in procrank(phone(), 16, **options)]  # type: ignore[arg-type]


def test_processes_with_memory_largest_first() -> None:
    assert names() == ["com.b", "com.a", "zygote64"]
    assert names(reverse=True) == ["zygote64", "com.a", "com.b"]
    assert names(sort="swap")[0] == "com.a"
    assert names(sort="oom") == ["com.b", "com.a", "zygote64"]


def test_vectors_are_not_counted_since_10() -> None:
    for android, pss in ((9, 307), (10, 300)):
        assert next(rank for rank in procrank(phone(), android) if rank.name == "com.b").pss == pss


def test_descendants() -> None:
    assert names(descendants_of=[102]) == ["com.b", "com.a", "zygote64"]
    assert names(descendants_of=[100]) == ["com.a"]


def test_the_text() -> None:
    taken = phone(mem_total_kb=4000, mem_free_kb=1000, swap_total_kb=500, swap_used_kb=100, zram_used_kb=50)
    assert list(format_procrank(taken, procrank(taken, 16), 16, oom=True)) == [
        "  PID    oom       Vss      Rss      Pss      Uss     Swap    PSwap    USwap    ZSwap  cmdline",
        "  101    900      300K     300K     300K     300K       0K       0K       0K       0K  com.b",
        "  100      0       64K     100K     100K     100K      20K      10K        -       5K  com.a",
        "  102  -1000       50K      50K      50K      50K       0K       0K       0K       0K  zygote64",
        "                                  ------   ------   ------   ------   ------   ------  ------",
        "                                    450K     450K      20K      10K        -       5K  TOTAL",
        "",
        "ZRAM: 50K physical used for 100K in swap (500K total swap)",
        " RAM: 4000K total, 1000K free",
    ]


def test_without_swap_there_are_no_columns_of_it() -> None:
    taken = phone(swap_total_kb=0)
    assert next(format_procrank(taken, procrank(taken, 16), 16)).split() == [
        "PID",
        "Vss",
        "Rss",
        "Pss",
        "Uss",
        "cmdline",
    ]


def test_nothing_at_all_is_said_as_the_tool_says_it() -> None:
    empty = capture({"a": ""})
    assert list(format_procrank(empty, procrank(empty, 16), 16)) == ["<empty>", ""]


def columns(taken: Capture, android: int) -> list[str]:
    return next(format_procrank(taken, procrank(taken, android), android)).split()


def test_until_9_swap_has_columns_where_a_process_has_some() -> None:
    assert "Swap" in columns(phone(swap_total_kb=0), 9)
    unswapped = replace(capture({"com.b": text(("[heap]", 300))}), system={"swap_total_kb": 500})
    assert "Swap" not in columns(unswapped, 9)
    assert "Swap" in columns(unswapped, 10)


def test_what_a_lesser_source_did_not_tell_is_unknown() -> None:
    taken = make_capture(
        [
            Reading(ProcessFacts("com.a", pid=1), text(("[heap]", 30)).encode()),
            Reading(
                ProcessFacts("com.s", pid=2),
                None,
                reported=ReportedRows("status", ("",), {"size_kb": (900,), "rss_kb": (50,)}),
            ),
            Reading(
                ProcessFacts("com.m", pid=3),
                None,
                reported=ReportedRows(
                    "meminfo",
                    ("Stack", ".so mmap"),
                    {"pss_kb": (8, 9), "private_clean_kb": (1, 2), "private_dirty_kb": (3, 4)},
                ),
            ),
        ],
        source="test",
    )
    shown = list(format_procrank(taken, procrank(taken, 16), 16))
    assert [line.split() for line in shown[1:4]] == [
        ["1", "30K", "30K", "30K", "30K", "com.a"],
        ["3", "-", "-", "17K", "10K", "com.m"],
        ["2", "900K", "50K", "-", "-", "com.s"],
    ]
    assert shown[5].split() == ["-", "-", "TOTAL"]


def test_a_bug_reports_own_numbers_are_shown() -> None:
    """Line by line what the platform printed; it adds up bytes where the total here is one of rounded rows."""
    taken = load_source(f"bugreport:{corpus() / 'bugreport-rk3399-9-userdebug.tar.xz'}")
    shown = list(format_procrank(taken, procrank(taken, 9), 9))
    lines = bugreport_part("procrank").splitlines()
    wanted = lines[lines.index(shown[0]) : lines.index("")]
    assert shown[: len(wanted) - 1] == wanted[:-1]
    (pss, uss, _), (their_pss, their_uss, _) = (line.split() for line in (shown[len(wanted) - 1], wanted[-1]))
    assert (uss, int(their_pss[:-1]) - int(pss[:-1]) < len(wanted)) == (their_uss, True)
