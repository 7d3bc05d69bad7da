"""Rows of a series as lines over time, with slopes, gaps, marks and exits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.html_report.figures.parts import DIM, MORE, TEXT, FigureDict, kb_axis, shown

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Moment = float | str
"""A position on the time axis: a time (ISO 8601), or a number of minutes or captures."""
LINES = ("--accent", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6")
"""Line colours of the theme."""
_MOST_LABELS = 12
"""The maximum number of labelled events; the labels of others appear on hover."""

MOST_LINES = 500
"""The maximum number of events with lines; more would hide the rows and take a browser minutes to draw."""
_MOST_TICKS = 12
"""The maximum number of captures or minutes that each get a tick."""


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """A row over a series (kB, NaN if unknown), and its slope with its interval per unit of `when` (None: unknown)."""

    label: str
    values: Floats
    slope: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: str = "~"

    @property
    def shows_slope(self) -> bool:
        """Whether to draw its slope."""
        return self.verdict not in ("", "~") and self.slope is not None and not np.isnan(self.values).all()

    @property
    def shows_interval(self) -> bool:
        """Whether to draw the slopes of its interval."""
        return self.shows_slope and self.low is not None and self.high is not None


@dataclass(frozen=True, slots=True)
class Event:
    """A mark or an exit."""

    at: Moment
    label: str
    is_exit: bool = False


@dataclass(frozen=True, slots=True)
class GapOfTime:
    """A period without data."""

    begin: Moment
    end: Moment
    label: str


def courses_figure(
    courses: Sequence[Course],
    moments: Sequence[Moment],
    when: Sequence[float],
    *,
    axis: str,
    events: Sequence[Event] = (),
    gaps: Sequence[GapOfTime] = (),
) -> FigureDict:
    """One line per row. A row with a verdict also has its slope as a line, and the interval of the slope as a band.

    `moments` are the positions of the captures on the axis, `when` the numbers that slopes are based on.
    """
    traces: list[dict[str, Any]] = []
    for place, course in enumerate(courses):
        color = LINES[place % len(LINES)]
        if course.shows_slope:
            traces += _slope_traces(course, moments, np.asarray(when, np.float64), color)
        traces.append(_course_trace(course, moments, color, gaps))
    if events:
        traces.append(_event_trace(events))
    layout: dict[str, Any] = {
        "xaxis": {"title": {"text": axis}, **_kind_of(moments)},
        "yaxis": kb_axis("kB", rangemode="tozero"),
        "yaxis2": {"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
        "legend": {"orientation": "h", "y": -0.2},
        "hovermode": "closest",
        "height": 420,
        "shapes": [*map(_gap_shape, gaps), *map(_event_line, events if len(events) <= MOST_LINES else ())],
        "annotations": [*map(_event_label, events[:_MOST_LABELS])],
    }
    return {"data": traces, "layout": layout}


def slope_line(values: Floats, when: Floats, slope: float) -> Floats:
    """A line with this slope through the medians of times and values."""
    known = ~np.isnan(values)
    middle = float(np.median(when[known]))
    level = float(np.median(values[known] - slope * (when[known] - middle)))
    line: Floats = level + slope * (when - middle)
    return line


def _course_trace(course: Course, moments: Sequence[Moment], color: str, gaps: Sequence[GapOfTime]) -> dict[str, Any]:
    """The line of a row, interrupted by gaps."""
    values = [None if np.isnan(value) else round(float(value), 1) for value in course.values]
    points: list[tuple[Any, float | None]] = list(zip(moments, values, strict=True))
    points += [(gap.begin, None) for gap in gaps]
    points.sort(key=lambda point: point[0])
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(moments) <= 60 else "lines",
        "name": shown(course.label),
        "legendgroup": shown(course.label),
        "x": [moment for moment, _ in points],
        "y": [value for _, value in points],
        "line": {"color": color, "width": 2},
        "marker": {"size": 5},
        "connectgaps": False,
        "hovertemplate": "%{fullData.name}<br>%{x}<br>%{y:,.0f} kB<extra></extra>",
    }


def _slope_traces(course: Course, moments: Sequence[Moment], when: Floats, color: str) -> list[dict[str, Any]]:
    """The slope as a line, and a band between the lines for the ends of its interval."""
    assert course.slope is not None
    common = {"type": "scatter", "legendgroup": shown(course.label), "showlegend": False, "hoverinfo": "skip"}
    ends = [0, len(moments) - 1]
    traces: list[dict[str, Any]] = []
    if course.low is not None and course.high is not None:
        lines = [slope_line(course.values, when, slope) for slope in (course.low, course.high)]
        lower, upper = np.minimum(*lines), np.maximum(*lines)
        middle = int(np.argmin(np.abs(when - np.median(when))))
        places = sorted({ends[0], middle, ends[1]})
        band = [(moments[place], float(lower[place])) for place in places]
        band += [(moments[place], float(upper[place])) for place in reversed(places)]
        xs, ys = [x for x, _ in band], [round(y, 1) for _, y in band]
        traces.append(
            {**common, "mode": "none", "x": xs, "y": ys, "fill": "toself", "fillcolor": color, "opacity": 0.15}
        )
    line = slope_line(course.values, when, course.slope)
    traces.append(
        {
            **common,
            "mode": "lines",
            "x": [moments[place] for place in ends],
            "y": [round(float(line[place]), 1) for place in ends],
            "line": {"color": color, "width": 1.5, "dash": "dash"},
        }
    )
    return traces


def _event_trace(events: Sequence[Event]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "marks and exits",
        "showlegend": False,
        "x": [one.at for one in events],
        "y": [1] * len(events),
        "yaxis": "y2",
        "customdata": [shown(one.label, 200) for one in events],
        "hovertemplate": "%{customdata}<br>%{x}<extra></extra>",
        "marker": {
            "size": 9,
            "symbol": ["x" if one.is_exit else "triangle-down" for one in events],
            "color": [MORE if one.is_exit else TEXT for one in events],
        },
    }


def _event_line(one: Event) -> dict[str, Any]:
    line = {"color": MORE if one.is_exit else DIM, "width": 1, "dash": "solid" if one.is_exit else "dot"}
    return {"type": "line", "x0": one.at, "x1": one.at, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _event_label(one: Event) -> dict[str, Any]:
    return {
        "x": one.at,
        "yref": "paper",
        "y": 0.98,
        "xanchor": "left",
        "yanchor": "top",
        "textangle": 90,
        "showarrow": False,
        "text": shown(one.label, 30),
    }


def _gap_shape(gap: GapOfTime) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": gap.begin,
        "x1": gap.end,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "fillcolor": DIM,
        "opacity": 0.15,
        "line": {"width": 0},
        "layer": "below",
    }


def _kind_of(moments: Sequence[Moment]) -> dict[str, Any]:
    """The axis type; few captures or minutes have no ticks between them."""
    numbers = [moment for moment in moments if not isinstance(moment, str)]
    if len(numbers) < len(moments):
        return {"type": "date"}
    are_whole = all(float(number).is_integer() for number in numbers)
    are_few = bool(numbers) and max(numbers) - min(numbers) < _MOST_TICKS
    return {"type": "linear", **({"dtick": 1} if are_whole and are_few else {})}
