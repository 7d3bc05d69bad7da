"""Which phones a plan wants, and what they are repeated by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.experiment.conditions import parse_battery_level
from droidanon.lab.phones import PhoneFacts, reason_against
from droidanon.lab.plan import Per, PhoneRules

PHONE = PhoneFacts("28161F", "28161F", "Pixel 9 Pro", 16, 15_700_000)


@pytest.mark.parametrize(
    "rules",
    [
        PhoneRules(),
        PhoneRules(serials=("other", "28161F")),
        PhoneRules(serials=("adb-28161F._adb-tls-connect._tcp",)),
        PhoneRules(models=("pixel 8*", "pixel 9*")),
        PhoneRules(min_android=16, max_android=16, min_ram_kb=12 << 20, max_ram_kb=16 << 20),
    ],
)
def test_wanted(rules: PhoneRules) -> None:
    assert reason_against(PHONE, "adb-28161F._adb-tls-connect._tcp", rules) == ""


@pytest.mark.parametrize(
    "rules",
    [
        PhoneRules(serials=("other",)),
        PhoneRules(models=("Pixel 8*",)),
        PhoneRules(min_android=17),
        PhoneRules(max_android=15),
        PhoneRules(min_ram_kb=16 << 20),
        PhoneRules(max_ram_kb=12 << 20),
    ],
)
def test_left_out(rules: PhoneRules) -> None:
    assert reason_against(PHONE, "28161F", rules)


def test_an_unknown_fact_does_not_pass_its_rule() -> None:
    unknown = replace(PHONE, model="", android=None, ram_kb=None)
    assert reason_against(unknown, "", PhoneRules()) == ""
    for rules in (PhoneRules(models=("*9*",)), PhoneRules(min_android=1), PhoneRules(max_ram_kb=1 << 40)):
        assert reason_against(unknown, "", rules)


def test_groups() -> None:
    assert [PHONE.group(per) for per in Per] == ["28161F", "Pixel-9-Pro", ""]


def test_battery_level() -> None:
    text = "Current Battery Service state:\n  Max charging current: 0\n  status: 2\n  level: 57\n  scale: 100\n  voltage: 4\n"
    assert parse_battery_level(text) == 57
    assert parse_battery_level(text.replace("scale: 100", "scale: 200")) == 28
    assert parse_battery_level("Can't find service: battery\n") is None
    assert parse_battery_level("  level: 5\n  scale: 0\n") is None
