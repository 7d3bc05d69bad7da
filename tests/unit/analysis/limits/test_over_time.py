"""Percentiles of anon + swap by process and state, and Google Play's rule of the tail."""

from __future__ import annotations

from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.over_time import LimitsOverTime, Readings, limits_over_time
from droidanon.analysis.limits.states import PlayState
from droidanon.columns import Coded
from droidanon.errors import UsageError

GB = 1024 * 1024
FOREGROUND_KB = round(2.25 * GB)
"""Google Play's threshold for an app in the foreground on a phone with 6 GB."""


def readings(*items: tuple[str, str, int], judged: bool = True) -> Readings:
    return Readings(
        Coded.of(item[0] for item in items),
        Coded.of(item[1] for item in items),
        np.array([item[2] for item in items], np.int64),
        np.full(len(items), judged),
    )


def rows(found: LimitsOverTime) -> list[tuple[str, str | None, int]]:
    return [(use.process, use.state, use.readings) for use in found.uses]


def test_each_process_and_state_has_a_row_and_a_process_with_several_states_one_more() -> None:
    found = limits_over_time(
        readings(("a", "background", 10), ("b", "foreground", 900), ("a", "foreground", 20), ("a", "", 30)), 6 * GB
    )
    assert rows(found) == [
        ("b", "foreground", 1),
        ("a", "foreground", 1),
        ("a", "background", 1),
        ("a", "", 1),
        ("a", None, 3),
    ]


def test_percentiles_threshold_and_time_over_it() -> None:
    amounts = [FOREGROUND_KB - 1, FOREGROUND_KB, FOREGROUND_KB + 1, 10, 20]
    (use,) = limits_over_time(readings(*(("a", "foreground", kb) for kb in amounts)), 6 * GB).uses
    assert (use.p50_kb, use.max_kb, use.play_kb) == (FOREGROUND_KB - 1, FOREGROUND_KB + 1, FOREGROUND_KB)
    assert use.share_over == 1 / 5
    assert FOREGROUND_KB <= use.p90_kb <= FOREGROUND_KB + 1


@given(st.lists(st.integers(0, 1 << 31), min_size=1, max_size=40))
def test_half_of_the_readings_are_at_most_p50_and_nine_tenths_at_most_p90(amounts: list[int]) -> None:
    (use,) = limits_over_time(readings(*(("a", "cached", kb) for kb in amounts)), 6 * GB).uses
    assert abs(use.p50_kb - median(amounts)) <= 0.5
    assert use.p50_kb <= use.p90_kb <= use.max_kb == max(amounts)
    assert sum(kb <= use.p90_kb + 1 for kb in amounts) >= 0.9 * (len(amounts) - 1)
    assert (use.play_kb, use.share_over) == (None, None)


@pytest.mark.parametrize(("large", "leak"), [(350, False), (351, True)])
def test_the_rule_of_the_tail_is_above_3_5(large: int, leak: bool) -> None:
    (use,) = limits_over_time(
        readings(*[("a", "foreground", 100)] * 80, *[("a", "foreground", large)] * 20), 6 * GB
    ).uses
    assert (use.p50_kb, use.p90_kb, use.likely_leak) == (100, large, leak)


def test_nothing_is_divided_by_0() -> None:
    (use,) = limits_over_time(readings(("a", "foreground", 0)), 6 * GB).uses
    assert (use.ratio, use.likely_leak) == (None, False)


def test_a_flag_over_few_readings_has_a_warning() -> None:
    found = limits_over_time(readings(*[("a", "foreground", kb) for kb in (1, 1, 100)]), 6 * GB)
    assert [warning.kind for warning in found.warnings] == ["few_readings"]


def test_upper_bounds_count_only_alone() -> None:
    bound, judged = readings(("a", "foreground", 9), judged=False), readings(("a", "foreground", 5))
    alone = limits_over_time(bound, 6 * GB)
    assert (alone.basis, alone.uses[0].max_kb) == (Basis.UPPER_BOUND, 9)
    both = limits_over_time(Readings.concat([bound, judged]), 6 * GB)
    assert (both.basis, both.uses[0].max_kb, both.uses[0].readings) == (Basis.JUDGED, 5, 1)
    assert [warning.kind for warning in (*alone.warnings, *both.warnings)] == ["upper_bound", "upper_bound"]


def test_the_user_can_name_state_and_kind() -> None:
    found = limits_over_time(
        readings(("a", "foreground", 9), ("a", "", 8)), 4 * GB, state=PlayState.BACKGROUND, game=True
    )
    assert rows(found) == [("a", "background", 2)]
    assert found.uses[0].play_kb == 2 * GB


def test_unknown_ram_and_no_readings() -> None:
    unknown = limits_over_time(readings(("a", "foreground", 9)), None)
    assert ([w.kind for w in unknown.warnings], unknown.uses[0].play_kb) == (["ram_unknown"], None)
    large = limits_over_time(readings(("a", "foreground", 9)), 64 * GB)
    assert [warning.kind for warning in large.warnings] == ["no_threshold"]
    with pytest.raises(UsageError):
        limits_over_time(Readings.concat([]), 6 * GB)
