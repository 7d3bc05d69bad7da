"""Verdicts: pass, fail, undecided, skipped, and the reason of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from droidanon.analysis.budgets.file import load_budget
from droidanon.analysis.budgets.judge import judge_budget
from droidanon.analysis.budgets.measure import measure
from droidanon.analysis.budgets.outcome import CheckOutcome, exit_code, overall
from droidanon.analysis.budgets.row import JudgeOptions
from droidanon.analysis.budgets.verdict import BudgetVerdict, RowVerdict
from droidanon.analysis.view import View
from droidanon.errors import InputError, UsageError
from droidanon.model import Capture, Problem
from tests.builders import capture, entry, text

APP = "com.example.app"
REMOTE = f"{APP}:remote"


def app(kb: int, *, java: int = 50, remote: int | None = None, **facts: Any) -> Capture:
    """A capture of the app with this much of scudo:primary, and perhaps of a second process."""
    processes = {APP: text(("[anon:scudo:primary]", kb), ("[anon:dalvik-main space]", java))}
    if remote is not None:
        processes[REMOTE] = text(("[anon:scudo:primary]", remote))
    return replace(capture(processes), **facts)


def judged(
    rows: str, new: Sequence[Capture], base: Sequence[Capture] = (), tmp: Path | None = None, **options: Any
) -> BudgetVerdict:
    assert tmp is not None
    path = tmp / "budget.toml"
    path.write_text(f'[budget]\napp = "{APP}"\n{rows}')
    budget = load_budget(path)
    of_new, of_base = (measure((View(one) for one in side), budget) for side in (new, base))
    return judge_budget(budget, of_new, of_base, JudgeOptions(**options))


def only(rows: str, *sides: Sequence[Capture], tmp: Path, **options: Any) -> RowVerdict:
    (one,) = judged(f"[[budget.row]]\n{rows}", *sides, tmp=tmp, **options).rows
    return one


BASE = [app(1000 + noise) for noise in (0, 3, 1, 2)]
GROWN = [app(1040 + noise) for noise in (2, 0, 1, 3)]


@pytest.mark.parametrize(
    ("limit", "outcome"), [("1MB", "fail"), ("2MB", "pass"), ("1050kB", "pass"), ("1049kB", "fail")]
)
def test_a_single_capture_is_judged_by_its_value(tmp_path: Path, limit: str, outcome: str) -> None:
    one = only(f'max = "{limit}"', [app(1000)], tmp=tmp_path)
    assert (one.outcome, one.judged_by, one.number, one.low, one.high) == (outcome, "value", 1050, 1050, 1050)


@pytest.mark.parametrize(("limit", "outcome"), [("900kB", "fail"), ("1052kB", "undecided"), ("2MB", "pass")])
def test_several_captures_are_judged_by_an_interval(tmp_path: Path, limit: str, outcome: str) -> None:
    one = only(f'max = "{limit}"', BASE, tmp=tmp_path)
    assert one.outcome == outcome
    assert one.judged_by == "interval"
    assert one.number == 1051.5
    assert one.low is not None and one.high is not None
    assert 1020 < one.low < 1051.5 < one.high < 1080


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [("0%", "fail"), ("1%", "fail"), ("3.8%", "undecided"), ("8%", "pass"), ("1kB", "fail"), ("1MB", "pass")],
)
def test_growth_from_a_baseline(tmp_path: Path, limit: str, outcome: str) -> None:
    one = only(f'max_growth = "{limit}"', GROWN, BASE, tmp=tmp_path)
    assert (one.outcome, one.number, one.base, one.new) == (outcome, 40, 1051.5, 1091.5)
    if limit.endswith("%"):
        assert one.limit == pytest.approx(1051.5 * float(limit[:-1]) / 100)


def test_shrinking_passes(tmp_path: Path) -> None:
    one = only('max_growth = "0%"', BASE, GROWN, tmp=tmp_path)
    assert (one.outcome, one.number) == (CheckOutcome.PASS, -40)


def test_more_rows_make_wider_intervals(tmp_path: Path) -> None:
    row = '[[budget.row]]\nid = "{}"\nmax = "2MB"\n'
    one = judged(row.format(0), BASE, tmp=tmp_path)
    many = judged("".join(map(row.format, range(10))), BASE, tmp=tmp_path)
    assert (one.together, many.together) == (1, 10)
    assert many.rows[0].high is not None and one.rows[0].high is not None
    assert many.rows[0].high - 1051.5 > 1.5 * (one.rows[0].high - 1051.5)


@pytest.mark.parametrize(
    ("rows", "new", "base", "reason"),
    [
        ('max = "1MB"', BASE[:3], [], "too few captures: 3"),
        ('max_growth = "1%"', GROWN[:1], BASE[:1], "too few captures: 1 against 1"),
        ('max_growth = "1%"', GROWN, BASE[:3], "too few captures: 3 against 4"),
        ('max_per_cycle = "1kB"', BASE, [], "too few captures: 4"),
        ('max = "9MB"', [app(1000, partial=True)], [], "not all processes were read"),
        ('max = "9MB"', [app(1000, problems=(Problem(f"{APP} (pid 100), line 3", "torn"),))], [], "could not be read whole"),
        ('max_growth = "9MB"', [app(1000, remote=10)] * 4, BASE, f"{REMOTE} is missing in 4 of 4 base captures"),
        ('max_growth = "9MB"', BASE, [app(1000, remote=10)] * 2 + BASE, f"{REMOTE} is missing in 4 of 6 base captures and 4 of 4 new"),
        ('max = "9MB"', [*BASE, app(1000, remote=10)], [], f"{REMOTE} is missing in 4 of 5 captures"),
        ('max_growth = "9MB"', [capture({"other": text(("x", 1))})] * 4, BASE, f"{APP} is missing in 4 of 4 new captures"),
        ('name = "[anon:v8]"\nmax = "9MB"', [*BASE[:3], replace(capture({APP: text(("[anon:v8]", 3))}))], [], "nothing matches in 3 of 4"),
        ('counter = "pss_shmem"\nmax = "9MB"', [app(1000)], [], "pss_shmem is not in this capture"),
        ('count = "Views"\nmax = 10', [app(1000)], [], "the number of Views is not known"),
        ('count = "threads"\nmax = 10', [app(1000)], [], "stacks of threads have no names"),
        ('max_share = "90%"', [app(1000)], [], "give state and ram"),
        ('max_share = "90%"\nstate = "cached"', [app(1000)], [], "cached processes have no limit"),
        ('name = "[anon:v8]"\nmax_growth = "3%"', [capture({APP: text(("[anon:v8]", 3))})] * 4, BASE, "percentage of nothing"),
    ],
)  # fmt: skip
def test_undecided_has_its_reason(
    tmp_path: Path, rows: str, new: list[Capture], base: list[Capture], reason: str
) -> None:
    one = only(rows, new, base, tmp=tmp_path)
    assert one.outcome is CheckOutcome.UNDECIDED
    assert any(reason in text for text in one.reasons), one.reasons


def test_a_process_without_a_part_in_a_row_may_be_missing(tmp_path: Path) -> None:
    one = only('category = "java"\nmax = "1MB"', [*BASE, app(1000, remote=10)], tmp=tmp_path)
    assert one.outcome is CheckOutcome.PASS


def test_a_row_of_one_process_does_not_depend_on_others(tmp_path: Path) -> None:
    one = only(f'process = "{APP}"\nmax = "2MB"', [*BASE, app(1000, remote=10)], tmp=tmp_path)
    assert (one.outcome, one.number) == (CheckOutcome.PASS, 1051.2)


def test_captures_of_one_run_are_no_replicates(tmp_path: Path) -> None:
    def same_run(one: Capture) -> Capture:
        return replace(one, processes=tuple(replace(process, start_time=77) for process in one.processes))

    runs = [same_run(one) for one in BASE]
    one = only('max = "9MB"', runs, tmp=tmp_path)
    assert one.outcome is CheckOutcome.UNDECIDED
    assert "the same run" in one.reasons[0]
    assert only('max = "9MB"', runs, tmp=tmp_path, same_run=True).outcome is CheckOutcome.PASS
    assert only('max = "9MB"', runs, tmp=tmp_path, series=True).judged_by == "highest"


def test_captures_of_different_detail_decide_nothing(tmp_path: Path) -> None:
    other = app(1000)
    other = replace(other, processes=tuple(replace(process, fidelity="showmap") for process in other.processes))
    one = only('max = "9MB"', [*BASE, other], tmp=tmp_path)
    assert one.outcome is CheckOutcome.UNDECIDED
    assert "showmap, smaps" in one.reasons[0]


def test_the_highest_of_a_series_counts(tmp_path: Path) -> None:
    one = only('max = "1053kB"', BASE, tmp=tmp_path, series=True)
    assert (one.outcome, one.number, one.judged_by) == (CheckOutcome.PASS, 1053, "highest")
    assert only('max = "1052kB"', BASE, tmp=tmp_path, series=True).outcome is CheckOutcome.FAIL


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [
        ('max_per_minute = "2kB"', "fail"),
        ('max_per_minute = "9kB"', "pass"),
        ('max_per_cycle = "4kB"', "fail"),
        ('max_per_cycle = "18kB"', "pass"),
    ],
)
def test_growth_over_a_series(tmp_path: Path, limit: str, outcome: str) -> None:
    """10 kB per capture, a capture every 2 minutes; given in the wrong order."""
    series = [
        app(1000 + 10 * place + place % 3, created=f"2026-01-02T03:{2 * place:02d}:00Z")
        for place in reversed(range(12))
    ]
    one = only(limit, series, tmp=tmp_path)
    assert one.outcome == outcome
    assert one.number == pytest.approx(5 if "minute" in limit else 10, rel=0.1)


def test_growth_per_minute_needs_times(tmp_path: Path) -> None:
    one = only('max_per_minute = "2kB"', BASE * 3, tmp=tmp_path)
    assert one.outcome is CheckOutcome.UNDECIDED
    assert any("no distinct times" in reason for reason in one.reasons)


def test_pairs_cancel_drift(tmp_path: Path) -> None:
    base = [app(1000 + 100 * place, created=f"2026-01-02T03:{2 * place:02d}:00Z") for place in range(6)]
    new = [app(1010 + 100 * place + place % 2, created=f"2026-01-02T03:{2 * place + 1:02d}:00Z") for place in range(6)]
    rows = 'max_growth = "50kB"'
    assert only(rows, new, base, tmp=tmp_path).outcome is CheckOutcome.UNDECIDED
    assert only(rows, new, base, tmp=tmp_path, paired=True).outcome is CheckOutcome.PASS
    with pytest.raises(UsageError, match="6 against 5"):
        only(rows, new[:5], base, tmp=tmp_path, paired=True)


def test_a_row_that_matches_nothing(tmp_path: Path) -> None:
    rows = 'name = "[anon:nothing]"\nmax = "1MB"\n'
    with pytest.raises(InputError, match=r"budget\.toml:3: row: nothing in these captures matches"):
        only(rows, BASE, tmp=tmp_path)
    verdict = judged(f"[[budget.row]]\n{rows}optional = true\n", BASE, tmp=tmp_path)
    assert [one.outcome for one in verdict.rows] == [CheckOutcome.SKIPPED]
    assert verdict.outcome is CheckOutcome.UNDECIDED, "a check that judged nothing is no pass"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('app = "com.exmple"', ['app = "com.exmple"', f"did you mean {APP}?"]),
        ('process = "com.exmple"', ['process = "com.exmple"', f"did you mean {APP}?"]),
        ('category = "natve"', ['category = "natve"', "did you mean native"]),
        ('category = "native.scuddo"', ["did you mean native.scudo"]),
        ('heap = "Nativ Heap"', ["did you mean Native Heap"]),
        ('name = "[anon:scuda:*]"', ['name = "[anon:scuda:*]"']),
        ('category = "native"\nname = "[stack]"', ["matches; correct"]),
    ],
)
def test_the_selector_that_matches_nothing_is_named(tmp_path: Path, row: str, words: list[str]) -> None:
    made = capture({APP: text(("[anon:scudo:primary]", 100), ("[stack]", 8))})
    with pytest.raises(InputError) as error:
        only(f'{row}\nmax = "1MB"', [made], tmp=tmp_path)
    assert all(word in str(error.value) for word in words), error.value


def test_a_misspelt_counter_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"budget\.toml:4: .*anonswap.*did you mean anon_swap"):
        only('counter = "anonswap"\nmax = "1MB"', BASE, tmp=tmp_path)


def test_a_missing_baseline(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"budget\.toml:4: .*--baseline"):
        only('max_growth = "3%"', BASE, tmp=tmp_path)


def test_counts_and_shares(tmp_path: Path) -> None:
    stacks = tuple((f"[anon:stack_and_tls:{tid}]", 4) for tid in (12, 13))
    made = capture({APP: text(("[anon:scudo:primary]", 100), ("[stack]", 8), *stacks)})
    process = replace(made.processes[0], objects={"Views": 40}, status_kb={"rss_anon_kb": 1 << 20, "vm_swap_kb": 0})
    made = replace(made, processes=(process,))
    rows = {
        'count = "vmas"\nmax = 4': (4, "pass"),
        'count = "vmas"\nname = "[anon:stack_and_tls:*]"\nmax = 1': (2, "fail"),
        'count = "threads"\nmax = 3': (3, "pass"),
        'count = "views"\nmax = 39': (40, "fail"),
        'max_share = "50%"\nstate = "background"\nram = "4GB"': (100, "fail"),
        'max_share = "50%"\nstate = "foreground"\nram = "4GB"': (50, "pass"),
    }
    for row, (number, outcome) in rows.items():
        one = only(row, [made], tmp=tmp_path)
        assert (one.number, one.outcome) == (number, outcome), row


def test_an_upper_bound_can_pass_and_cannot_fail(tmp_path: Path) -> None:
    share = 'max_share = "{}"\nstate = "background"\nram = "4GB"'
    made = capture({APP: entry(Anonymous=1 << 19, Pss=1 << 19)})
    assert only(share.format("60%"), [made], tmp=tmp_path).outcome is CheckOutcome.PASS
    one = only(share.format("40%"), [made], tmp=tmp_path)
    assert (one.outcome, one.number) == (CheckOutcome.UNDECIDED, 50)
    assert "upper bound" in one.reasons[0]


def test_limits_written_with_other_rules(tmp_path: Path) -> None:
    rows = 'taxonomy = "1:abc"\n[[budget.row]]\ncategory = "native"\nmax = "9MB"\n[[budget.row]]\nmax = "9MB"\n'
    verdict = judged(rows, BASE, tmp=tmp_path, taxonomy="2:def")
    assert [one.outcome for one in verdict.rows] == [CheckOutcome.UNDECIDED, CheckOutcome.PASS]
    assert "1:abc" in verdict.rows[0].reasons[0]
    assert judged(rows, BASE, tmp=tmp_path, taxonomy="1:abc").outcome is CheckOutcome.PASS


def test_overall() -> None:
    passed, failed, undecided, skipped = (
        CheckOutcome.PASS,
        CheckOutcome.FAIL,
        CheckOutcome.UNDECIDED,
        CheckOutcome.SKIPPED,
    )
    assert overall([passed, skipped]) is passed
    assert overall([passed, undecided]) is undecided
    assert overall([undecided, failed]) is failed
    assert overall([]) is overall([skipped]) is undecided
    assert [exit_code(one) for one in (passed, failed, undecided)] == [0, 3, 1]
    assert [exit_code(one, allow_undecided=True) for one in (passed, failed, undecided)] == [0, 3, 0]


def test_other_apps_of_a_capture_are_no_difference(tmp_path: Path) -> None:
    """The budget selects its app, so a capture of the whole phone can be judged against one of the app."""
    every = capture({APP: text(("[anon:scudo:primary]", 1000)), "com.other": text(("[anon:scudo:primary]", 9000))})
    verdict = judged('[[budget.row]]\nmax_growth = "9MB"', [every], [replace(app(1000, java=0), app=APP)], tmp=tmp_path)
    assert verdict.warnings == ()
