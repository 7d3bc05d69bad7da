"""Google Play's vitals against the thresholds: states, tiers, medians, findings, the lab."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from droidanon.analysis.limits.fleet import Lab, judge_fleet, play_state
from droidanon.analysis.limits.states import PlayState
from droidanon.platform.readers.play_vitals import VitalsDay

GB, KB_PER_GB = 1 << 30, 1 << 20
APP = "com.example.app"


def day(number: int = 0, state: str = "BACKGROUND", **facts: Any) -> VitalsDay:
    usual = VitalsDay(date(2026, 11, 1) + timedelta(number), APP, state, 8192, 120, float(GB), 2.0 * GB, 100)
    return replace(usual, **facts)


@pytest.mark.parametrize(
    ("label", "state"),
    [
        ("FOREGROUND", PlayState.FOREGROUND),
        ("USER_PERCEIVED_SERVICE", PlayState.SERVICE),
        ("foreground_service", PlayState.SERVICE),
        ("Background", PlayState.BACKGROUND),
        ("CACHED", PlayState.CACHED),
        ("OTHER", None),
        ("", None),
    ],
)
def test_states(label: str, state: PlayState | None) -> None:
    assert play_state(label) is state


def test_medians_over_days() -> None:
    days = [day(0, users=5), day(1, p50=3.0 * GB, p90=None, users=7), day(2, p50=GB / 2, p90=4.0 * GB, users=None)]
    (use,) = judge_fleet(days).uses
    assert (use.days, use.users, use.p50_kb, use.p90_kb) == (3, 7, KB_PER_GB, 3 * KB_PER_GB)


def test_thresholds_by_state_and_ram() -> None:
    days = [
        day(state="FOREGROUND"),
        day(state="BACKGROUND"),
        day(state="CACHED"),
        day(state="BACKGROUND", ram_mb=2048),
        day(state="NEW"),
        day(state="FOREGROUND", ram_mb=None),
    ]
    fleet = judge_fleet(days)
    thresholds = {(use.state_label, use.ram_mb): use.play_kb for use in fleet.uses}
    assert thresholds == {
        ("FOREGROUND", 8192): 2.25 * KB_PER_GB,
        ("BACKGROUND", 8192): 1.5 * KB_PER_GB,
        ("CACHED", 8192): None,
        ("BACKGROUND", 2048): None,
        ("NEW", 8192): None,
        ("FOREGROUND", None): None,
    }
    assert (fleet.uses[0].state_label, fleet.uses[0].finding) == ("BACKGROUND", "over")
    assert len(fleet.warnings) == 1
    assert "NEW" in fleet.warnings[0].message
    (game,) = judge_fleet([day()], game=True).uses
    assert (game.play_kb, game.finding) == (2.75 * KB_PER_GB, "")


def test_the_tail() -> None:
    (use,) = judge_fleet([day(p50=GB / 8, p90=float(GB))]).uses
    assert (use.ratio, use.finding) == (8.0, "tail")


def test_numbers_that_can_not_be_bytes() -> None:
    assert len(judge_fleet([day(p50=1000.0, p90=300_000.0)]).warnings) == 1  # kB, perhaps
    assert judge_fleet([day(p50=None, p90=None)]).warnings == ()


def test_the_lab_is_next_to_phones_of_its_tier() -> None:
    lab = Lab({(APP, PlayState.BACKGROUND): 123, ("other", PlayState.CACHED): 5}, 8000 * 1024)
    days = [day(), day(ram_mb=4096), day(ram_mb=9000), day(state="CACHED"), day(process="other")]
    found = {(use.process, use.state, use.ram_mb): use.lab_kb for use in judge_fleet(days, lab=lab).uses}
    assert found == {
        (APP, PlayState.BACKGROUND, 8192): 123,
        (APP, PlayState.BACKGROUND, 9000): 123,
        (APP, PlayState.BACKGROUND, 4096): None,
        (APP, PlayState.CACHED, 8192): None,
        ("other", PlayState.BACKGROUND, 8192): None,
    }
    assert len(judge_fleet([day(state="CACHED")], lab=lab).warnings) == 1
