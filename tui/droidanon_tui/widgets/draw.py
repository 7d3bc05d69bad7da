"""Lines of a table as segments: text goes in as text, so no name can be markup or an escape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style

from droidanon.escape import escape_text
from droidanon_tui.category_colors import hue, sign_colour
from droidanon_tui.widgets.cells import bar, diverging_bar, fit_number, fit_text, span_bar
from droidanon_tui.widgets.columns import Fitted, TreeColumn
from droidanon_tui.widgets.line_styles import LineStyles
from droidanon_tui.widgets.open_rows import Level, RowPlace

SHARE = "share:"
"""The prefix of the columns that a bar asks its level for: `share:COLUMN` is -1 to 1."""
BEGIN, END = "begin", "end"
"""What a floating bar asks for: `share:begin` and `share:end`, 0 to 1."""


def draw_header(fitted: Sequence[Fitted], sort_key: str, descending: bool, styles: LineStyles) -> list[Segment]:
    """The titles, the sorted one with its direction."""
    segments = [Segment(" ", styles.header)]
    for index, place in enumerate(fitted):
        column = place.column
        is_sorted = column.key == sort_key
        title = f"{column.title} {'▾' if descending else '▴'}" if is_sorted else column.title
        text = fit_number(title, place.width) if column.kind == "number" else fit_text(title, place.width)
        segments.append(Segment(text, styles.sorted if is_sorted else styles.header))
        if index < len(fitted) - 1:
            segments.append(Segment(" ", styles.header))
    return segments


def draw_row(place: RowPlace, fitted: Sequence[Fitted], styles: LineStyles) -> list[Segment]:
    """One row's cells."""
    faded = place.level.faded
    if faded is not None and faded[place.row]:
        styles = replace(styles, base=styles.dim, coloured=False)
    segments = [Segment(" ", styles.base)]
    for index, cell in enumerate(fitted):
        segments.append(Segment(*_cell(place, cell.column, cell.width, styles)))
        if index < len(fitted) - 1:
            segments.append(Segment(" ", styles.base))
    return segments


def _cell(place: RowPlace, column: TreeColumn, width: int, styles: LineStyles) -> tuple[str, Style]:
    """A cell's text and style."""
    match column.kind:
        case "tree":
            return _tree_cell(place, column, width, styles)
        case "text":
            return _text_cell(place, column, width, styles)
        case "bar":
            return _bar_cell(place, column, width, styles)
        case "float":
            return _floating_cell(place, column, width, styles)
        case "number":
            return _number_cell(place, column, width, styles)


def _tree_cell(place: RowPlace, column: TreeColumn, width: int, styles: LineStyles) -> tuple[str, Style]:
    level, row = place.level, place.row
    has_children = level.has_children(row)
    arrow = ("▾ " if place.is_open else "▸ ") if has_children else "  "
    lead = "  " * place.depth + arrow
    if len(lead) >= width:
        return "…".rjust(width), styles.dim
    text = fit_label(level, column.key, row, width - len(lead))
    return lead + text, styles.base if has_children or place.depth == 0 else styles.dim


def fit_label(level: Level, column: str, row: int, width: int) -> str:
    """The longest form of a row's text that fits; the shortest is cut if none does."""
    forms = (level.text(column, row), *level.shorter(row))[level.first_form(width) :]
    text = next((form for form in forms if len(form) <= width and cell_len(escape_text(form)) <= width), forms[-1])
    return fit_text(text, width, kept_end=level.kept_end(row))


def _text_cell(place: RowPlace, column: TreeColumn, width: int, styles: LineStyles) -> tuple[str, Style]:
    text = fit_text(place.level.text(column.key, place.row), width, kept_end=column.kept_end)
    if column.of:  # a verdict on a number: it looks like that
        return text, _signed_style(place, place.level.number(column.of, place.row), styles)
    return text, styles.dim if column.keep else styles.base


def _bar_cell(place: RowPlace, column: TreeColumn, width: int, styles: LineStyles) -> tuple[str, Style]:
    share = float(place.level.number(f"{SHARE}{column.of}", place.row) or 0.0)
    if column.signed:
        return diverging_bar(share, width), _signed_style(place, share, styles)
    return bar(share, width), _coloured(styles, hue(str(place.path[0]), dark=styles.dark))


def _floating_cell(place: RowPlace, column: TreeColumn, width: int, styles: LineStyles) -> tuple[str, Style]:
    level, row = place.level, place.row
    begin, end = (float(level.number(f"{SHARE}{edge}", row) or 0.0) for edge in (BEGIN, END))
    change = level.number(column.of, row)
    return span_bar(begin, end, width), _signed_style(place, change, styles) if change else styles.dim


def _number_cell(place: RowPlace, column: TreeColumn, width: int, styles: LineStyles) -> tuple[str, Style]:
    level, row = place.level, place.row
    number = level.number(column.key, row)
    text = fit_number(column.shape(number) if number is not None else level.text(column.key, row) or "-", width)
    if column.signed and number is not None:
        return text, _signed_style(place, number, styles)
    return text, styles.dim if column.keep or number is None else styles.base


def _signed_style(place: RowPlace, number: int | float | None, styles: LineStyles) -> Style:
    """Coloured by the sign; dim if the change may be noise, bold if a test confirmed it."""
    unproven = place.level.unproven
    if unproven is not None and unproven[place.row]:
        return styles.dim
    style = _coloured(styles, sign_colour(number, dark=styles.dark) if number else None)
    return style + Style(bold=True) if place.level.is_tested else style


def _coloured(styles: LineStyles, colour: str | None) -> Style:
    return styles.base + Style(color=Color.parse(colour)) if colour and styles.coloured else styles.base
