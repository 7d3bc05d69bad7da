"""Explore's line of anon + swap, total PSS and the limit, and the details of an app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from droidanon_tui.explore.headline import diff_line, headline_at, headline_line, limit_facts
from droidanon_tui.explore.panes import DetailsPane

from droidanon.analysis.view import View
from droidanon.model import Capture
from tests.builders import capture, entry
from tests.tui.builders import app, saved, side
from tests.tui.reading import explore, screen_text, settle

GB = 1024 * 1024
LIMIT = round(2.25 * GB)
"""Google Play's threshold for an app in the foreground with 6 GB."""


def judged(main_kb: int = LIMIT // 2, remote_kb: int = 1000) -> Capture:
    """An app with a process in the foreground and a cached one, on a phone with 6 GB; 1,000 kB total PSS each."""
    made = capture({name: entry(Pss=1000) for name in ("com.example.app", "com.example.app:remote")})
    facts = (main_kb, 0), (remote_kb, 950)
    processes = tuple(
        replace(process, uid=10_001, oom_score_adj=adj, status_kb={"rss_anon_kb": kb, "vm_swap_kb": 0})
        for process, (kb, adj) in zip(made.processes, facts, strict=True)
    )
    return replace(made, processes=processes, system={"mem_total_kb": 6 * GB})


def test_the_line_of_a_capture() -> None:
    line = headline_line(side(judged()), (), "kB")
    assert line.split(" · ") == [
        f"anon+swap {LIMIT // 2 + 1000:,} kB",
        "total PSS 2,000 kB",
        "50.0 % of Play's limit (com.example.app, foreground)",
    ]
    assert "1,000 kB" in headline_line(side(judged()), ("com.example.app", "com.example.app:remote"), "kB")
    assert headline_line(side(judged()), ("com.other",), "kB") == ""


def test_above_the_limit_is_visible_without_colour() -> None:
    assert "above it" in headline_line(side(judged(LIMIT + 1)), ("com.example.app",), "kB")


def test_the_line_of_a_diff_has_both_sides() -> None:
    line = diff_line(side(judged()), side(judged(remote_kb=1500)), (), "kB")
    assert line.startswith(f"anon+swap {LIMIT // 2 + 1000:,} → {LIMIT // 2 + 1500:,} kB (+500)")
    assert "total PSS 2,000 → 2,000 kB" in line


def test_one_upper_bound_makes_the_line_one() -> None:
    bound = judged()
    bound = replace(bound, processes=tuple(replace(process, status_kb={}) for process in bound.processes))
    assert "upper bound" in diff_line(side(bound), side(judged()), (), "kB")


def test_the_details_of_a_process_have_state_threshold_and_headroom() -> None:
    found = headline_at(View(judged()), ("com.example.app", "com.example.app"))
    assert found is not None
    facts = limit_facts(found, "kB").split(" · ")
    assert facts[0] == "foreground"
    assert facts[1:3] == [f"anon+swap {LIMIT // 2:,} kB", f"50.0 % of Play's threshold {LIMIT:,}"]
    assert facts[3] == f"headroom {LIMIT - LIMIT // 2:,}"
    cached = headline_at(View(judged()), ("com.example.app", "com.example.app:remote"))
    assert cached is not None
    assert limit_facts(cached, "kB").startswith("cached · anon+swap 1,000 kB")


async def test_the_apps_pane_describes_its_row(tmp_path: Path) -> None:
    application = app(tmp_path, saved(tmp_path, judged()))
    async with application.run_test(size=(120, 36)) as pilot:
        await settle(pilot)
        assert "50.0 % of Play's limit" in screen_text(application).splitlines()[1]
        details = application.screen.query_one(DetailsPane)
        assert "threshold" not in str(details.content)
        explore(application).view.apps_table.focus()
        await pilot.press("down")
        assert f"threshold {LIMIT:,}" in str(details.content)
