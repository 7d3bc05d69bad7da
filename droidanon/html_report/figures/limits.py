"""The rows of a budget as bars, in percent of their limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.html_report.figures.parts import (
    BAR,
    LESS,
    MORE,
    TEXT,
    FigureDict,
    rows_layout,
    shown,
)

_COLORS = {CheckOutcome.PASS: LESS, CheckOutcome.FAIL: MORE}
_LEAST, _MOST = 50.0, 250.0
"""The percentages drawn below and above 0; longer bars are clipped, and their labels have the number."""


def drawable(rows: Sequence[RowVerdict]) -> list[RowVerdict]:
    """The rows with a known number and a limit above 0."""
    return [one for one in rows if one.number is not None and one.limit is not None and one.limit > 0]


def limits_figure(rows: Sequence[RowVerdict], sentences: Sequence[str]) -> FigureDict:
    """A bar per row: its number in percent of its limit, with its interval. `sentences` appear on hover."""
    values = [_percent(one.number, one) for one in rows]
    highs, lows = ([abs(_percent(end, one) - _percent(one.number, one)) for end, one in ends] for ends in _ends(rows))
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": list(range(len(rows))),
        "customdata": [shown(sentence, 200) for sentence in sentences],
        "hovertemplate": "%{customdata}<extra></extra>",
        "width": 0.6,
        "marker": {"color": [_COLORS.get(one.outcome, BAR) for one in rows]},
        "error_x": {"type": "data", "symmetric": False, "array": highs, "arrayminus": lows, "color": TEXT},
    }
    line = {"color": TEXT, "width": 2}
    layout = rows_layout(
        [
            f"{shown(one.row.title)}: {one.outcome}, {value:,.0f} %".replace(" -", " −")
            for one, value in zip(rows, values, strict=True)
        ],
        {"title": {"text": "% of the limit"}, "range": _range(values, highs, lows), "zeroline": True},
        36,
        shapes=[{"type": "line", "x0": 100, "x1": 100, "yref": "paper", "y0": 0, "y1": 1, "line": line}],
        annotations=[{"x": 100, "yref": "paper", "y": 1, "yanchor": "bottom", "text": "limit", "showarrow": False}],
        margin={"t": 28},
    )
    return {"data": [trace], "layout": layout}


def _range(values: Sequence[float], highs: Sequence[float], lows: Sequence[float]) -> list[float]:
    """The visible part of the axis: at least 0 to the limit, at most `_MOST` percent."""
    low = min(0.0, *(value - less for value, less in zip(values, lows, strict=True)))
    high = max(110.0, *(value + more for value, more in zip(values, highs, strict=True)))
    return [max(low, -_LEAST) * 1.05, min(high, _MOST) * 1.05]


def _ends(rows: Sequence[RowVerdict]) -> Iterator[list[tuple[float | None, RowVerdict]]]:
    """The upper ends, then the lower ends, of the intervals; the number itself if it has none."""
    for name in ("high", "low"):
        ends = [(getattr(one, name), one) for one in rows]
        yield [(one.number if end is None else end, one) for end, one in ends]


def _percent(value: float | None, one: RowVerdict) -> float:
    return 100.0 * (value or 0.0) / (one.limit or 1.0)
