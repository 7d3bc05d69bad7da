"""Tables as text: rich on a terminal, the same columns plain and uncut when piped."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from droidanon.escape import escape_text

_LEAST_TEXT = 16
"""Cells that a text keeps before a column of numbers goes."""
_DEAR = ("delta",)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its title, its cells as text, and whether they are numbers (right-aligned)."""

    title: str
    cells: Sequence[str]
    number: bool = False


def print_table(columns: Sequence[Column], footer: Sequence[str] | None = None, *, out: TextIO | None = None) -> None:
    """Print a table; `footer` is a last row (totals). Cells are escaped, so they may be device text."""
    out = out or sys.stdout
    safe = [Column(c.title, [escape_text(cell) for cell in c.cells], c.number) for c in columns]
    if out.isatty():
        _print_rich(safe, footer, out)
    else:
        out.write(format_plain(safe, footer))


def write_text(text: str, *, out: TextIO | None = None) -> None:
    """Text that is already safe, as it is."""
    (out or sys.stdout).write(text)


def print_line(text: str = "", *, out: TextIO | None = None) -> None:
    """A line of text between tables, escaped."""
    (out or sys.stdout).write(escape_text(text) + "\n")


def format_plain(columns: Sequence[Column], footer: Sequence[str] | None = None) -> str:
    """Aligned columns, two blanks between them, nothing cut, no trailing blanks."""
    rows = [[column.title for column in columns], *map(list, zip(*(c.cells for c in columns), strict=True))]
    if footer is not None:
        rows.append(list(footer))
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column.number else cell.ljust(width)
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    if footer is not None:
        lines.insert(-1, "  ".join("-" * width for width in widths))
    return "\n".join(lines) + "\n"


def _print_rich(columns: Sequence[Column], footer: Sequence[str] | None, out: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    columns, footer, left_out = fit(columns, footer, Console(file=out).width)
    table = Table(box=box.SIMPLE_HEAD, show_footer=footer is not None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(
            Text(column.title), Text(footer[place]) if footer is not None else "",
            justify="right" if column.number else "left", no_wrap=True,
        )  # fmt: skip
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(Text(cell) for cell in row))
    # What is still too wide is broken by the terminal, not cut.
    Console(file=out, highlight=False, width=_width(columns, footer)).print(table, crop=False)
    if left_out:
        Console(file=out, highlight=False).print(
            Text(f"no room for: {', '.join(left_out)} (a wider terminal, a pipe, --csv or --json has all)", "dim")
        )


def fit(
    columns: Sequence[Column], footer: Sequence[str] | None, width: int
) -> tuple[list[Column], list[str] | None, list[str]]:
    """The columns that have room in so many cells, their footer, and the titles of those that have none.

    A number is shown whole or not at all: texts are cut in their middle first, then columns of numbers left out from the right, but
    neither the first nor `delta`.
    """
    kept, last = list(columns), list(footer) if footer is not None else None
    left_out: list[str] = []
    while True:
        excess = _width(kept, last) - width
        if excess <= 0:
            return kept, last, left_out
        widths = [0 if column.number else _widest(column, last, place) for place, column in enumerate(kept)]
        numbers = [place for place, column in enumerate(kept) if column.number]
        spare = [place for place in numbers[1:] if kept[place].title not in _DEAR]
        room = sum(max(0, wide - (_LEAST_TEXT if spare else _LEAST_TEXT // 2)) for wide in widths)
        if room >= excess or not spare:
            return _shortened(kept, widths, min(excess, room)), last, left_out
        gone = spare[-1]
        left_out.insert(0, kept.pop(gone).title)
        if last is not None:
            last.pop(gone)


def _shortened(columns: Sequence[Column], widths: list[int], excess: int) -> list[Column]:
    """The columns with the widest texts cut by so many cells in all."""
    for _ in range(excess):
        widths[widths.index(max(widths))] -= 1
    return [
        column if column.number else Column(column.title, [_cut(cell, width) for cell in column.cells])
        for column, width in zip(columns, widths, strict=True)
    ]


def _cut(text: str, width: int) -> str:
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    head = set_cell_size(text, (width - 1) // 2).rstrip()
    tail = set_cell_size(text[::-1], width - 1 - cell_len(head))[::-1].lstrip()
    return f"{head}…{tail}"


def _width(columns: Sequence[Column], footer: Sequence[str] | None) -> int:
    """The cells that rich's table takes: the columns, three between two of them, one at each edge."""
    return sum(_widest(column, footer, place) for place, column in enumerate(columns)) + 3 * len(columns) - 1


def _widest(column: Column, footer: Sequence[str] | None, place: int) -> int:
    from rich.cells import cell_len

    texts = (column.title, *column.cells, *((footer[place],) if footer is not None else ()))
    return max(map(cell_len, texts))
