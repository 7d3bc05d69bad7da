"""Prints tables: fitted to the terminal with rich, or aligned and in full if piped."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

from droidanon.escape import MOST_SHOWN, escape_name, escape_text
from droidanon.report.column import Column


def print_table(columns: Sequence[Column], footer: Sequence[str] | None = None, *, out: TextIO | None = None) -> None:
    """Print a table; `footer` is a last row (totals). Cells are escaped and cut to `MOST_SHOWN` characters, so they may
    contain device text.
    """
    out = out or sys.stdout
    safe = [replace(column, cells=[escape_name(cell) for cell in column.cells]) for column in columns]
    if out.isatty():
        _print_rich(safe, footer, out)
    else:
        out.write(format_plain(safe, footer))


def write_text(text: str, *, out: TextIO | None = None) -> None:
    """Print text that is already safe."""
    (out or sys.stdout).write(text)


def print_line(text: str = "", *, out: TextIO | None = None) -> None:
    """Print a line of text, escaped."""
    (out or sys.stdout).write(escape_text(text) + "\n")


def format_plain(columns: Sequence[Column], footer: Sequence[str] | None = None) -> str:
    """Aligned columns separated by two blanks, without truncation or trailing blanks.

    A cell that was cut to `MOST_SHOWN` characters shifts the rest of its row instead of widening the column.
    """
    rows = [[column.title for column in columns], *map(list, zip(*(c.cells for c in columns), strict=True))]
    if footer is not None:
        rows.append(list(footer))
    widths = [
        max((length for row in rows if (length := len(row[place])) < MOST_SHOWN), default=0)
        for place in range(len(columns))
    ]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column.align == "right" else cell.ljust(width)
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

    from droidanon.report.column_widths import fit

    fitted = fit(columns, footer, Console(file=out).width)
    table = Table(box=box.SIMPLE_HEAD, show_footer=footer is not None, pad_edge=False, padding=(0, 1, 0, 0))
    for place, column in enumerate(fitted.columns):
        table.add_column(
            Text(column.title),
            Text(fitted.footer[place]) if fitted.footer is not None else "",
            justify=column.align,
            no_wrap=True,
        )
    for row in zip(*(column.cells for column in fitted.columns), strict=True):
        table.add_row(*map(Text, row))
    # A table that is still too wide is wrapped by the terminal, not cropped.
    Console(file=out, highlight=False, width=fitted.width).print(table, crop=False)
    if fitted.left_out:
        advice = "use a wider terminal or a pipe"
        Console(file=out, highlight=False).print(Text(f"no room for: {', '.join(fitted.left_out)} ({advice})", "dim"))
