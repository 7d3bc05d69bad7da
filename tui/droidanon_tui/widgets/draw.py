"""Lines of a table as segments: text goes in as text, so no name can be markup or an escape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from droidanon_tui.category_colors import hue, sign_colour
from droidanon_tui.widgets.cells import bar, diverging_bar, fit_number, fit_text, span_bar
from droidanon_tui.widgets.columns import Column, Fitted
from droidanon_tui.widgets.open_rows import Place

SHARE = "share:"
"""The prefix of the columns that a bar asks its level for: `share:COLUMN` is -1 to 1."""
BEGIN, END = "begin", "end"
"""What a floating bar asks for: `share:begin` and `share:end`, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Inks:
    """The styles of one line."""

    base: Style
    header: Style
    sorted: Style
    dim: Style
    dark: bool
    coloured: bool = True
    """Without, what colours would say is left to signs and words (NO_COLOR)."""


def draw_header(fitted: Sequence[Fitted], sort_key: str, descending: bool, inks: Inks) -> list[Segment]:
    """The titles, the sorted one with its direction."""
    segments = [Segment(" ", inks.header)]
    for index, place in enumerate(fitted):
        column = place.column
        is_sorted = column.key == sort_key
        title = f"{column.title} {'▾' if descending else '▴'}" if is_sorted else column.title
        text = fit_number(title, place.width) if column.kind == "number" else fit_text(title, place.width)
        segments.append(Segment(text, inks.sorted if is_sorted else inks.header))
        if index < len(fitted) - 1:
            segments.append(Segment(" ", inks.header))
    return segments


def draw_row(place: Place, fitted: Sequence[Fitted], inks: Inks) -> list[Segment]:
    """One row's cells."""
    faded = place.level.faded
    if faded is not None and faded[place.row]:
        inks = replace(inks, base=inks.dim, coloured=False)
    segments = [Segment(" ", inks.base)]
    for index, cell in enumerate(fitted):
        segments.append(Segment(*_cell(place, cell.column, cell.width, inks)))
        if index < len(fitted) - 1:
            segments.append(Segment(" ", inks.base))
    return segments


def _cell(place: Place, column: Column, width: int, inks: Inks) -> tuple[str, Style]:
    level, row = place.level, place.row
    if column.kind == "tree":
        arrow = ("▾ " if place.is_open else "▸ ") if level.has_children(row) else "  "
        lead = "  " * place.depth + arrow
        if len(lead) >= width:
            return "…".rjust(width), inks.dim
        text = fit_text(level.text(column.key, row), width - len(lead), kept_end=level.kept_end(row))
        return lead + text, _text_style(place, inks)
    if column.kind == "text":
        return fit_text(level.text(column.key, row), width), inks.dim if column.keep else inks.base
    if column.kind == "bar":
        share = float(level.number(f"{SHARE}{column.of}", row) or 0.0)
        if column.signed:
            return diverging_bar(share, width), _coloured(inks, sign_colour(share, dark=inks.dark))
        return bar(share, width), _coloured(inks, hue(str(place.path[0]), dark=inks.dark))
    if column.kind == "float":
        begin, end = (float(level.number(f"{SHARE}{edge}", row) or 0.0) for edge in (BEGIN, END))
        change = level.number(column.of, row)
        return span_bar(begin, end, width), _coloured(inks, sign_colour(change, dark=inks.dark)) if change else inks.dim
    number = level.number(column.key, row)
    text = fit_number(column.shape(number) if number is not None else level.text(column.key, row) or "-", width)
    if column.signed and number is not None:
        return text, _coloured(inks, sign_colour(number, dark=inks.dark))
    return text, inks.dim if column.keep or number is None else inks.base


def _text_style(place: Place, inks: Inks) -> Style:
    return inks.base if place.level.has_children(place.row) or place.depth == 0 else inks.dim


def _coloured(inks: Inks, colour: str | None) -> Style:
    return inks.base + Style(color=Color.parse(colour)) if colour and inks.coloured else inks.base
