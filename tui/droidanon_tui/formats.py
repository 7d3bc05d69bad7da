"""Formats numbers for the TUI: amounts in kB or MiB, percentages and counts; and titles of counters."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from droidanon.report.titles import title
from droidanon.units import format_kb, format_mib

Number = int | float | None


def counter_title(counter: str) -> str:
    """A counter's title in a narrow column."""
    return title(counter, short=True)


@cache
def unit_shape(unit: str, *, signed: bool = False) -> Callable[[Number], str]:
    """How numbers of kB are written in a unit."""
    form = format_mib if unit == "MiB" else format_kb
    return lambda number: minus(form(None if number is None else int(number), signed=signed))


def minus(text: str) -> str:
    """The sign as long as a plus."""
    return text.replace("-", "−") if text != "-" else text


def format_percent(number: Number) -> str:
    """A signed percentage with one decimal."""
    if number is None:
        return "-"
    if not number:
        return "0.0 %"
    return f"{minus(f'{number:+,.1f}')} %" if abs(number) < 100_000 else ">99,999 %"


def format_count(number: Number) -> str:
    return "-" if number is None else f"{int(number):,}"
