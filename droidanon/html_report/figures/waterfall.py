"""The steps from base to new as a waterfall."""

from __future__ import annotations

from droidanon.analysis.diff.waterfall import Waterfall, bar_floor
from droidanon.html_report.figures.parts import (
    BAR,
    DIM,
    LESS,
    MORE,
    FigureDict,
    kb,
    kb_axis,
    rows_layout,
    shown,
    signed_kb,
)
from droidanon.wording import NO_NAME

_ROOM_PER_CHARACTER = 0.01
"""The margin for the numbers next to the bars, as a fraction of the axis."""


def waterfall_figure(steps: Waterfall) -> FigureDict:
    """A waterfall with the first bar at the top. Bars begin at 0, or at a floor shown on the axis."""
    levels = [float(steps.base_kb)]
    for step in steps.steps:
        levels.append(levels[-1] + step.delta_kb)
    low, high = bar_floor(levels), max(levels)
    deltas = [step.delta_kb for step in steps.steps]
    labels = ["base", *(shown(step.label or NO_NAME) for step in steps.steps), "new"]
    verdicts = ["", *(step.verdict for step in steps.steps), ""]
    numbers = [kb(steps.base_kb), *map(signed_kb, deltas), kb(steps.new_kb)]
    texts = [f"{number} {verdict}".rstrip() for number, verdict in zip(numbers, verdicts, strict=True)]
    room = (high - low or 1.0) * _ROOM_PER_CHARACTER * max(map(len, texts))
    trace = {
        "type": "waterfall",
        "orientation": "h",
        "y": list(range(len(labels))),
        "x": [steps.base_kb, *deltas, steps.new_kb],
        "measure": ["absolute", *["relative"] * len(deltas), "total"],
        "text": texts,
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": labels,
        "hovertemplate": "%{customdata}<br>%{text}<extra></extra>",
        "increasing": {"marker": {"color": MORE}},
        "decreasing": {"marker": {"color": LESS}},
        "totals": {"marker": {"color": BAR}},
        "width": 0.6,
        "connector": {"line": {"color": DIM, "width": 1}},
    }
    axis = kb_axis("kB" if not low else f"kB (bars begin at {round(low):,})", range=[low, high + room])
    return {"data": [trace], "layout": rows_layout(labels, axis)}
