"""Trends over a series of captures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from droidanon.analysis.trend import Trend, trend
from droidanon.analysis.view import View
from droidanon.errors import UsageError
from droidanon.model import Capture
from tests.builders import capture, entry, text
from tests.messages import numbers
from tests.unit.analysis.stats.test_growth_test import LEAK


def series(count: int, *, leak: int = 0, step: int = 0, every_s: int = 30) -> list[Capture]:
    draw = np.random.default_rng(31)
    found = []
    for place in range(count):
        noise = draw.normal(0, 10, 3)
        later = step if place >= count // 2 else 0
        parts = text(
            ("[anon:scudo:primary]", int(8000 + leak * place + noise[0])),
            ("[anon:scudo:secondary]", int(3000 + later + noise[1])),
            ("[anon:dalvik-main space]", int(9000 + noise[2])),
        )
        seconds = place * every_s
        made = f"2026-01-02T{3 + seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z"
        found.append(replace(capture({"com.example.app": parts}), created=made))
    return found


def followed(captures: list[Capture], **options: object) -> Trend:
    return trend(map(View, captures), **options)  # type: ignore[arg-type]


def verdicts(growth: Trend, key: str) -> dict[str, str]:
    return dict(zip(map(str, growth.rows.keys[key]), map(str, growth.rows.keys["verdict"]), strict=True))


def test_growth_is_told_a_minute() -> None:
    growth = followed(series(24, leak=20), by=("category",))
    assert growth.per == "minute"
    assert growth.when[:3] == (0.0, 0.5, 1.0)
    assert verdicts(growth, "category") == {
        "native.scudo.primary": "grows",
        "native.scudo.secondary": "~",
        "java.heap.main-space": "~",
    }
    row = growth.rows.records()[0]
    assert float(str(row["slope_kb"])) == pytest.approx(40, abs=2)
    assert float(str(row["low_kb"])) < 40 < float(str(row["high_kb"]))
    assert (growth.total["verdict"], growth.headline.keys["verdict"][1]) == ("grows", "grows")
    assert growth.rows.keys["category"][0] == "native.scudo.primary"
    java = next(row for row in growth.rows.records() if row["category"] == "java.heap.main-space")
    assert java["p_value"] == 1.0
    names = followed(series(24, leak=20), by=("name",))
    java = next(row for row in names.rows.records() if row["name"] == "[anon:dalvik-main space]")
    assert java["p_value"] is None  # its category did not move


def test_growth_a_capture_and_by_name() -> None:
    growth = followed(series(24, leak=-20), by=("name",), per="capture")
    assert growth.per == "capture"
    assert verdicts(growth, "name")["[anon:scudo:primary]"] == "shrinks"
    assert float(str(growth.rows.records()[0]["slope_kb"])) == pytest.approx(-20, abs=1)


def test_captures_are_put_in_the_order_of_their_times() -> None:
    one, two = followed(series(12, leak=50)), followed(series(12, leak=50)[::-1])
    assert one.rows.records() == two.rows.records()
    same = [replace(taken, created="2026-01-02T03:04:05Z") for taken in series(12, leak=50)]
    assert followed(same).per == "capture"
    with pytest.raises(UsageError, match="--per capture"):
        followed(same, per="minute")


def test_a_step_is_told_and_opens_what_is_in_it() -> None:
    growth = followed(series(30, step=2000), by=("category",))
    steps = dict(zip(growth.rows.keys["category"], growth.steps, strict=True))
    (step,) = steps["native.scudo.secondary"]
    assert step.at == 15
    assert step.change_kb == pytest.approx(2000, abs=100)
    assert steps["java.heap.main-space"] == ()
    place = list(growth.rows.keys["category"]).index("native.scudo.secondary")
    assert growth.values[place, 0] == growth.rows.number("first_kb", place)


def test_few_captures_have_a_slope_and_no_verdict() -> None:
    growth = followed(series(5, leak=500))
    assert 900 < float(str(growth.rows.records()[0]["slope_kb"])) < 1100
    assert set(growth.rows.keys["verdict"]) == {"~"}
    assert growth.warnings[0].where == "series"
    with pytest.raises(UsageError, match=r"3.*2"):
        followed(series(2))


def test_a_counter_that_a_capture_does_not_print_is_missing() -> None:
    printed = entry("[anon:scudo:primary]", Pss=100, Swap=8)
    silent = capture({"com.example.app": printed.replace("Swap:                  8 kB\n", "")})
    growth = followed([capture({"com.example.app": printed})] * 9 + [silent], by=("category",), counter="swap_kb")
    (row,) = growth.rows.records()
    assert (row["first_kb"], row["last_kb"], row["slope_kb"], row["verdict"]) == (8, None, None, "~")


def test_what_changed_on_the_way_is_said() -> None:
    captures = series(9)
    other = replace(captures[4].processes[0], pid=999)
    captures[4:] = [replace(taken, processes=(other,)) for taken in captures[4:]]
    captures[8] = replace(captures[8], device={"build": "2"})
    captures[7] = replace(captures[7], device={"build": "1"})
    found = {warning.where: warning.message for warning in followed(captures).warnings}
    assert numbers(found["com.example.app"]) == [5]
    assert numbers(found["build"]) == [1, 2]


def test_a_leak_in_steps_of_any_size_grows() -> None:
    captures = series(16)
    for place, kb in enumerate(LEAK):
        parts = text(("[anon:scudo:primary]", kb), ("[anon:dalvik-main space]", 9000 + place % 3))
        captures[place] = replace(capture({"com.example.app": parts}), created=captures[place].created)
    growth = followed(captures, by=("category",))
    row = growth.rows.records()[0]
    assert (row["category"], row["verdict"], row["captures_needed"]) == ("native.scudo.primary", "grows", None)
    assert 0 < float(str(row["low_kb"])) < float(str(row["slope_kb"])) < float(str(row["high_kb"]))
    assert growth.together == 4
    heads = {str(head["counter"]): head for head in growth.headline.records()}
    assert heads["total_pss_kb"]["p_value"] == growth.total["p_value"]
    assert growth.total["verdict"] == "grows"


def test_a_row_that_can_not_be_told_says_how_many_captures_it_takes() -> None:
    growth = followed(series(10, leak=4), by=("category",))
    needed = {str(row["category"]): row["captures_needed"] for row in growth.rows.records()}
    assert growth.rows.keys["verdict"][0] == "~"
    assert 10 < int(str(needed["native.scudo.primary"])) <= 60
    assert followed(series(5, leak=4), by=("category",)).rows.records()[0]["captures_needed"] is None


def test_a_row_that_only_correction_hides_has_a_note() -> None:
    """A weak leak between four categories of noise."""
    draw = np.random.default_rng(2)
    names = ("[anon:scudo:primary]", "[anon:dalvik-main space]", "[anon:v8]", "/system/lib64/libc.so", "[stack]")
    captures = []
    for place in range(24):
        sizes = [int(5000 + (place if not number else 0) + draw.normal(0, 10)) for number in range(len(names))]
        made = capture({"com.example.app": text(*zip(names, sizes, strict=True))})
        captures.append(replace(made, created=f"2026-01-02T03:{place:02d}:00Z"))
    rows = followed(captures, by=("category",)).rows.records()
    noted = [row for row in rows if row["note"]]
    assert [row["category"] for row in noted] == ["native.scudo.primary"]
    assert (noted[0]["verdict"], float(str(noted[0]["low_kb"])) > 0, float(str(noted[0]["p_value"])) > 0.05) == (
        "~",
        True,
        True,
    )
    for row in rows:
        excluded = float(str(row["low_kb"])) > 0 or float(str(row["high_kb"])) < 0
        assert bool(row["note"]) == (excluded and row["verdict"] == "~")
