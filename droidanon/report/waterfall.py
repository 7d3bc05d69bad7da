"""A waterfall as lines of text."""

from __future__ import annotations

from droidanon.analysis.diff.waterfall import Waterfall, WaterfallStep, bar_floor
from droidanon.escape import escape_text
from droidanon.report.rows import number_text

_FULL, _MORE, _LESS = "█", "▓", "░"
_LEAST_BARS = 10


def format_waterfall(steps: Waterfall, width: int = 100) -> str:
    """The totals and the steps between them, with bars on a common scale that starts below the lowest point."""
    levels = [float(steps.base_kb)]
    for fall in steps.steps:
        levels.append(levels[-1] + fall.delta_kb)
    rows = [WaterfallStep("base", steps.base_kb), *steps.steps, WaterfallStep("new", steps.new_kb)]
    labels = [escape_text(row.label) for row in rows]
    inner = range(1, len(rows) - 1)
    numbers = [number_text("delta_kb", float(row.delta_kb), signed=place in inner) for place, row in enumerate(rows)]
    verdicts = [row.verdict for row in rows]
    sizes = [max(map(len, column)) for column in (labels, numbers, verdicts)]
    bars = max(width - sum(sizes) - 8, _LEAST_BARS)
    high, floor = max(levels), bar_floor(levels)

    def at(level: float) -> int:
        return round((level - floor) / (high - floor) * bars) if high > floor else 0

    lines = []
    for place, (label, number, verdict) in enumerate(zip(labels, numbers, verdicts, strict=True)):
        if place in inner:
            begin, end = sorted((at(levels[place - 1]), at(levels[place])))
            mark = _MORE if rows[place].delta_kb > 0 else _LESS
            bar = " " * min(begin, bars - 1) + mark * max(end - begin, 1)
        else:
            bar = _FULL * at(levels[0] if not place else levels[-1])
        cells = (label.ljust(sizes[0]), number.rjust(sizes[1]), *((verdict.ljust(sizes[2]),) if sizes[2] else ()), bar)
        lines.append("  ".join(cells).rstrip())
    if floor:
        lines.append(f"bars begin at {number_text('base_kb', float(floor))} kB")
    return "\n".join(lines) + "\n"
