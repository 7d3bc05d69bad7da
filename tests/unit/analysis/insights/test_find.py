"""The order of findings, the command that profiles allocations, and series."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import droidanon
from droidanon.analysis.insights.commands import sampling_interval
from droidanon.analysis.insights.find import find_insights
from droidanon.analysis.insights.grouped import GroupedCapture
from droidanon.analysis.view import View
from droidanon.sources.resolve import resolve
from droidanon.sources.selection import Selection
from droidanon.sources.series_ends import read_ends
from droidanon.store.parquet import save_capture
from tests.builders import capture, entry, make_series
from tests.unit.analysis.insights.builders import GB, app, vmas


def test_limits_come_first_then_memory_by_weighted_kb_then_context() -> None:
    made = app(
        vmas(("[anon:scudo:primary]", 60_000), *[("[anon:scudo:secondary]", 30_000)] * 3, ("[anon:v8]", 80_000)),
        system={"mem_total_kb": 6 * GB},
        status_kb={"rss_anon_kb": 3 * GB, "vm_swap_kb": 0},
        oom_score_adj=0,
        uid=10_001,
        debuggable=True,
    )
    rules = [one.rule for one in find_insights(View(made)).findings]
    assert rules == [
        "above-play-limit",
        "above-play-limit-in-background",
        "native-heap",  # 150,000 kB
        "javascript-heap",  # 80,000 kB
        "bitmap-sized-allocations",  # 90,000 kB, of which half count
        "debuggable-build",
    ]


def test_top_keeps_the_first_and_counts_the_others() -> None:
    view = View(app(vmas(("[anon:scudo:primary]", 90_000), ("[anon:v8]", 80_000))))
    found = find_insights(view, top=1)
    assert ([one.rule for one in found.findings], found.left_out) == (["native-heap"], 1)


def test_an_app_without_memory_is_not_counted() -> None:
    found = find_insights(View(capture({"com.a": vmas(("[heap]", 4)), "com.b": ""})))
    assert (found.apps, found.findings) == (1, ())


@pytest.mark.parametrize(
    ("heap_kb", "interval"), [(0, 4096), (32_768, 4096), (79_999, 4096), (80_000, 8192), (1_000_000, 65_536)]
)
def test_the_sampling_interval_gives_ten_to_twenty_thousand_samples(heap_kb: int, interval: int) -> None:
    assert sampling_interval(heap_kb) == interval
    if interval > 4096:
        assert 10_000 <= heap_kb * 1024 / interval < 20_001


@pytest.mark.parametrize(
    ("pattern", "fits", "differs"),
    [
        ("/data/*.ttf", "/data/a/b.ttf", "/data/a/b.ttf2"),
        ("*/libv8*.so", "/x/libv8_base.so", "/x/libv9.so"),
        ("[anon:*", "[anon:x]", "x[anon:x]"),
        ("a*a", "aba", "a"),
        ("*b*c*", "abxcx", "acxb"),
    ],
)
def test_patterns_of_names(pattern: str, fits: str, differs: str) -> None:
    text = "".join(entry(name, start=0x1000 * (1 + place), size_kb=4) for place, name in enumerate((fits, differs)))
    (made,) = GroupedCapture(View(capture({"com.a": text}))).apps()
    found = made.select(names=(pattern,)).tolist()
    assert [made.capture.name[group] for group in found] == [fits]


def test_the_ends_of_a_series(tmp_path: Path) -> None:
    make_series(tmp_path / "three")
    ends = read_ends(resolve(str(tmp_path / "three")))
    times = [None if one is None else one.created for one in (ends.oldest, ends.previous, ends.newest)]
    assert times == ["2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"]
    make_series(tmp_path / "two", (100, 120))
    ends = read_ends(resolve(str(tmp_path / "two")))
    assert ends.oldest is ends.previous is not None
    make_series(tmp_path / "one", (100,))
    ends = read_ends(resolve(str(tmp_path / "one")))
    assert (ends.oldest, ends.previous) == (None, None)


def test_an_app_that_started_later_is_compared_with_nothing(tmp_path: Path) -> None:
    series = make_series(tmp_path / "series")
    newest = tmp_path / "series" / series.captures[-1].file
    made = replace(capture({"com.b": vmas(("[heap]", 4))}), created="2026-01-01T00:02:00Z")
    newest.unlink()
    save_capture(made, newest)
    ends = read_ends(resolve(str(tmp_path / "series")), Selection("com.b"))
    assert (ends.oldest, ends.previous) == (None, None)


def test_the_function_of_the_python_api(tmp_path: Path) -> None:
    made = capture({"com.a": vmas(("[anon:scudo:primary]", 90_000)), "com.b": vmas(("[anon:v8]", 80_000))})
    path = save_capture(made, tmp_path / "a.parquet")
    for source in (made, path, str(path)):
        found = droidanon.insights(source)
        assert list(found.rows["rule"]) == ["native-heap", "javascript-heap"]
        assert list(found.rows["kb"]) == [90_000, 80_000]
        assert found.rows["evidence"][0] == (("[anon:scudo:primary]", 90_000, 1),)
    one = droidanon.insights(path, app="com.b", top=1)
    assert (list(one.rows["app"]), one.left_out) == (["com.b"], 0)
    nothing = droidanon.insights(capture({"com.a": vmas(("[heap]", 4))}))
    assert (len(nothing.rows), str(nothing.rows["kb"].dtype)) == (0, "Int64")
    assert "0 findings" in repr(nothing)
