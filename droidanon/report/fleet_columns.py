"""The columns of answers about datasets: titles, order, and formatting of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from droidanon.report.column import ALWAYS
from droidanon.units import format_kb

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column: its title, and a function from a row to the text of its cell."""

    key: str
    title: str
    text: Callable[[Row], str]
    align: Literal["left", "right"] = "right"
    priority: int = 50
    cut: Literal["middle", "start", "never"] = "never"


TITLES = {
    "percentiles": "Percentiles of {counter}",
    "compare": "Change of {counter}: {base} to {new}",
    "steps": "Steps of {counter} over builds",
    "new-names": "New names by {counter}",
    "outliers": "Phones that differ from comparable phones in {counter}",
    "limits": "Processes against Google Play's thresholds for anon + swap",
}


def _text(key: str, title: str = "", priority: int = 50) -> AnswerColumn:
    def cell(row: Row) -> str:
        return "-" if row[key] is None else str(row[key])

    return AnswerColumn(key, title or key.replace("_", " "), cell, "left", priority, "middle")


def _kb(key: str, title: str, priority: int = 50) -> AnswerColumn:
    return AnswerColumn(key, title, lambda row: format_kb(row[key]), priority=priority)


def _count(key: str, title: str = "", priority: int = 40) -> AnswerColumn:
    return AnswerColumn(key, title or key.replace("_", " "), lambda row: f"{row[key]:,}", priority=priority)


def _signed(key: str, title: str, priority: int = 50) -> AnswerColumn:
    return AnswerColumn(key, title, lambda row: format_kb(row[key], signed=True), priority=priority)


def _interval(low: str, high: str, title: str, priority: int = 30, *, signed: bool = False) -> AnswerColumn:
    one = _signed if signed else _kb

    def cell(row: Row) -> str:
        ends = [one(key, "").text(row) for key in (low, high)]
        return "-" if ends == ["-", "-"] else " to ".join(ends)

    return AnswerColumn(low, title, cell, priority=priority)


def _number(key: str, title: str, form: str, priority: int = 50) -> AnswerColumn:
    def cell(row: Row) -> str:
        return "-" if row[key] is None else format(row[key], form)

    return AnswerColumn(key, title, cell, priority=priority)


def _percent_interval(row: Row) -> str:
    ends = [row["over_low_percent"], row["over_high_percent"]]
    return "-" if None in ends else f"{ends[0]:.1f} to {ends[1]:.1f} %"


def _base_and_new(name: str, priority: int) -> AnswerColumn:
    def cell(row: Row) -> str:
        return f"{row[f'base_{name}']:,} / {row[f'new_{name}']:,}"

    return AnswerColumn(name, name, cell, priority=priority)


def _percentiles(columns: Sequence[str]) -> list[AnswerColumn]:
    """The columns of an answer with the requested keys and percentiles."""
    keys = columns[: columns.index("devices")]
    found = [_text(key, "" if key != "device_id" else "device id", ALWAYS) for key in keys]
    found += [_count("devices", priority=45), _count("captures"), _count("unknown", priority=10)]
    for name in (one.removesuffix("_low_kb") for one in columns if one.endswith("_low_kb")):
        title = name.upper().replace("_", ".")
        found += [_kb(f"{name}_kb", title, ALWAYS), _interval(f"{name}_low_kb", f"{name}_high_kb", f"{title} 95 %")]
    return found


SHOWN: Mapping[str, Sequence[AnswerColumn] | Callable[[Sequence[str]], Sequence[AnswerColumn]]] = {
    "percentiles": _percentiles,
    "compare": (
        _text("app", priority=60),
        _text("device", priority=ALWAYS),
        _text("ram_tier", "RAM", 55),
        _text("category", priority=90),
        _base_and_new("devices", 50),
        _base_and_new("captures", 20),
        _kb("base_kb", "base", 80),
        _kb("new_kb", "new", 80),
        _signed("delta_kb", "delta", ALWAYS),
        _interval("low_kb", "high_kb", "95 %", 70, signed=True),
        _text("unit", "by", 15),
        _number("p_value", "p", ".3f", 30),
        _text("verdict", priority=ALWAYS),
        _kb("base_p90_kb", "base P90", 25),
        _kb("new_p90_kb", "new P90", 25),
    ),
    "steps": (
        _text("app", priority=60),
        _text("category", priority=ALWAYS),
        _text("build", priority=ALWAYS),
        _text("previous_build", "after build", 40),
        _signed("change_kb", "step", ALWAYS),
        _kb("before_kb", "before", 70),
        _kb("after_kb", "from then on", 70),
        _count("devices"),
        _count("captures", priority=20),
    ),
    "new-names": (
        _text("app", priority=60),
        _text("category", priority=50),
        _text("name", priority=ALWAYS),
        _kb("mean_kb", "mean", ALWAYS),
        _count("captures", priority=70),
        _count("of_captures", "of captures", 35),
        _count("devices", priority=65),
        _text("first_day", "first day", 45),
        _text("first_build", "first build", 55),
    ),
    "outliers": (
        _text("app", priority=60),
        _text("device_id", "device id", ALWAYS),
        _text("device", priority=80),
        _text("ram_tier", "RAM", 30),
        _count("captures", priority=25),
        _count("peers", priority=20),
        _kb("kb", "kB", ALWAYS),
        _kb("peers_kb", "peers", 90),
        _number("score", "score", "+.1f", 70),
        _text("cause_category", "most in", 95),
        _kb("cause_kb", "kB there", 75),
        _kb("cause_peers_kb", "peers there", 65),
    ),
    "limits": (
        _text("app", priority=20),
        _text("process", priority=ALWAYS),
        _text("tier", "RAM", 85),
        _text("state", priority=95),
        _count("devices"),
        _count("processes", priority=45),
        _kb("p50_kb", "P50", 60),
        _kb("p90_kb", "P90", 90),
        _kb("play_threshold_kb", "Play threshold", 70),
        _number("p90_percent", "P90 of it %", ".1f", 65),
        _number("over_percent", "over %", ".2f", ALWAYS),
        AnswerColumn("over_low_percent", "95 %", _percent_interval, priority=30),
        _text("basis", "used from", 15),
        AnswerColumn("finding", "finding", lambda row: f"! {row['finding']}" if row["finding"] else "", "left", 97),
    ),
}
"""The columns of each question; those of low priority are left out first on a narrow terminal."""
