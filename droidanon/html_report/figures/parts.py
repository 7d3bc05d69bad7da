"""Shared parts of figures: texts, number formats, colours and axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from droidanon.escape import escape_text
from droidanon.html_report.page import plotly_text

FigureDict = dict[str, Any]
"""The `data` and `layout` of a figure."""

MORE, LESS, SAME = "--up", "--down", "--line"
"""Colours of the theme: memory grew (orange), shrank (blue), neither. Orange and blue are safe for colour blindness."""
DIM, TEXT, GRID = "--muted", "--ink", "--line"
BAR = "--line-strong"
_MOST_CHARACTERS = 60
_NARROW_ROOM = 0.3


def shown(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Device text for a figure: without control characters and markup, shortened in the middle if long."""
    plain = escape_text(text)
    if len(plain) > most:
        half = (most - 1) // 2
        plain = f"{plain[: most - 1 - half]}…{plain[-half:]}"
    return plotly_text(plain)


def signed_kb(value: float | None) -> str:
    """`+1,024 kB`, or `unknown`."""
    if value is None:
        return "unknown"
    return f"{round(value):+,} kB".replace("-", "−") if round(value) else "0 kB"


def kb(value: float | None) -> str:
    """`1,024 kB`, or `unknown`."""
    return "unknown" if value is None else f"{round(value):,} kB"


def kb_axis(title: str, **more: Any) -> dict[str, Any]:
    """An axis in kB."""
    return {"title": {"text": title}, "tickformat": ",.0f", **more}


def rows_layout(labels: Sequence[str], xaxis: Mapping[str, Any], row_height: int = 26, **more: Any) -> dict[str, Any]:
    """The layout of a figure with labelled rows at y = 0, 1, ... from the top.

    On a narrow page the labels are above their rows; the axis's `range` then has room for numbers next to bars.
    """
    places = list(range(len(labels)))
    yaxis = {
        "type": "linear",
        "tickmode": "array",
        "tickvals": places,
        "ticktext": list(labels),
        "range": [len(labels) - 0.4, -0.6],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    above = {"xref": "paper", "x": 0, "xanchor": "left", "yanchor": "bottom", "yshift": 13, "showarrow": False}
    narrow = {
        "yaxis": {**yaxis, "showticklabels": False, "range": [len(labels) - 0.4, -1.0]},
        "xaxis": {**xaxis, "nticks": 4, **_with_room(xaxis)},
        "annotations": [
            *more.get("annotations", ()),
            *({**above, "y": place, "text": label} for place, label in zip(places, labels, strict=True)),
        ],
        "height": 90 + 46 * len(labels),
    }
    return {
        "xaxis": dict(xaxis),
        "yaxis": yaxis,
        "showlegend": False,
        "height": 90 + row_height * len(labels),
        **more,
        "meta": {"narrow": narrow},
    }


def _with_room(xaxis: Mapping[str, Any]) -> dict[str, Any]:
    if "range" not in xaxis:
        return {}
    low, high = xaxis["range"]
    return {"range": [low, high + (high - low) * _NARROW_ROOM]}
