"""What is inherited from the zygote, and what is an app's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.view import View
from droidanon.model import Capture
from tests.builders import capture, entry
from tests.corpus import PHONES, corpus

ART = "[anon:dalvik-main space]"
BOOT = entry(ART, start=0x10000000, Rss=40, Shared_Dirty=30, Private_Dirty=10)
CODE = entry("/system/lib64/libc.so", start=0x20000000, Rss=16, Shared_Clean=12, Private_Clean=4)
GROWN = entry(ART, start=0x10000000, size_kb=128, Rss=50, Shared_Dirty=30)
ELSEWHERE = entry(ART, start=0x30000000, Rss=8, Shared_Dirty=8)
RENAMED = entry("[anon:libc_malloc]", start=0x20000000, Rss=16, Shared_Clean=12)


def family(
    app: str, *, zygote: str = BOOT + CODE, ppid: int | None = 101, name: str = "zygote64", others: str = ""
) -> Capture:
    """A zygote with pid 101, and an app with pid 102 whose parent has `ppid`."""
    texts = {"init": others, name: zygote, "com.a": app}
    taken = capture({key: value for key, value in texts.items() if value})
    parents = {"init": 0, name: 1, "com.a": ppid}
    pids = {"init": 1, name: 101, "com.a": 102}
    processes = tuple(
        replace(process, pid=pids[process.name], ppid=parents[process.name]) for process in taken.processes
    )
    return replace(taken, processes=processes)


def sums(taken: Capture) -> tuple[int | None, int | None]:
    """Inherited and own kB of the app."""
    rows = breakdown(View(taken), ["app"], counters=["inherited_kb", "own_kb"]).rows
    row = list(rows.keys["app"]).index("com.a")
    inherited, own = (rows.number(name, row) for name in ("inherited_kb", "own_kb"))
    return inherited if inherited is None else int(inherited), own if own is None else int(own)


def test_what_the_zygote_has_too_is_inherited_as_far_as_it_is_shared() -> None:
    assert sums(family(BOOT + CODE)) == (42, 14)


@pytest.mark.parametrize("other", [GROWN, ELSEWHERE, RENAMED])
def test_another_range_or_name_is_its_own(other: str) -> None:
    inherited, own = sums(family(other))
    assert inherited == 0
    assert own == {GROWN: 50, ELSEWHERE: 8, RENAMED: 16}[other]


def test_without_the_zygote_it_is_unknown_and_not_0() -> None:
    assert sums(capture({"com.a": BOOT})) == (None, None)
    assert sums(family(BOOT, ppid=99)) == (None, None)


def test_a_zygote_that_could_not_be_read_is_unknown() -> None:
    taken = family(BOOT)
    unread = tuple(
        replace(process, fidelity="none") if process.name == "zygote64" else process for process in taken.processes
    )
    assert sums(replace(taken, processes=unread)) == (None, None)


def test_a_process_that_init_started_inherits_nothing() -> None:
    assert sums(family(BOOT, ppid=1)) == (0, 40)


def test_the_first_zygote_owns_all_it_has() -> None:
    view = View(family(BOOT))
    inherited, unknown = view.counter("inherited_kb")
    own, _ = view.counter("own_kb")
    assert (inherited.tolist(), own.tolist(), unknown) == ([0, 0, 30], [40, 16, 10], None)


def test_a_grandchild_has_the_nearest_zygote() -> None:
    assert sums(family(BOOT, ppid=103)) == (None, None)
    taken = capture({"zygote": CODE, "com.a_zygote": BOOT, "com.a": BOOT + CODE})
    parents = {"zygote": 1, "com.a_zygote": 100, "com.a": 101}
    processes = tuple(replace(process, ppid=parents[process.name]) for process in taken.processes)
    assert sums(replace(taken, processes=processes)) == (30, 26)


def test_parents_in_a_circle_are_unknown() -> None:
    assert sums(family(BOOT, ppid=102)) == (None, None)


def test_the_zygote_that_fits_is_found_where_no_parent_is_told() -> None:
    texts = {
        "zygote": ELSEWHERE,
        "zygote64": BOOT + CODE,
        "webview_zygote": BOOT,
        "com.a": BOOT + CODE,
        "com.b": RENAMED,
    }
    view = View(capture(texts))
    rows = breakdown(view, ["app"], counters=["inherited_kb"]).rows
    found = dict(zip(rows.keys["app"], rows.numbers["inherited_kb"].tolist(), strict=True))
    assert found == {"com.a": 42, "webview_zygote": 30, "zygote": 0, "zygote64": 0, "com.b": 0}


def test_missing_shared_lines_are_unknown() -> None:
    short = BOOT.replace("Shared_Dirty", "Other_Dirty")
    inherited, own = (View(family(short + CODE)).counter(name)[1] for name in ("inherited_kb", "own_kb"))
    assert inherited is not None
    assert own is not None
    assert inherited.tolist() == own.tolist() == [False, False, True, False]
    assert "own_kb" not in View(capture({"a": "Size: 4 kB\n"})).counters


def test_whole_phones() -> None:
    """Own and inherited sum to Rss; nothing is more than what is shared; the apps' framework is mostly the zygote's."""
    from droidanon.sources.resolve import load_source

    for name in PHONES:
        view = View(load_source(str(corpus() / f"{name}.tar.xz")))
        columns = ["inherited_kb", "own_kb", "rss_kb", "shared_clean_kb", "shared_dirty_kb"]
        rows = breakdown(view, ["process"], counters=columns).rows
        inherited, own, rss, clean, dirty = (rows.numbers[column] for column in columns)
        assert (inherited + own == rss).all()
        assert (inherited <= clean + dirty).all()
        of = dict(zip(rows.keys["process"], (inherited / rss.clip(1)).tolist(), strict=True))
        assert of["com.android.phone"] > 0.5
        assert of["surfaceflinger" if "surfaceflinger" in of else "/system/bin/surfaceflinger"] == 0


def test_a_zygote_inherits_nothing_from_itself() -> None:
    """It has more in common with itself than with any other, where nobody told its parent."""
    texts = {"zygote64": BOOT + CODE, "webview_zygote": BOOT + ELSEWHERE, "com.a": CODE}
    rows = breakdown(View(capture(texts)), ["app"], counters=["inherited_kb"]).rows
    found = dict(zip(rows.keys["app"], rows.numbers["inherited_kb"].tolist(), strict=True))
    assert found == {"zygote64": 0, "webview_zygote": 30, "com.a": 12}
