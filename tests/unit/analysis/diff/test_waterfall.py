"""From base to new in steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.diff.comparison import diff
from droidanon.analysis.diff.waterfall import OTHERS, WaterfallStep, waterfall
from droidanon.analysis.view import View
from droidanon.report.waterfall import format_waterfall
from tests.builders import capture, text
from tests.unit.analysis.diff.test_replicates import compared, side

BASE = capture({"c.a": text(("[anon:scudo:primary]", 100), ("[anon:dalvik-main space]", 50), ("[anon:v8]", 10))})
NEW = capture(
    {"c.a": text(("[anon:scudo:primary]", 180), ("[anon:dalvik-main space]", 20), ("[heap]", 4), ("[anon:v8]", 11))}
)


def test_the_steps_lead_from_base_to_new() -> None:
    change = diff(View(BASE), View(NEW), by=("category",))
    steps = waterfall(change, change.rows, most=2)
    assert steps is not None
    assert (steps.base_kb, steps.new_kb) == (160, 215)
    assert steps.steps == (
        WaterfallStep("native.scudo.primary", 80),
        WaterfallStep("java.heap.main-space", -30),
        WaterfallStep(OTHERS, 5),
    )
    cut = waterfall(change, change.rows.take(change.rows.numbers["delta_kb"] > 50))
    assert cut is not None
    assert cut.steps == (WaterfallStep("native.scudo.primary", 80), WaterfallStep(OTHERS, -25))


def test_means_of_replicates_lead_from_base_to_new() -> None:
    change = compared(side(6, seed=1), side(6, seed=2, native=400), by=("category",))
    steps = waterfall(change, change.rows)
    assert steps is not None
    assert steps.steps[0].verdict == "higher"
    assert steps.base_kb + sum(fall.delta_kb for fall in steps.steps) == pytest.approx(steps.new_kb)
    assert OTHERS not in {fall.label for fall in steps.steps}
    unknown = replace(change, total={**change.total, "base_kb": None})
    assert waterfall(unknown, change.rows) is None


def test_bars() -> None:
    change = diff(View(BASE), View(NEW), by=("category",))
    steps = waterfall(change, change.rows, most=2)
    assert steps is not None
    assert format_waterfall(steps, 60) == (
        "base                  160  ██████████\n"
        "native.scudo.primary  +80            ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓\n"
        "java.heap.main-space  -30                        ░░░░░░░\n"
        "(others)               +5                        ▓\n"
        "new                   215  ███████████████████████\n"
        "bars begin at 120 kB\n"
    )
    nothing = waterfall(
        diff(View(BASE), View(BASE), by=("category",)), change.rows.take(change.rows.numbers["delta_kb"] > 999)
    )
    assert nothing is not None
    assert format_waterfall(nothing, 60).splitlines()[0].startswith("base  160")
