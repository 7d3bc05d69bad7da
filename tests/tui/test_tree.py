from __future__ import annotations

import pytest
from droidanon_tui.explore.facts import VMAS
from droidanon_tui.explore.tree import GroupLevel
from droidanon_tui.explore.vma_level import VmaLevel
from droidanon_tui.widgets.columns import LABEL
from droidanon_tui.widgets.open_rows import Level

from droidanon.analysis.breakdown import breakdown
from droidanon.counters import DEFAULT_COUNTER
from tests.builders import capture, entry, text
from tests.tui.builders import diff_state, grown, phone, state


def check_sums(level: Level, columns: tuple[str, ...]) -> int:
    """Everywhere below, children sum to their parent; the number of levels looked at."""
    seen = 1
    for row in range(len(level)):
        if not level.has_children(row):
            continue
        children = level.children(row)
        assert len(children)
        for column in columns:
            numbers = [children.number(column, child) for child in range(len(children))]
            assert sum(number or 0 for number in numbers) == (level.number(column, row) or 0), (column, level.key(row))
        seen += check_sums(children, columns)
    return seen


@pytest.mark.parametrize("by", ["category", "heap"])
@pytest.mark.parametrize("counter", [DEFAULT_COUNTER, "rss_kb", "uss_kb", "swap_pss_kb"])
def test_children_sum_to_their_parent_down_to_the_vma(by: str, counter: str) -> None:
    shown = state(by=by)
    assert check_sums(shown.tree_root(), (counter, VMAS)) > 10


def test_files_of_apps_are_shortened_to_app_and_name() -> None:
    file = "/data/app/~~kF2-w==/com.example.app-DeaF44HC_Cd-GF4e1d0A85==/oat/arm64/base.odex"
    root = state(phone({"com.example.app": ((file, 100), ("/system/lib64/libc.so", 50))}), by="name").tree_root()
    rows = {root.word(row): root.shorter(row) for row in range(len(root))}
    assert rows[file] == ("com.example.app/oat/arm64/base.odex", "com.example.app/base.odex")
    assert rows["/system/lib64/libc.so"] == ()


def test_every_counter_is_shown_as_it_was_printed() -> None:
    printed = (
        "Shared_Clean",
        "Shared_Dirty",
        "Private_Clean",
        "Private_Dirty",
        "Referenced",
        "Anonymous",
        "Swap",
        "Locked",
    )
    entries = [
        entry(name, start=0x7000000000 + (at << 20), **{key: 10 * at + place for place, key in enumerate(printed, 1)})
        for at, name in enumerate(("[anon:scudo:primary]", "[stack]", "/system/lib64/libc.so"), 1)
    ]
    shown = state(capture({"com.example.app": text(*entries)}))
    root = shown.tree_root()
    for place, key in enumerate(printed, 1):
        numbers = [root.number(f"{key.lower()}_kb", row) for row in range(len(root))]
        assert sorted(number or 0 for number in numbers) == [10 + place, 20 + place, 30 + place], key
        assert check_sums(root, (f"{key.lower()}_kb",)) > 3


def test_what_is_below_a_row_is_found_out_once() -> None:
    root = state().tree_root()
    names = root.children(0)
    assert root.children(0) is names
    assert names.children(0) is names.children(0)


def test_apps_sum_to_the_total() -> None:
    shown = state()
    apps = shown.apps_root()
    assert sum(apps.sums(DEFAULT_COUNTER)[0]) == shown.total(DEFAULT_COUNTER)
    check_sums(apps, (DEFAULT_COUNTER,))


@pytest.mark.parametrize("by", ["category", "heap"])
def test_the_top_level_is_what_breakdown_says(by: str) -> None:
    shown = state(by=by)
    rows = breakdown(shown.side.view, (by,), counters=(DEFAULT_COUNTER,), depth=1 if by == "category" else None)
    expected = dict(zip(rows.rows.keys[by], rows.rows.numbers[DEFAULT_COUNTER].tolist(), strict=True))
    root = shown.tree_root()
    assert {root.text(LABEL, row): root.number(DEFAULT_COUNTER, row) for row in range(len(root))} == expected
    assert shown.total(DEFAULT_COUNTER) == rows.totals[DEFAULT_COUNTER]


def test_a_number_leads_down_to_its_vmas() -> None:
    level: Level = state().tree_root()
    for word in ("native", "scudo", "primary", "[anon:scudo:primary]"):
        row = next(row for row in range(len(level)) if level.text(LABEL, row) == word)
        level = level.children(row)
    assert isinstance(level, VmaLevel)
    labels = [level.text(LABEL, row) for row in range(len(level))]
    assert labels[0] == "7000000000-70005dc000 rw-p 6,000 kB com.example.app"
    assert [level.number(DEFAULT_COUNTER, row) for row in range(len(level))] == [6000, 2000, 800, 250]
    assert [level.find(level.key(row)) for row in range(len(level))] == [0, 1, 2, 3]


def test_an_app_is_chosen_alone() -> None:
    shown = state()
    shown.choose_app(("com.example.app", "com.example.app:remote"))
    assert shown.total(DEFAULT_COUNTER) == 1100
    assert sum(shown.tree_root().sums(DEFAULT_COUNTER)[0]) == 1100


def test_processes_say_only_what_the_app_does_not() -> None:
    apps = state().apps_root()
    row = apps.find("com.example.app")
    assert row is not None
    children = apps.children(row)
    assert [children.text(LABEL, child) for child in range(len(children))] == ["com.example.app", ":remote"]
    lone = apps.find("surfaceflinger")
    assert lone is not None and not apps.has_children(lone)


def test_processes_of_one_name_are_told_apart_by_pid() -> None:
    made = phone()
    twice = type(made)(
        tuple(
            type(p)(**{f: getattr(p, f) for f in p.__slots__} | {"name": "twin", "package": None})
            for p in made.processes
        ),
        made.vmas,
        made.source,
    )
    apps = state(twice).apps_root()
    children = apps.children(0)
    assert {children.text(LABEL, row) for row in range(len(children))} == {"twin (100)", "twin (101)", "twin (102)"}


def test_a_missing_counter_is_missing_in_the_tree() -> None:
    made = phone({"a": (("[heap]", 5),)})
    import dataclasses

    import numpy as np

    gone = dataclasses.replace(made.vmas, missing={"pss_kb": np.ones(1, np.bool_)})
    root = state(dataclasses.replace(made, vmas=gone), counter="pss_kb").tree_root()
    assert root.number("pss_kb", 0) is None
    assert root.number("rss_kb", 0) == 5


def test_deltas_sum_down_to_the_vmas_of_both_sides() -> None:
    shown = diff_state()
    check_sums(shown.tree_root(), ("delta_kb",))
    shown.changed_only = False
    check_sums(shown.tree_root(), ("base_kb", "new_kb", "delta_kb"))
    assert shown.total("delta_kb") == 1000 + 640 - 120


def test_changed_rows_keep_their_whole_numbers() -> None:
    changed, whole = diff_state(), diff_state()
    whole.changed_only = False
    few, many = changed.tree_root(), whole.tree_root()
    assert {few.text(LABEL, row) for row in range(len(few))} == {"native", "stack", "webview"}
    for row in range(len(few)):
        other = many.find(few.key(row))
        assert other is not None
        for column in ("base_kb", "new_kb", "delta_kb", "delta_percent"):
            assert few.number(column, row) == many.number(column, other)


def test_a_name_on_one_side_only_says_so() -> None:
    root: GroupLevel = diff_state().tree_root()
    row = root.find("webview")
    assert row is not None
    assert root.number("delta_percent", row) is None
    assert root.text("delta_percent", row) == "new"


def test_nothing_changed_gives_no_rows() -> None:
    assert len(diff_state(grown(), grown()).tree_root()) == 0


def test_without_replicates_a_change_stands_out_if_it_is_larger_than_those_from_run_to_run() -> None:
    names = {"grew": (10_000, 10_600), "usual": (10_000, 10_500), "same": (1, 1), "tiny": (4, 12), "came": (0, 900)}
    sides = [phone({"app": tuple((name, kb[at]) for name, kb in names.items() if kb[at])}) for at in (0, 1)]
    shown = diff_state(*sides)
    shown.by, shown.changed_only = "name", False
    root = shown.tree_root()
    assert root.unproven is not None and not root.is_tested
    assert {root.word(row) for row in range(len(root)) if not root.unproven[row]} == {"grew", "came"}


@pytest.mark.parametrize("by", ["category", "heap", "name"])
def test_a_filter_that_nothing_matches_leaves_no_rows(by: str) -> None:
    shown = state(by=by)
    shown.set_filter("nothing-has-this-name")
    assert (len(shown.tree_root()), len(shown.apps_root())) == (0, 0)
