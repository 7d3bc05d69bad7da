"""Tables as text: rich on a terminal, the same columns plain and uncut when piped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

from droidanon.escape import escape_text

_LEAST_TEXT, _LEAST_CUT, _LEAST_DRAWN, _SHORT = 24, 8, 6, 10
"""Cells that a text keeps before other columns go, and after that; that what is drawn keeps; a text no longer than the last is never cut."""
_GROUPS = (
    ("first", "last"),
    ("needed",),
    ("could show",),
    ("note",),
    ("%",),
    ("base size", "new size"),
    ("base range", "new range"),
    ("perms",),
    ("status",),
    ("low", "high"),
    ("p",),
)
"""Columns that say little without each other, those first that can be done without most easily."""
_SIDES, _CHANGES = ("base", "new"), ("delta", "shift", "slope")
_FROM_START = ("app", "process", "category")
"""Dotted names, of which the end tells most."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its title, its cells as text, and whether they are numbers (right-aligned)."""

    title: str
    cells: Sequence[str]
    number: bool = False
    drawn: Callable[[int], Sequence[str]] | None = None
    """What draws its cells in so many terminal cells, where they are no texts to be cut."""


def print_table(columns: Sequence[Column], footer: Sequence[str] | None = None, *, out: TextIO | None = None) -> None:
    """Print a table; `footer` is a last row (totals). Cells are escaped, so they may be device text."""
    out = out or sys.stdout
    safe = [Column(c.title, [escape_text(cell) for cell in c.cells], c.number, c.drawn) for c in columns]
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
    table = Table(box=box.SIMPLE_HEAD, show_footer=footer is not None, pad_edge=False, padding=(0, 1, 0, 0))
    for place, column in enumerate(columns):
        table.add_column(
            Text(column.title),
            Text(footer[place]) if footer is not None else "",
            justify="right" if column.number else "left",
            no_wrap=True,
        )
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

    A number is shown whole or not at all. Long texts are cut first, but stay readable; then columns go, those together that belong
    together; the change is the last one to stay. Texts that are empty in all rows are not shown.
    """
    kept, last = list(columns), list(footer) if footer is not None else None
    left_out: list[str] = []
    for place in reversed(range(len(kept))):
        if place and not kept[place].number and not any(kept[place].cells) and not (last and last[place]):
            _drop(kept, last, place)
    while True:
        excess = _width(kept, last) - width
        if excess <= 0:
            return kept, last, left_out
        if _says_nothing_new(kept):
            # The labels of totals and of what is folded stand in its cells.
            names = [name or app for app, name in zip(kept[0].cells, kept[1].cells, strict=True)]
            kept[1] = Column(kept[1].title, names)
            if last is not None:
                last[1] = last[0]
            _drop(kept, last, 0)
            left_out.append("app")
            continue
        gone = _spare(kept)
        widths = [0 if column.number else _widest(column, last, place) for place, column in enumerate(kept)]
        floors = [_floor(column, wide, bool(gone)) for column, wide in zip(kept, widths, strict=True)]
        room = sum(widths) - sum(floors)
        if room >= excess or not gone:
            return _shortened(kept, widths, floors, min(excess, room)), last, left_out
        left_out += [kept[place].title for place in gone]
        for place in reversed(gone):
            _drop(kept, last, place)


def _says_nothing_new(columns: Sequence[Column]) -> bool:
    """Whether the first column has apps that the next one's processes begin with."""
    if [column.title for column in columns[:2]] != ["app", "process"]:
        return False
    pairs = list(zip(columns[0].cells, columns[1].cells, strict=True))
    return all(process.startswith(app) or not process for app, process in pairs)


def _drop(columns: list[Column], footer: list[str] | None, place: int) -> None:
    del columns[place]
    if footer is not None:
        del footer[place]


def _spare(columns: Sequence[Column]) -> list[int]:
    """The columns that go next: a group of those that are known, else the last number; not the first, and not the change."""
    place_of = {column.title: place for place, column in enumerate(columns) if place}
    for group in _GROUPS:
        if found := [place_of[name] for name in group if name in place_of]:
            return found
    changes = any(name in place_of for name in _CHANGES)
    numbers = [place for place, column in enumerate(columns) if column.number]
    sides = [place_of[name] for name in _SIDES if name in place_of] if changes else []
    others = [place for place in numbers[0 if changes else 1 :] if columns[place].title not in (*_CHANGES, *_SIDES)]
    return others[-1:] or sides


def _floor(column: Column, wide: int, spare: bool) -> int:
    """How narrow a column of texts can be made, as long as other columns can go or not."""
    if column.number or wide <= _SHORT:
        return wide
    return min(wide, _LEAST_DRAWN if column.drawn else _LEAST_TEXT if spare else _LEAST_CUT)


def _shortened(columns: Sequence[Column], widths: list[int], floors: list[int], excess: int) -> list[Column]:
    """The columns made narrower by so many cells in all: what is drawn first, then the widest texts."""
    for _ in range(excess):
        able = [place for place, floor in enumerate(floors) if widths[place] > floor]
        widths[max(able, key=lambda place: (columns[place].drawn is not None, widths[place]))] -= 1
    return [
        column if column.number else Column(column.title, _narrow(column, width))
        for column, width in zip(columns, widths, strict=True)
    ]


def _narrow(column: Column, width: int) -> Sequence[str]:
    if column.drawn is not None:
        return column.drawn(width)
    return [_cut(cell, width, from_start=column.title in _FROM_START) for cell in column.cells]


def _cut(text: str, width: int, *, from_start: bool) -> str:
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    head = "" if from_start else set_cell_size(text, (width - 1) // 2).rstrip()
    tail = set_cell_size(text[::-1], width - 1 - cell_len(head))[::-1].lstrip()
    return f"{head}…{tail}"


def _width(columns: Sequence[Column], footer: Sequence[str] | None) -> int:
    """The cells that rich's table takes: the columns, two between two of them, one at each edge."""
    return sum(_widest(column, footer, place) for place, column in enumerate(columns)) + 2 * len(columns)


def _widest(column: Column, footer: Sequence[str] | None, place: int) -> int:
    from rich.cells import cell_len

    texts = (column.title, *column.cells, *((footer[place],) if footer is not None else ()))
    return max(map(cell_len, texts))
