"""The result of an experiment as tables or JSON, with one verdict line at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from statistics import median
from typing import Any

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.experiment.plan import BASE, NEW
from droidanon.experiment.results import CycleGrowth, ExperimentResult, Pilot
from droidanon.report.column import ALWAYS, Column
from droidanon.report.diff_report import SIGNED, shown_numbers
from droidanon.report.families import print_title
from droidanon.report.json import print_json
from droidanon.report.narration import say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.rows import print_rows
from droidanon.report.table import print_line, print_table
from droidanon.report.titles import title
from droidanon.units import format_kb
from droidanon.wording import counted

_LAST = ("verdict", "note")


def print_experiment(result: ExperimentResult, form: OutputFormat) -> None:
    """Print a result; the verdict line is the last line of stdout."""
    if form == "json":
        _print_json(result)
        return
    _print_phones(result)
    if result.pooled is not None:
        print_title(f"{title(result.counter)} by category")
        print_rows(
            result.pooled.rows,
            shown_numbers(result.pooled.rows),
            result.pooled.total,
            signed=SIGNED,
            last=_LAST,
        )
    if result.growth:
        print_title(f"{title(result.counter)}: growth per cycle")
        _print_growth(result.growth)
    say_problems(warnings=result.warnings)
    print_line()
    print_line(verdict_line(result))


def verdict_line(result: ExperimentResult) -> str:
    """The outcome in one line, or the next step if there is none yet."""
    if result.experiment.plan.pilot:
        return _pilot_line(result)
    if result.pooled is None or result.outcome is None:
        return _growth_line(result) if result.growth else _missing_side(result)
    total = result.pooled.total
    name = title(result.counter)
    interval = _interval(total)
    rounds = counted(sum(result.pooled.replicates), "round") + " on " + counted(len(result.phones), "phone")
    change = f"{name} {_signed(total.get('shift_kb'))} ({interval}), {rounds}"
    if result.outcome is CheckOutcome.PASS:
        return f"pass: {change}: less than {result.effect}"
    if result.outcome is CheckOutcome.FAIL:
        return f"fail: {change}: higher on the new side"
    return f"undecided: {change}: {_advice(result)}"


def _advice(result: ExperimentResult) -> str:
    """Why the result is undecided, and the next step."""
    if result.doubts:
        return str(result.doubts[0])
    if result.pooled is None or result.pooled.total.get("low_kb") is None:
        return "too few rounds for a verdict; take at least 4 per side"
    return f"the interval contains 0 and ends above {result.effect}; more rounds are needed (--pilot states how many)"


def _pilot_line(result: ExperimentResult) -> str:
    pilot = result.pilot
    if pilot is None:
        return "pilot: fewer than 2 rounds"
    name = title(result.counter)
    varies = f"{name} varies by {_kb(pilot.deviation_kb)} (standard deviation of {counted(pilot.rounds, 'round')})"
    if pilot.needed is None:
        reason = "it did not vary" if not pilot.deviation_kb else "more than 1,000 rounds"
        return f"pilot: {varies}: rounds for {result.effect} are unknown: {reason}"
    size = f" ({_kb(pilot.effect_kb)})" if result.effect.percent else ""
    return f"pilot: {varies}: {result.effect}{size} needs {pilot.needed} rounds per side"


def _growth_line(result: ExperimentResult) -> str:
    """The growth of the only side over all its rounds."""
    slopes = [one.slope_kb for one in result.growth if one.slope_kb is not None]
    rounds = len(result.growth)
    grows = sum(one.verdict == "grows" for one in result.growth)
    if rounds == 1:
        (only,) = result.growth
        interval = _interval({"low_kb": only.low_kb, "high_kb": only.high_kb})
        return f"growth: {title(result.counter)} {_signed(only.slope_kb)} per cycle ({interval}): {_grows(grows)}"
    middle = _signed(median(slopes)) if slopes else "unknown"
    return f"growth: {title(result.counter)} {middle} per cycle (median of {rounds} rounds): {grows} of {rounds} grow"


def _grows(count: int) -> str:
    return "it grows" if count else "no growth shown"


def _missing_side(result: ExperimentResult) -> str:
    sides = {side for one in result.phones for side, count in ((BASE, one.base), (NEW, one.new)) if count}
    if not sides:
        return "no round is complete yet"
    (other,) = {BASE, NEW} - sides or {NEW}
    option = "--apk-b B.apk or --setup-b COMMAND" if other == NEW else "--apk-a A.apk or --setup-a COMMAND"
    return (
        f"the {other} side has no round yet: "
        f"droidanon ab --resume {result.experiment.folder} --side {other} with {option}"
    )


def _print_phones(result: ExperimentResult) -> None:
    phones = result.phones
    columns = [
        Column("phone", [one.phone for one in phones], key="phone", priority=ALWAYS),
        Column("model", [one.model for one in phones], key="model", priority=5),
        _right("rounds", [f"{one.base} + {one.new}" for one in phones]),
    ]
    columns += [
        _right(heading, [_plain(one.total.get(name), signed=name in SIGNED) for one in phones])
        for heading, name in (
            ("base", "base_kb"),
            ("new", "new_kb"),
            ("shift", "shift_kb"),
            ("low", "low_kb"),
            ("high", "high_kb"),
        )
    ]
    print_line(f"{title(result.counter)} of {result.experiment.plan.app} (kB)")
    print_table(columns)


def _print_growth(growth: tuple[CycleGrowth, ...]) -> None:
    columns = [
        Column("phone", [one.phone for one in growth], key="phone"),
        Column("side", [one.side for one in growth], key="side", priority=ALWAYS),
        _right("round", [str(one.round) for one in growth]),
        _right("cycles", [str(one.cycles) for one in growth]),
        _right("kB per cycle", [_plain(one.slope_kb, signed=True) for one in growth]),
        _right("low", [_plain(one.low_kb, signed=True) for one in growth]),
        _right("high", [_plain(one.high_kb, signed=True) for one in growth]),
        Column("verdict", [one.verdict for one in growth], key="verdict", priority=ALWAYS),
    ]
    print_table(columns)


def _print_json(result: ExperimentResult) -> None:
    numbers = dict(_no_total(), **(result.pooled.total if result.pooled is not None else {}))
    experiment, pooled = result.experiment, result.pooled
    rows = [
        {"phone": one.phone, "model": one.model, "rounds": [one.base, one.new], **_no_total(), **one.total}
        for one in result.phones
    ]
    print_json(
        rows,
        totals=numbers,
        warnings=result.warnings,
        source=str(experiment.folder),
        app=experiment.plan.app,
        counter=result.counter,
        effect=str(result.effect),
        outcome=None if result.outcome is None else str(result.outcome),
        verdict_line=verdict_line(result),
        replicates=list(pooled.replicates) if pooled is not None else [0, 0],
        headline=pooled.headline.records() if pooled is not None else [],
        categories=pooled.rows.records() if pooled is not None else [],
        growth=[asdict(one) for one in result.growth],
        pilot=_pilot_record(result.pilot),
    )


def _no_total() -> dict[str, Any]:
    return dict.fromkeys(("base_kb", "new_kb", "delta_kb", "shift_kb", "low_kb", "high_kb", "p_value"))


def _pilot_record(pilot: Pilot | None) -> dict[str, Any] | None:
    return None if pilot is None else asdict(pilot)


def _interval(total: Mapping[str, Any]) -> str:
    low, high = total.get("low_kb"), total.get("high_kb")
    if low is None or high is None:
        return "interval unknown"
    return f"95 % interval {_signed(low)} to {_signed(high)}"


def _signed(value: Any) -> str:
    return "unknown" if value is None else f"{round(value):+,} kB" if round(value) else "0 kB"


def _kb(value: float) -> str:
    return f"{round(value):,} kB"


def _plain(value: Any, *, signed: bool = False) -> str:
    return "-" if value is None else format_kb(round(value), signed=signed)


def _right(heading: str, cells: list[str]) -> Column:
    return Column(heading, cells, key=heading, align="right", priority=ALWAYS, cut="never")
