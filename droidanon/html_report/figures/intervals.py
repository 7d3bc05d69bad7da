"""Rows with their intervals as dots and lines; rows without a verdict are dimmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from droidanon.html_report.figures.parts import (
    DIM,
    LESS,
    MORE,
    TEXT,
    FigureDict,
    kb_axis,
    rows_layout,
    shown,
    signed_kb,
)
from droidanon.rows import Rows
from droidanon.wording import NO_NAME

MOST_INTERVALS = 20
_ROOM = 0.04
"""The margin at both ends of the axis, as a fraction of it."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval (kB), and the verdict about it (`~`: no change shown)."""

    label: str
    value: float
    low: float
    high: float
    verdict: str = "~"
    detail: str = ""

    @property
    def color(self) -> str:
        """Dimmed without a verdict."""
        if self.verdict in ("", "~"):
            return DIM
        return MORE if self.value > 0 else LESS


def varying_keys(rows: Rows, by: Sequence[str]) -> list[str]:
    """The keys that distinguish rows, i.e. have more than one value; the last one if there are none."""
    varying = [key for key in by if len(set(rows.keys[key])) > 1]
    return varying or list(by[-1:])


def row_intervals(
    rows: Rows, by: Sequence[str], value: str = "shift_kb", most: int = MOST_INTERVALS
) -> tuple[Interval, ...]:
    """The first rows that have an interval, in order."""
    found: list[Interval] = []
    columns = [rows.keys[key] for key in varying_keys(rows, by)]
    verdicts, other = rows.keys["verdict"], "delta_kb" if "delta_kb" in rows.numbers else ""
    for row in range(len(rows)):
        number, low, high = (rows.number(name, row) for name in (value, "low_kb", "high_kb"))
        if number is None or low is None or high is None or not all(map(isfinite, (number, low, high))):
            continue
        label = " ".join(str(column[row]) for column in columns) or NO_NAME
        detail = f"delta {signed_kb(rows.number(other, row))}" if other else ""
        found.append(Interval(label, number, low, high, str(verdicts[row]), detail))
        if len(found) == most:
            break
    return tuple(found)


def intervals_figure(intervals: Sequence[Interval], title: str, lines: Sequence[tuple[float, str]] = ()) -> FigureDict:
    """A dot per estimate, with a line for its interval. `lines`: labelled vertical lines, such as a limit."""
    labels = [shown(one.label) for one in intervals]
    places = list(range(len(intervals)))
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [one.low, one.high],
            "y": [place, place],
            "line": {"color": one.color, "width": 3},
            "hoverinfo": "skip",
        }
        for place, one in zip(places, intervals, strict=True)
    ]
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [one.value for one in intervals],
            "y": places,
            "customdata": [_hover(label, one) for label, one in zip(labels, intervals, strict=True)],
            "hovertemplate": "%{customdata}<extra></extra>",
            "marker": {
                "size": 10,
                "color": [one.color for one in intervals],
                "symbol": ["circle-open" if one.color == DIM else "circle" for one in intervals],
                "line": {"width": 2},
            },
        }
    )
    ends = [0.0, *(end for one in intervals for end in (one.low, one.high)), *(place for place, _ in lines)]
    room = (max(ends) - min(ends) or 1.0) * _ROOM
    layout = rows_layout(
        labels,
        kb_axis(title, zeroline=True, zerolinewidth=2, range=[min(ends) - room, max(ends) + room]),
        28,
        shapes=[_line(place) for place, _ in lines],
        annotations=[_line_label(place, label) for place, label in lines],
        margin={"t": 28 if lines else 8},
    )
    return {"data": traces, "layout": layout}


def _hover(label: str, one: Interval) -> str:
    verdict = "no change shown" if one.verdict in ("", "~") else one.verdict
    parts = (label, f"{signed_kb(one.value)} ({signed_kb(one.low)} to {signed_kb(one.high)})", one.detail, verdict)
    return "<br>".join(filter(None, parts))


def _line(place: float) -> dict[str, Any]:
    line = {"color": TEXT, "width": 1, "dash": "dash"}
    return {"type": "line", "x0": place, "x1": place, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _line_label(place: float, label: str) -> dict[str, Any]:
    return {"x": place, "yref": "paper", "y": 1, "yanchor": "bottom", "text": shown(label), "showarrow": False}
