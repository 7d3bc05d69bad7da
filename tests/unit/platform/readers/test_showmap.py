"""showmap's text read back: what our own view prints of every release, and other people's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.platform.readers.procrank import parse_procrank
from droidanon.platform.readers.showmap import parse_showmap, parse_showmaps
from droidanon.platform.views.procrank import format_procrank, procrank
from droidanon.platform.views.showmap import ShowmapOptions, format_showmap, showmap
from tests.builders import capture, text
from tests.corpus import corpus

VMAS = (("[anon:scudo:primary]", 40), ("/system/lib64/libc.so", 7), ("/data/a b  c 12", 5), ("", 4))


@pytest.mark.parametrize("android", [9, 11, 13, 14, 16])
def test_the_table_of_every_release(android: int) -> None:
    taken = capture({"app": text(*VMAS)})
    lines = list(format_showmap(taken, showmap(taken, 0, ShowmapOptions(), android), ShowmapOptions(), "raw", android))
    found = parse_showmap(lines)
    assert found is not None
    assert dict(zip(found.reported().names, found.reported().counters["pss_kb"], strict=True)) == dict(VMAS)
    assert (found.total_pss_kb, found.vmas, found.problem) == (56, 4, "")
    assert ("locked_kb" in found.reported().counters) == (android >= 14)
    cut = parse_showmap([line for line in lines if "libc" not in line])
    assert cut is not None
    assert any(cut.missing)
    assert sum(cut.reported().counters["pss_kb"]) == 56


def test_tables_of_two_releases_in_one_text() -> None:
    taken = capture({"app": text(*VMAS)})
    lines = [
        line
        for android in (11, 16)
        for line in format_showmap(
            taken, showmap(taken, 0, ShowmapOptions(), android), ShowmapOptions(), "raw", android
        )
        if "TOTAL" not in line
    ]
    found = parse_showmaps(lines)
    assert [("locked_kb" in table.reported().counters, len(table.names)) for table in found] == [(False, 4), (True, 4)]


def test_bss_is_its_librarys() -> None:
    header = (
        " virtual  shared\n    size      RSS      PSS    clean    dirty    clean    dirty     swap  swapPSS   # object"
    )
    row = "       8        8        8        0        0        0        8        0        0    1 /system/lib/libx.so [bss]"
    found = parse_showmap([*header.splitlines(), row])
    assert found is not None
    assert found.reported().names == ["/system/lib/libx.so"]


def test_the_platforms_own_text() -> None:
    found = parse_showmap((corpus() / "expected" / "oppo-10-launcher.showmap.txt").read_text().splitlines())
    assert found is not None
    assert not any(found.missing)
    assert found.vmas == 3281
    assert found.total_pss_kb == 119_817


def test_no_table() -> None:
    assert parse_showmap(["Skipping '/system/xbin/su root showmap -q 1' on user build."]) is None


def test_procrank_is_read_back() -> None:
    taken = capture({"com.a": text(*VMAS), "a b": text(("x", 3))})
    lines = ["warning: could not create process interface for 7295", *format_procrank(taken, procrank(taken, 16), 16)]
    assert [(rank.pid, rank.name, rank.counters["pss_kb"]) for rank in parse_procrank(lines)] == [
        (100, "com.a", 56),
        (101, "a b", 3),
    ]


@pytest.mark.parametrize("oom, adjustment", [("-900", -900), ("0", 0), ("--1", None), ("9" * 5000, None), ("²", None)])
def test_an_adjustment_that_is_no_number_is_unknown(oom: str, adjustment: int | None) -> None:
    (found,) = parse_procrank(["PID Vss Rss oom cmdline", f"7 900K 200K {oom} com.a"])
    assert (found.pid, found.name, found.oom_score_adj) == (7, "com.a", adjustment)


@given(st.lists(st.text()))
def test_damage_never_raises(lines: list[str]) -> None:
    parse_showmap([" size RSS PSS clean dirty clean dirty swap swapPSS # object", *lines])
    parse_procrank(["PID Vss Rss Pss Uss cmdline", *lines])
