"""The result of testing a change: a few characters for a column, a sentence for the details."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon.units import format_kb, format_mib
from droidanon_tui.formats import minus

if TYPE_CHECKING:
    from droidanon.analysis.view import View

SURE = "sure"
"""The key of the column."""
NO_DIFFERENCE = "~"
_ARROWS = {"higher": "▲", "lower": "▼"}


@dataclass(frozen=True, slots=True)
class Significance:
    """The test of one row, in kB; None if unknown."""

    verdict: str
    p_value: float | None
    low_kb: float | None
    high_kb: float | None
    detectable_kb: float | None

    @property
    def is_shown(self) -> bool:
        """Whether the test confirms a difference."""
        return self.p_value is not None and self.verdict in _ARROWS

    @property
    def short(self) -> str:
        """`▲ p 0.008`, `~`, or '' if it was not tested."""
        if self.p_value is None:
            return ""
        return f"{_ARROWS[self.verdict]} p {self.p_value:.3f}" if self.is_shown else NO_DIFFERENCE

    def sentence(self, unit: str) -> str:
        """The verdict and the interval; without a difference, the smallest one that the test would have shown."""
        form = format_mib if unit == "MiB" else format_kb
        if self.p_value is None:
            return "not tested: too few captures per side"
        facts = [f"{self.verdict if self.is_shown else 'no difference shown'} (p {self.p_value:.3f})"]
        if self.detectable_kb and not self.is_shown:
            facts.append(f"could have shown {form(round(self.detectable_kb))} {unit} or more")
        if self.low_kb is not None and self.high_kb is not None:
            low, high = (minus(form(round(kb), signed=True)) for kb in (self.low_kb, self.high_kb))
            facts.append(f"95 % interval {low} to {high} {unit}")
        return " · ".join(facts)


Significances = Mapping[tuple[str, ...], Significance]
"""By path of words: (category,), (heap,), or (app, category) of an app alone."""


def judge(base: Sequence[View], new: Sequence[View], counter: str) -> Significances:
    """The rows that are always tested: top categories and heaps, over everything and app by app."""
    from droidanon.analysis.diff.comparison import diff

    found: dict[tuple[str, ...], Significance] = {}
    for by in (("category",), ("heap",), ("app", "category"), ("app", "heap")):
        change = diff(base, new, by=by, counter=counter, depth=1, all_rows=True)
        for record in change.rows.records():
            found[tuple(str(record[key]) for key in by)] = _significance(record)
    return found


def _significance(record: Mapping[str, str | int | float | None]) -> Significance:
    def number(name: str) -> float | None:
        value = record.get(name)
        return None if value is None or isinstance(value, str) else float(value)

    return Significance(
        str(record.get("verdict") or ""),
        number("p_value"),
        number("low_kb"),
        number("high_kb"),
        number("detectable_kb"),
    )
