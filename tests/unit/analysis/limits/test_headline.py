"""The headline of an app: its sums, which number anon + swap is, and the process that is nearest to its limit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.headline import Headline, headline, judged_kb
from droidanon.analysis.view import View
from droidanon.analysis.whole_app import whole_app
from droidanon.model import Capture
from droidanon.report.headline import headline_line, headline_record
from tests.builders import capture, entry, text

GB = 1024 * 1024
STATUS = {"rss_anon_kb": 600, "vm_swap_kb": 40}


def app(*changes: dict[str, Any], total_kb: int | None = 6 * GB) -> Capture:
    """An app with a process per change of its facts; each has 1,000 kB anonymous, 50 kB in swap and 1,050 kB total PSS."""
    names = ["com.example.app", *(f"com.example.app:{place}" for place in range(1, len(changes)))]
    made = capture({name: entry(Pss=1000, Anonymous=1000, Swap=50, SwapPss=50) for name in names})
    processes = [
        replace(process, **{"uid": 10_123, "oom_score_adj": 0, **change})
        for process, change in zip(made.processes, changes, strict=True)
    ]
    return replace(made, processes=tuple(processes), system={} if total_kb is None else {"mem_total_kb": total_kb})


def found(made: Capture) -> Headline:
    result = headline(View(made))
    assert result is not None
    return result


def test_status_is_judged() -> None:
    one = found(app({"status_kb": STATUS}))
    assert (one.anon_swap_kb, one.basis, one.judged, one.upper_bounds) == (640, Basis.JUDGED, 1, 0)
    assert one.total_pss_kb == 1050
    assert one.nearest is not None
    assert one.nearest.play_share == 640 / round(2.25 * GB)


def test_one_upper_bound_makes_the_sum_one() -> None:
    both = found(app({"status_kb": STATUS}, {}))
    assert (both.anon_swap_kb, both.basis) == (640 + 1050, Basis.UPPER_BOUND)
    assert (both.processes, both.judged, both.upper_bounds) == (2, 1, 1)


def test_the_nearest_process_is_the_one_with_the_largest_share() -> None:
    """A background process has half of the limit of one in the foreground."""
    near = found(app({"status_kb": {"rss_anon_kb": 900, "vm_swap_kb": 0}}, {"status_kb": STATUS, "oom_score_adj": 500}))
    assert near.nearest is not None
    assert (near.nearest.process.name, near.nearest.state) == ("com.example.app:1", "background")


def test_unknown_ram_or_state_is_no_share() -> None:
    assert found(app({"status_kb": STATUS}, total_kb=None)).nearest is None
    assert found(app({"status_kb": STATUS, "oom_score_adj": None})).nearest is None


def test_several_apps_have_no_headline() -> None:
    assert headline(View(capture({"com.a": text(("x", 1)), "com.b": text(("x", 1))}))) is None
    assert headline(View(capture({}))) is None


def test_a_daemon_has_a_sum_and_no_limit() -> None:
    daemon = found(app({"status_kb": STATUS, "uid": 1000}))
    assert (daemon.anon_swap_kb, daemon.limited, daemon.nearest) == (640, False, None)
    assert "judged" not in headline_line(daemon)


def test_missing_is_unknown() -> None:
    bare = capture({"com.example.app": entry(Pss=1000).replace("Swap:  ", "Swip:  ")})
    assert found(bare).anon_swap_kb is None
    assert "anon + swap unknown" in headline_line(found(bare))
    record = headline_record(found(bare))
    assert record is not None
    assert (record["anon_swap_kb"], record["basis"], record["nearest"]) == (None, None, None)


def test_the_judged_sum_needs_every_status() -> None:
    assert judged_kb(View(app({"status_kb": STATUS}, {"status_kb": STATUS}))) == 1280
    assert judged_kb(View(app({"status_kb": STATUS}, {}))) is None
    assert judged_kb(View(capture({}))) is None


def test_the_line_counts_what_was_not_read() -> None:
    made = app({"status_kb": STATUS}, {})
    half = replace(made, processes=(made.processes[0], replace(made.processes[1], rows=0, fidelity="none")))
    half = replace(half, vmas=half.vmas.take(half.vmas.process == 0))
    assert "1 of 2 processes" in headline_line(found(half))


def test_all_sums_are_of_the_processes_that_were_read() -> None:
    """A process that ended between its status and its smaps has only a status."""
    made = app({"status_kb": STATUS}, {"status_kb": STATUS})
    half = replace(made, processes=(made.processes[0], replace(made.processes[1], rows=0, fidelity="none")))
    half = replace(half, vmas=half.vmas.take(half.vmas.process == 0))
    view = View(half)
    one = found(half)
    assert (one.anon_swap_kb, one.total_pss_kb) == (640, 1050)
    assert one.anon_swap_kb == judged_kb(view) == whole_app(view).anon_swap_kb
    assert (one.processes, one.judged) == (2, 1)


def test_a_diff_has_the_judged_number_only_if_both_sides_have_it() -> None:
    judged = View(app({"status_kb": STATUS}))
    more = View(app({"status_kb": {**STATUS, "vm_swap_kb": 100}}))
    rows = {row["counter"]: row for row in diff(judged, more).headline.records()}
    assert rows["judged_anon_swap_kb"]["delta_kb"] == 60
    assert (rows["anon_swap_kb"]["new_kb"], rows["total_pss_kb"]["new_kb"]) == (1050, 1050)
    counters = diff(judged, View(app({}))).headline.keys["counter"]
    assert list(counters) == ["anon_swap_kb", "total_pss_kb", "private_swap_pss_kb"]
