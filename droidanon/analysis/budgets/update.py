"""Updates the limits in a budget file from captures. Preserves comments and order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Any

from droidanon.analysis.budgets.file import ROW, TABLE
from droidanon.analysis.budgets.measure import Measured
from droidanon.analysis.budgets.model import Budget, BudgetRow, LimitKind
from droidanon.analysis.budgets.unmatched import check_counter, matches_nothing
from droidanon.analysis.stats.power import Effect
from droidanon.errors import InputError, UsageError
from droidanon.wording import counted

DEFAULT_HEADROOM = "10%"
_DIGITS = 3
_DECIMALS = 6
"""Numbers are first rounded to this many decimals, so that 100 kB plus 10 % is 110 kB, not 111."""
_UNITS = (("GB", 1 << 20), ("MB", 1 << 10))
_MOST_HEADROOM = 10_000
_UPDATED = (LimitKind.MAX, LimitKind.SHARE)
"""Limits of growth are statements of intent: no capture makes them."""


def parse_headroom(text: str | None) -> float:
    """Parse the headroom of a limit, such as `10%`. Raises UsageError for any other form."""
    effect = Effect.parse(text or DEFAULT_HEADROOM)
    if not effect.percent or effect.amount > _MOST_HEADROOM:
        raise UsageError(f"headroom {text}: write it like 10%, at most {_MOST_HEADROOM:,}%")
    return effect.amount / 100.0


def updated_budget(
    budget: Budget, captures: Sequence[Measured], headroom: float, taxonomy: str
) -> tuple[str, list[str]]:
    """The text of the file with new limits, and one line per row that reports the change.

    A limit is the highest value of the captures plus the headroom, rounded up to 3 digits. Rows that limit growth, and
    rows with an unknown value, keep their limits.

    Raises:
        InputError: a row without a limit has no known value; a row that is not optional matches nothing.
    """
    import tomlkit  # only --update needs it

    document = tomlkit.parse(budget.path.read_text("utf-8"))
    table: Any = document[TABLE]
    lines = []
    for place, row in enumerate(budget.rows):
        check_counter(row, [one.facts.counters for one in captures])
        entry = table["row"][place]
        values = [one.rows[place].amount.number for one in captures]
        if row.kind not in _UPDATED or any(map(math.isnan, values)) or not values:
            lines.append(_kept(row, entry, known=row.kind not in _UPDATED))
            continue
        if not row.optional and not any(one.rows[place].matched for one in captures):
            raise matches_nothing(row, (one.rows[place].nothing for one in captures))
        limit = round(max(values) * (1.0 + headroom), _DECIMALS)
        entry[str(row.kind)] = _written(row, limit)
        highest = "the value" if len(values) == 1 else f"the highest of {counted(len(values), 'capture')}"
        lines.append(f"{row.title}: {row.kind} = {entry[str(row.kind)]!s}, {highest} plus {headroom:.0%}")
    table["taxonomy"] = taxonomy
    table["headroom"] = f"{100 * headroom:g}%"
    return tomlkit.dumps(document), lines


def _kept(row: BudgetRow, entry: Any, *, known: bool) -> str:
    if str(row.kind) not in entry:
        raise InputError(f"{row.place.at()}: the value is unknown in these captures, and the {ROW} has no limit yet")
    return f"{row.title}: kept" if known else f"{row.title}: kept, as the value is unknown in these captures"


def _written(row: BudgetRow, limit: float) -> str | int:
    """A limit formatted as in a hand-written file."""
    if row.unit == "%":
        return f"{_rounded_up(limit)}%"
    if not row.unit:
        return math.ceil(limit)
    for unit, kb in _UNITS:
        if limit >= 10 * kb:
            return f"{_rounded_up(limit / kb)}{unit}"
    return f"{math.ceil(limit)}kB"


def _rounded_up(number: float) -> str:
    """A number rounded up to 3 significant digits."""
    exact = Decimal(repr(number))
    rounded = exact.quantize(Decimal(1).scaleb(exact.adjusted() + 1 - _DIGITS), ROUND_CEILING)
    return f"{rounded.normalize():f}"
