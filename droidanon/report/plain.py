"""Tables as text: rich on a terminal, the same columns plain and uncut when piped."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from droidanon.escape import escape_text


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

    table = Table(box=box.SIMPLE_HEAD, show_footer=footer is not None, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(
            Text(column.title), Text(footer[place]) if footer is not None else "",
            justify="right" if column.number else "left", no_wrap=True,
            overflow="ellipsis", min_width=len(column.title) if column.number else None,
        )  # fmt: skip
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(Text(cell) for cell in row))
    Console(file=out, highlight=False).print(table)
