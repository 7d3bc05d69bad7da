"""The timeline's texts: amounts at the left, times and notes below, the legend; and the steps of its cursor."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from droidanon_tui.formats import Number
from droidanon_tui.live.layers import Layers, column_times, largest_kb, moment_at, round_up_kb
from droidanon_tui.live.state import Timeline
from droidanon_tui.live.wording import clock_text, format_share
from droidanon_tui.widgets.cells import fit_text

_TIME_GAP = 14
"""Least cells from one time below the picture to the next."""
_TICK_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
"""Steps between times on the axis: divisors of minutes, hours and days."""
_NOTE_WIDTH = 24
_MB = 1024
LIMIT_SIGN = "╍"
"""A cell of the line at the limit."""


UPPER_EDGE, MIDDLE = "▔", "┤"
_LEAST_HALVED = 6
"""Lines from which on half of the top has a tick."""


@dataclass(frozen=True, slots=True)
class Tick:
    """An amount at the left of the picture, and the sign on the axis next to it."""

    text: str
    sign: str


@dataclass(frozen=True, slots=True)
class LegendLine:
    """One line of the legend. `layer`: the layer of its swatch. `delta`: the change since the base."""

    name: str
    amount: str
    delta: str = ""
    layer: int | None = None
    sign: int = 0
    mark: str = " "
    """What stands in the place of a swatch if it is no layer."""


def column_of(timeline: Timeline, time: float, width: int) -> int:
    """The column in which a time lies."""
    span = timeline.end - timeline.begin
    return 0 if span <= 0 else max(0, min(width - 1, -int(-(time - timeline.begin) * width // span) - 1))


def amount_ticks(top_kb: int, height: int) -> dict[int, Tick]:
    """The top, and half of it if there is room, by line. Each sign is at the exact height of its amount: at the upper
    edge of its line, or in the middle of it.
    """
    ticks = {0: Tick(f"{top_kb / _MB:,.0f} MB", UPPER_EDGE)}
    if height >= _LEAST_HALVED:
        ticks[height // 2] = Tick(f"{top_kb / 2 / _MB:,.0f} MB", MIDDLE if height % 2 else UPPER_EDGE)
    return ticks


def top_of(timeline: Timeline) -> int:
    """What the height of the picture stands for, in kB: the limit is in it once half of it is used."""
    largest = largest_kb(timeline.layers, timeline.begin, timeline.end)
    limits = [limit for limit in timeline.limits if limit is not None and limit <= 2 * largest]
    return round_up_kb(max([largest, *limits]))


def limit_rows(timeline: Timeline, width: int, height: int, top_kb: int) -> list[int | None]:
    """The line of the picture that the limit is in, per column; None if it is above the picture or unknown."""
    rows: list[int | None] = []
    for at in column_times(timeline.begin, timeline.end, width):
        index = moment_at(timeline.layers, at) if timeline.limits else None
        limit = None if index is None else timeline.limits[index]
        rows.append(None if limit is None or limit > top_kb else height - max(1, math.ceil(limit / top_kb * height)))
    return rows


def time_line(timeline: Timeline, width: int) -> str:
    """The line below the picture: times of day, each mark's letter with as much of its note as there is room for,
    the base (◆) and the cursor (▲).
    """
    cells = ["─"] * width
    spots = [(column_of(timeline, mark.time, width), mark) for mark in timeline.marks if mark.time >= timeline.begin]
    free = 0
    for number, (column, mark) in enumerate(spots):
        text = fit_text(f"{mark.letter} {mark.note}", _NOTE_WIDTH).rstrip()
        stop = spots[number + 1][0] - 1 if number + 1 < len(spots) else width
        before = min(column - free, len(text))
        if column + len(text) > width and before > 5:  # at the right edge the note goes before the letter
            text = f"{fit_text(mark.note, before - 2).rstrip()} {mark.letter}"
            _write(cells, column - len(text) + 1, text)
            free = column + 2
        else:
            room = min(stop - column, len(text))
            text = fit_text(text, room) if room > 3 else mark.letter
            _write(cells, column, text)
            free = column + len(text) + 1
    for at, sign in ((timeline.base_time, "◆"), (timeline.cursor, "▲")):
        if at is not None and at >= timeline.begin:
            cells[column_of(timeline, at, width)] = sign
    for at in _round_times(timeline, width):
        column = column_of(timeline, at, width)
        if column < width - 8 and all(cell == "─" for cell in cells[max(column - 1, 0) : column + 10]):
            _write(cells, column, f"{clock_text(at)} ")
    return "".join(cells)


def _round_times(timeline: Timeline, width: int) -> Iterator[float]:
    """Times of day between which there is room for their texts."""
    least = (timeline.end - timeline.begin) * _TIME_GAP / max(1, width)
    days = math.ceil(least / _TICK_SECONDS[-1]) * _TICK_SECONDS[-1]
    step = next((seconds for seconds in _TICK_SECONDS if seconds >= least), days)
    east = time.localtime(timeline.begin).tm_gmtoff
    at = math.ceil((timeline.begin + east) / step) * step - east
    while at <= timeline.end:
        yield at
        at += step


def _write(cells: list[str], column: int, text: str) -> None:
    for offset, char in enumerate(text[: len(cells) - column]):
        cells[column + offset] = char


def legend(
    timeline: Timeline, height: int, shape: Callable[[Number], str], signed: Callable[[Number], str]
) -> list[LegendLine]:
    """The moment at the cursor (else the newest) in numbers: its time and total, the limit
    and what counts against it, then its layers, the largest first.
    """
    layers = timeline.layers
    index = _index(layers, timeline.cursor)
    if index is None:
        return []
    base = None if timeline.base_time is None else _index(layers, timeline.base_time)
    now, then = layers.values[index], layers.values[base] if base is not None else None

    def delta(value: int, before: int) -> tuple[str, int]:
        change = value - before
        return signed(change) if change else "=", change

    lines = []
    text, sign = delta(sum(now), sum(then)) if then is not None else ("", 0)
    lines.append(LegendLine(clock_text(layers.times[index]), shape(sum(now)), text, None, sign))
    if timeline.limit is not None:
        use = timeline.limit
        mark = LIMIT_SIGN if timeline.limits else " "
        lines.append(LegendLine("Play limit", shape(use.limit_kb), format_share(use.share), mark=mark))
        lines.append(LegendLine("anon+swap", shape(use.used_kb)))
    order = sorted(range(len(layers.names)), key=lambda layer: (-now[layer], layer))
    shown = [layer for layer in order if now[layer] or (then is not None and then[layer])]
    room = height - len(lines)
    for layer in shown[: room if len(shown) <= room else max(0, room - 1)]:
        text, sign = delta(now[layer], then[layer]) if then is not None else ("", 0)
        lines.append(LegendLine(layers.names[layer], shape(now[layer]), text, layer, sign))
    if len(shown) > room > 0:
        rest = shown[room - 1 :]
        lines.append(LegendLine(f"{len(rest)} more", shape(sum(now[layer] for layer in rest))))
    return lines


def _index(layers: Layers, time: float | None) -> int | None:
    if not layers.times:
        return None
    return len(layers.times) - 1 if time is None else moment_at(layers, time)


def cursor_step(timeline: Timeline, step: int, width: int) -> float | None:
    """The time of the next moment in another column to the right (1) or left (-1); None: now."""
    times = [time for time in timeline.layers.times if timeline.begin <= time <= timeline.end]
    if not times:
        return None
    here = timeline.cursor if timeline.cursor is not None else times[-1]
    column = column_of(timeline, here, width)
    if step > 0:
        after = [time for time in times if time > here and column_of(timeline, time, width) != column]
        found = next((time for time in after), None)
        return None if found is None or found == times[-1] else found
    before = [time for time in times if time < here and column_of(timeline, time, width) != column]
    return before[-1] if before else times[0]


def cursor_at(timeline: Timeline, column: int, width: int) -> float | None:
    """The time of the moment that a column shows; None: now, or nothing is there."""
    time = timeline.begin + (timeline.end - timeline.begin) * (column + 1) / width
    index = moment_at(timeline.layers, time)
    return None if index is None or index == len(timeline.layers.times) - 1 else timeline.layers.times[index]
