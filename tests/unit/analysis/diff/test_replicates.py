"""Diffs of replicates: verdicts, gates, missing and absent rows, pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from droidanon.analysis.diff.comparison import Diff, diff
from droidanon.analysis.diff.row_tests import Design, compare, verdicts
from droidanon.analysis.stats.power import Effect
from droidanon.analysis.sums import Table
from droidanon.analysis.view import View
from droidanon.errors import UsageError
from droidanon.model import Capture
from droidanon.rows import Rows
from tests.builders import capture, entry, text
from tests.messages import numbers


def side(count: int, *, seed: int, native: int = 0, java: int = 0, drift: int = 0, first: int = 0) -> list[Capture]:
    """Captures of one app; `drift` is what every next one has more, `first` the place of the first one in the order."""
    draw = np.random.default_rng(seed)
    found = []
    for place in range(count):
        noise = draw.normal(0, 40, 4)
        parts = text(
            ("[anon:scudo:primary]", int(8000 + native + noise[0] + drift * (2 * place + first))),
            ("[anon:scudo:secondary]", int(3000 + noise[1])),
            ("[anon:dalvik-main space]", int(9000 + java + noise[2])),
            ("[anon:stack_and_tls:77]", int(400 + noise[3] / 4)),
        )
        made = f"2026-01-02T03:{2 * place + first:02d}:00Z"
        found.append(replace(capture({"com.example.app": parts}), created=made))
    return found


def compared(base: Iterable[Capture], new: Iterable[Capture], **options: object) -> Diff:
    return diff(map(View, base), map(View, new), **options)  # type: ignore[arg-type]


def row_of(rows: Rows, **keys: str) -> dict[str, str | int | float | None]:
    (found,) = [row for row in rows.records() if all(row[key] == value for key, value in keys.items())]
    return found


def test_a_change_is_found_where_it_is_and_nowhere_else() -> None:
    change = compared(side(6, seed=1), side(6, seed=2, native=400), by=("category",))
    assert change.replicates == (6, 6)
    moved = row_of(change.rows, category="native.scudo.primary")
    assert moved["verdict"] == "higher"
    assert 300 < float(str(moved["low_kb"])) < 400 < float(str(moved["high_kb"])) < 500
    assert float(str(moved["p_value"])) <= 0.05
    assert [row["verdict"] for row in change.rows.records() if row["category"] != "native.scudo.primary"] == ["~"] * 3
    assert change.total["verdict"] == "higher"
    assert row_of(change.headline, counter="private_swap_pss_kb")["verdict"] == "higher"
    assert change.tops is not None
    assert [row["verdict"] for row in change.tops.records()] == ["higher", "~", "~"]
    lower = compared(side(6, seed=2, native=400), side(6, seed=1), by=("category",))
    assert row_of(lower.rows, category="native.scudo.primary")["verdict"] == "lower"


def test_rows_below_a_category_that_did_not_move_are_estimated_and_not_tested() -> None:
    change = compared(side(6, seed=1), side(6, seed=2, native=400), by=("name",), all_rows=True)
    java = row_of(change.rows, name="[anon:dalvik-main space]")
    assert (java["p_value"], java["verdict"]) == (None, "~")
    assert java["low_kb"] is not None
    assert row_of(change.rows, name="[anon:scudo:primary]")["verdict"] == "higher"
    assert row_of(change.rows, name="[anon:scudo:secondary]")["p_value"] is None  # another category of native
    assert "not_tested" in {warning.kind for warning in change.warnings}
    assert change.tops is not None
    assert row_of(change.tops, category="native.scudo.primary")["verdict"] == "higher"


def test_a_change_in_a_quiet_category_is_found_inside_a_noisy_one() -> None:
    draw = np.random.default_rng(3)

    def noisy(more: int) -> list[Capture]:
        parts = (("[anon:scudo:primary]", 8000 + more, 20), ("[anon:scudo:secondary]", 9000, 2000))
        return [
            capture({"com.example.app": text(*((name, int(draw.normal(kb, spread))) for name, kb, spread in parts))})
            for _ in range(8)
        ]

    change = compared(noisy(0), noisy(300), by=("category",))
    assert row_of(change.rows, category="native.scudo.primary")["verdict"] == "higher"
    assert change.tops is not None
    assert row_of(change.tops, top_category="native")["verdict"] == "~"
    names = compared(noisy(0), noisy(300), by=("name",))
    assert row_of(names.rows, name="[anon:scudo:primary]")["verdict"] == "higher"


def test_a_row_that_was_not_tested_says_so_where_its_interval_excludes_0() -> None:
    values = [[4000, 4010, 4020, 4030, 4040, 4050], [4000, 4010, 4020, 4030, 4040, 4050]]
    other = [[5000 + 900 * n for n in (0, 5, 1, 4, 2, 3)], [5000 + 900 * n for n in (3, 0, 5, 1, 4, 2)]]
    sides = [
        [
            capture({"com.example.app": text(("/system/fonts/a.ttf", one + 60 * new), ("/system/fonts/b.ttf", two))})
            for one, two in zip(values[new], other[new], strict=True)
        ]
        for new in (0, 1)
    ]
    row = row_of(compared(*sides, by=("name",)).rows, name="/system/fonts/a.ttf")
    assert (row["p_value"], row["verdict"]) == (None, "~")
    assert float(str(row["low_kb"])) > 0
    assert row["note"]


def test_a_row_with_a_verdict_is_shown_though_its_middle_did_not_change() -> None:
    base, more = (capture({"a": text(("[heap]", kb))}) for kb in (1000, 1400))
    assert not len(compared([base] * 12, [base] * 12, by=("category",)).rows)
    (row,) = compared([base] * 12, [base] * 7 + [more] * 5, by=("category",)).rows.records()
    assert (row["verdict"], row["shift_kb"]) == ("higher", 0)
    assert row["delta_kb"] == pytest.approx(400 * 5 / 12)
    assert row["note"]


def test_changes_that_cancel_are_not_hidden() -> None:
    change = compared(side(6, seed=1), side(6, seed=2, native=500, java=-500), by=("category",))
    assert change.total["verdict"] == "~"
    verdicts = {row["category"]: row["verdict"] for row in change.rows.records()}
    assert verdicts["native.scudo.primary"] == "higher"
    assert verdicts["java.heap.main-space"] == "lower"


def test_no_row_says_less_than_what_is_above_it() -> None:
    change = compared(side(6, seed=1), side(6, seed=2, native=400), by=("name",))
    assert change.tops is not None
    above = row_of(change.tops, category="native.scudo.primary")["p_value"]
    below = row_of(change.rows, name="[anon:scudo:primary]")["p_value"]
    assert float(str(below)) >= float(str(above))


@pytest.mark.parametrize(("base", "new"), [(3, 3), (3, 8), (1, 6), (2, 1)])
def test_too_few_have_a_shift_and_no_verdict(base: int, new: int) -> None:
    change = compared(side(base, seed=1), side(new, seed=2, native=4000), by=("category",))
    moved = row_of(change.rows, category="native.scudo.primary")
    assert 3900 < float(str(moved["delta_kb"])) < 4100
    assert (moved["verdict"], moved["p_value"], moved["low_kb"], moved["high_kb"]) == ("~", None, None, None)
    assert any(4 in numbers(warning.message) for warning in change.warnings)


def test_what_could_have_been_shown() -> None:
    change = compared(side(6, seed=1), side(6, seed=2), by=("category",), depth=1, all_rows=True)
    for row in change.rows.records():
        assert row["verdict"] == "~"
        assert float(str(row["detectable_kb"])) > 0
    native = row_of(change.rows, category="native")
    assert float(str(native["detectable_kb"])) < 11_000 * 0.05  # 5 % of it
    assert native["replicates_needed"] == 5


@pytest.mark.parametrize(
    ("count", "paired", "promised"), [(4, False, False), (5, False, True), (6, True, False), (7, True, True)]
)
def test_too_few_relabellings_promise_no_detectable_change(count: int, paired: bool, promised: bool) -> None:
    change = compared(side(count, seed=1), side(count, seed=2), by=("category",), depth=1, all_rows=True, paired=paired)
    row = row_of(change.rows, category="native")
    assert (row["detectable_kb"] is not None) == promised
    assert row["p_value"] is not None
    assert row["replicates_needed"]
    finer = compared(
        side(6, seed=1), side(6, seed=2), by=("category",), depth=1, all_rows=True, min_effect=Effect(0.5, True)
    )
    assert float(str(row_of(finer.rows, category="native")["replicates_needed"])) > 6


def test_a_change_below_the_effect_that_matters_gets_no_verdict() -> None:
    change = compared(
        side(6, seed=1), side(6, seed=2, native=400), by=("category",), depth=1, min_effect=Effect(900, False)
    )
    row = row_of(change.rows, category="native")
    assert (row["verdict"], numbers(str(row["note"]))) == ("~", [900])
    assert float(str(row["p_value"])) <= 0.05


def test_pairs_see_through_drift() -> None:
    base, new = side(8, seed=1, drift=300), side(8, seed=2, drift=300, first=1, native=-300 + 250)
    unpaired = compared(base, new, by=("category",), depth=1)
    assert row_of(unpaired.rows, category="native")["verdict"] == "~"
    paired = compared(reversed(base), new, by=("category",), depth=1, paired=True)  # put in the order of their times
    row = row_of(paired.rows, category="native")
    assert row["verdict"] == "higher"
    assert 200 < float(str(row["delta_kb"])) < 300
    few = compared(base[:5], new[:5], by=("category",), paired=True)
    assert "few_captures" in {warning.kind for warning in few.warnings}
    with pytest.raises(UsageError, match="8 against 7"):
        compared(base, new[:7], paired=True)


def test_delta_is_new_less_base_in_every_row_and_they_add_up() -> None:
    change = compared(side(6, seed=1), side(6, seed=2, native=400), by=("category",), all_rows=True)
    for row in (change.total, *change.rows.records(), *change.headline.records()):
        assert row["delta_kb"] == pytest.approx(row["new_kb"] - row["base_kb"])
        assert row["low_kb"] <= row["shift_kb"] <= row["high_kb"]
    assert change.rows.numbers["delta_kb"].sum() == pytest.approx(change.total["delta_kb"])


def test_a_verdict_from_a_process_that_captures_lack_has_its_cause() -> None:
    """By category, where the process is in no row."""
    main, more = ("[anon:dalvik-main space]", "[anon:scudo:primary]")

    def made(kb: int, *, remote: bool) -> Capture:
        parts = {"com.a": text((main, 1000 + kb), (more, 500 + kb))}
        return capture({**parts, "com.a:remote": text((main, 300 + kb), (more, 1))} if remote else parts)

    base = [made(kb, remote=kb > 4) for kb in range(6)]
    new = [made(kb, remote=True) for kb in range(6)]
    change = compared(base, new, by=("category",), all_rows=True)
    java, native = (row_of(change.rows, category=name) for name in ("java.heap.main-space", "native.scudo.primary"))
    assert java["verdict"] == "higher"
    assert "com.a:remote" in str(java["note"])
    assert "com.a:remote" not in str(native["note"])
    assert "com.a:remote" in str(change.total["note"])
    assert "missing_process" in {warning.kind for warning in change.warnings}
    grown = compared([made(kb, remote=True) for kb in range(6)], [made(kb + 99, remote=True) for kb in range(6)])
    assert grown.total["verdict"] == "higher"
    assert not grown.total["note"]


def test_a_row_that_a_replicate_does_not_have_is_0_there() -> None:
    with_v8 = capture({"com.example.app": text(("[anon:scudo:primary]", 100), ("[anon:v8]", 500))})
    without = capture({"com.example.app": text(("[anon:scudo:primary]", 100))})
    change = compared([without] * 5 + [with_v8], [with_v8] * 6, by=("category",), depth=1)
    row = row_of(change.rows, category="webview")
    assert (row["new_kb"], row["shift_kb"], row["status"]) == (500, 500, "both")
    assert (row["base_kb"], row["delta_kb"]) == (pytest.approx(500 / 6), pytest.approx(500 - 500 / 6))
    assert row["delta_percent"] == pytest.approx(500)
    assert row["note"] == "0 where absent: 5 of 6 base, 0 of 6 new"
    appeared = compared([without] * 6, [with_v8] * 6, by=("category",), depth=1)
    row = row_of(appeared.rows, category="webview")
    assert (row["status"], row["verdict"], row["note"], row["low_kb"], row["high_kb"]) == (
        "new",
        "higher",
        "",
        500,
        500,
    )


def test_a_counter_that_a_replicate_does_not_print_is_missing_and_not_0() -> None:
    printed = capture({"com.example.app": entry("[anon:scudo:primary]", Pss=100, Swap=8)})
    unprinted = entry("[anon:scudo:primary]", Pss=100).replace("Swap:                  0 kB\n", "")
    old = capture({"com.example.app": unprinted})
    change = compared([printed] * 5 + [old], [printed] * 6, by=("category",), counter="swap_kb", all_rows=True)
    (row,) = change.rows.records()
    assert (row["base_kb"], row["new_kb"], row["delta_kb"], row["p_value"], row["verdict"]) == (8, 8, None, None, "~")
    assert numbers(str(row["note"])) == [1, 12]
    assert change.total["delta_kb"] is None
    heads = {str(row["counter"]): row for row in change.headline.records()}
    assert heads["anon_swap_kb"]["delta_kb"] is None
    assert heads["total_pss_kb"]["delta_kb"] == 0
    with pytest.raises(UsageError, match=r"swap_kb.*swap_pss"):
        compared([printed] * 6, [old] * 6, counter="swap_kb")


def test_a_side_is_read_one_by_one() -> None:
    alive = []

    def views(count: int, seed: int) -> Iterable[View]:
        for taken in side(count, seed=seed):
            alive.append(taken)
            yield View(alive.pop())

    assert diff(views(4, 1), views(4, 2), by=("app",)).replicates == (4, 4)
    with pytest.raises(UsageError):
        diff(views(4, 1), [], by=("app",))


def test_single_processes_match_whatever_each_replicate_calls_them() -> None:
    base = [
        replace(c, processes=(replace(c.processes[0], name=f"run{n}", package=None),))
        for n, c in enumerate(side(5, seed=1))
    ]
    change = compared(base, side(5, seed=2), by=("app", "category"))
    assert set(change.rows.keys["app"]) == {"run0"}


def test_one_quantity_has_one_p() -> None:
    """The total of a headline counter, in whatever table and whatever the rows are by."""
    base, new = side(6, seed=1), side(6, seed=2, native=60)
    found = [compared(base, new, by=by) for by in (("category",), ("app",), ("name",))]
    assert len({str(change.total["p_value"]) for change in found}) == 1
    for change in found:
        head = row_of(change.headline, counter="total_pss_kb")
        assert {name: head[name] for name in change.total} == dict(change.total)
    assert found[0].together == 7  # four categories in three top ones
    other = compared(base, new, by=("category",), counter="rss_kb")
    assert "rss_kb" not in other.headline.keys["counter"]
    assert other.total["p_value"] is not None


def test_a_row_is_no_surer_than_what_it_is_in() -> None:
    design = Design((6, 6))
    values = np.array([[100, 101, 99, 100, 102, 98, 300, 301, 299, 300, 302, 298]], np.int64)
    there = np.ones(values.shape, np.bool_)
    family = compare(Table({}, values, there, ~there), design)
    assert family.numbers["p_value"][0] < 0.01
    p_value, words, _ = verdicts(family, design, np.array([0.04]))
    assert (p_value, list(words)) == (pytest.approx([0.04]), ["higher"])
    assert list(verdicts(family, design, np.array([0.06]))[1]) == ["~"]
    names = compared(side(4, seed=1), side(4, seed=2, native=900, java=900), by=("category", "name"))
    assert names.tops is not None
    of_category = dict(zip(names.tops.keys["category"], (row["p_value"] for row in names.tops.records()), strict=True))
    tested = [row for row in names.rows.records() if row["p_value"] is not None]
    assert tested
    assert all(float(str(row["p_value"])) >= float(str(of_category[row["category"]])) for row in tested)


def test_nothing_is_promised_of_what_never_varies() -> None:
    still = [capture({"com.example.app": text(("[anon:scudo:primary]", 100), ("[anon:v8]", 7))})]
    change = compared(still * 6, still * 6, by=("category",), all_rows=True)
    for row in [*change.rows.records(), change.total]:
        assert (row["p_value"], row["detectable_kb"], row["replicates_needed"]) == (1.0, None, None)


def test_base_and_new_are_means_that_add_up() -> None:
    change = compared(side(6, seed=1), side(6, seed=2, native=400), by=("category",), all_rows=True)
    for name in ("base_kb", "new_kb"):
        assert change.rows.numbers[name].sum() == pytest.approx(change.total[name])


def test_a_row_without_a_verdict_states_what_it_could_miss() -> None:
    """A noisy row that nobody tested with enough captures is no pass."""
    draw = np.random.default_rng(5)
    noisy = [
        capture({"com.a": text(("[anon:scudo:primary]", int(60_000 + draw.normal(0, 9_000))), ("[anon:v8]", 20_000))})
        for _ in range(12)
    ]
    found = compared(noisy[:6], noisy[6:], by="category", all_rows=True)
    rows = {row["category"]: row for row in found.rows.records()}
    row = rows["native.scudo.primary"]
    assert row["verdict"] == "~"
    assert row["detectable_kb"] is not None and float(row["detectable_kb"]) > 5_000
    assert f"could miss changes up to {row['detectable_kb']:,.0f} kB" in str(row["note"])
    assert "could miss" not in str(rows["webview.v8"]["note"]), "a row that never varies misses nothing"
    assert "could miss" in str(found.total["note"])
    planned = compared(noisy[:6], noisy[6:], by="category", all_rows=True, min_effect=Effect(50_000, percent=False))
    assert "could miss" not in str(planned.total["note"]), "what it may miss is less than the change that matters"


@pytest.mark.parametrize("by", ["category", "app", "process", "category:1"])
def test_a_verdict_from_a_process_that_captures_lack_names_it(by: str) -> None:
    """`:remote` runs in 1 of 6 base captures and in every new one: the change is its memory."""
    draw = np.random.default_rng(6)

    def one(with_remote: bool) -> Capture:
        processes = {"com.a": text(("[anon:scudo:primary]", int(9_000 + draw.normal(0, 20))))}
        if with_remote:
            processes["com.a:remote"] = text(("[anon:scudo:primary]", 5_000))
        return capture(processes)

    base, new = [one(place < 1) for place in range(6)], [one(True) for _ in range(6)]
    found = compared(base, new, by=by)
    (row,) = [row for row in found.rows.records() if row["verdict"] == "higher"]
    assert "5 of 6 base" in str(row["note"])
    assert by == "process" or "com.a:remote" in str(row["note"])
    assert by == "process" or "com.a:remote" in str(found.total["note"])
    assert "missing_process" in {warning.kind for warning in found.warnings}
