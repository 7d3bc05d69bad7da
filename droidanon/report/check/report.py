"""The content and phrases shared by all output formats of a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from droidanon.analysis.budgets.model import LimitKind
from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.budgets.verdict import BudgetVerdict, RowVerdict
from droidanon.analysis.capture_facts import CaptureFacts
from droidanon.model import Problem
from droidanon.taxonomy.rules import RuleSet
from droidanon.wording import counted, listed

_MOST_LISTED = 3


@dataclass(frozen=True, slots=True, eq=False)
class CheckReport:
    """A verdict with the names of its sources, and what the captures reported."""

    verdict: BudgetVerdict
    new: str
    base: str | None
    rules: RuleSet
    problems: Sequence[Problem] = ()
    notes: Sequence[Problem] = ()
    allow_undecided: bool = False

    @property
    def app(self) -> str:
        """The app that all rows select, else the app of all captures; empty if there are several."""
        if (only := self.verdict.budget.only_app) is not None:
            return only
        apps = {facts.app for facts in self.verdict.new}
        return apps.pop() if len(apps) == 1 else ""

    @property
    def joint(self) -> str:
        """An explanation of the intervals; empty if there are none."""
        count = self.verdict.together
        if not count:
            return ""
        rows = "The interval of this row contains" if count == 1 else f"The intervals of these {count} rows contain"
        each = "" if count == 1 else " (all of them at once)"
        return f"{rows} the true value{'' if count == 1 else 's'} in 95 of 100 checks{each}."


def reasons_of(one: RowVerdict) -> str:
    """The reasons for a row's outcome in one string."""
    return "; ".join(one.reasons)


def basis_of(one: RowVerdict) -> str:
    """The basis of a row's judgement: `interval of 6 against 6 captures`, `value of 1 capture`."""
    captures = counted(len(one.values), "capture")
    if one.base_count:
        captures = f"{one.base_count} against {captures}"
    if one.judged_by == "interval":
        return f"interval of {captures}" if has_interval(one) else captures
    return {"value": f"value of {captures}", "highest": f"highest of {captures}"}.get(one.judged_by, "")


def _basis_phrase(one: RowVerdict) -> str:
    """The same as part of a sentence: `, by the value of 1 capture`, `, of 1 against 1 capture`."""
    basis = basis_of(one)
    if not basis:
        return ""
    is_unjudged = one.judged_by == "interval" and not has_interval(one)
    return f", of {basis}" if is_unjudged else f", by the {basis}"


def has_interval(one: RowVerdict) -> bool:
    """Whether a row was judged by a known interval."""
    return one.judged_by == "interval" and one.low is not None and one.high is not None


def interval_of(one: RowVerdict) -> str:
    """`+120 to +480`; empty if there is no interval."""
    if not has_interval(one):
        return ""
    signed = is_change(one)
    return f"{amount(one.low, one, signed=signed)} to {amount(one.high, one, signed=signed)}"


def value_of(one: RowVerdict) -> str:
    """The number of a row; growth also in percent of the base."""
    text = amount(one.number, one, signed=is_change(one))
    if one.row.kind is not LimitKind.GROWTH or not one.base or one.number is None:
        return text
    return f"{text} ({100.0 * one.number / one.base:+.1f} %)"


def limit_of(one: RowVerdict) -> str:
    """The limit of a row; one in percent of the base is shown in both units."""
    text = amount(one.limit, one, signed=is_change(one))
    return f"{text} (+{one.row.limit})" if one.row.kind is LimitKind.GROWTH and one.row.limit.percent else text


def amount(value: float | None, one: RowVerdict, *, signed: bool = False) -> str:
    """A number of a row, without its unit; `-` if it is unknown."""
    if value is None:
        return "-"
    digits = 1 if one.row.unit == "%" or (one.row.per and abs(value) < 100) else 0
    rounded = round(value, digits) + 0.0
    return f"{rounded:+,.{digits}f}" if signed and rounded else f"{rounded:,.{digits}f}"


def unit_of(one: RowVerdict) -> str:
    """The unit of a row's numbers: `kB`, `kB per minute`, `VMAs`, `% of its limit`."""
    row = one.row
    unit = row.unit or (row.count or "").replace("vmas", "VMAs")
    return f"{unit} per {row.per}" if row.per else unit


def is_change(one: RowVerdict) -> bool:
    """Whether the number of a row is a change, which is shown with its sign."""
    return one.row.kind in (LimitKind.GROWTH, LimitKind.PER_MINUTE, LimitKind.PER_CYCLE)


def sentence(one: RowVerdict) -> str:
    """A row in a sentence: its number, interval and limit, and the reasons of its outcome."""
    if one.outcome is CheckOutcome.SKIPPED:
        return reasons_of(one)
    interval = interval_of(one)
    number = f"{value_of(one)}{f', interval {interval},' if interval else ''} {unit_of(one)}".rstrip()
    text = f"{number}, limit {limit_of(one)}{_basis_phrase(one)}"
    return f"{text}; {reasons_of(one)}" if one.reasons else text


def builds_of(side: Sequence[CaptureFacts], app: str) -> str:
    """The builds of a side: its `build` label, else the versions of the app."""
    labels = {facts.labels["build"] for facts in side if "build" in facts.labels}
    versions = {
        process.version_name
        for facts in side
        for process in facts.processes
        if process.version_name and app in ("", process.app)
    }
    return listed(sorted(labels or versions), _MOST_LISTED) if labels or app else ""


def devices_of(sides: Sequence[CaptureFacts]) -> str:
    """The phones of some captures: model and Android release."""
    names = {
        " ".join(filter(None, (str(facts.device.get("model", "")), _release(facts)))) for facts in sides if facts.device
    }
    return listed(sorted(filter(None, names)), _MOST_LISTED)


def _release(facts: CaptureFacts) -> str:
    release = facts.device.get("android")
    return f"(Android {release})" if release else ""
