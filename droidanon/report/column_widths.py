"""Fits the columns of a table into a terminal, because rich only truncates cells at the end and never drops columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from droidanon.report.column import ALWAYS, Column

GAP = 2
"""Terminal cells that rich's table adds per column."""


@dataclass(frozen=True, slots=True)
class FittedTable:
    """The columns that fit, their footer, and the titles of columns left out."""

    columns: list[Column]
    footer: list[str] | None
    left_out: list[str]

    @property
    def width(self) -> int:
        """The width of the table in terminal cells."""
        return sum(_widths(self.columns, self.footer)) + GAP * len(self.columns)


def fit(columns: Sequence[Column], footer: Sequence[str] | None, width: int) -> FittedTable:
    """The columns that fit into `width` terminal cells.

    Numbers are shown in full or not at all. Long texts are first truncated but stay readable, then columns are left out
    by priority, then texts are truncated further. Text columns that are empty in all rows are not shown.
    """
    table = FittedTable(list(columns), list(footer) if footer is not None else None, [])
    for place in reversed(range(1, len(columns))):
        if columns[place].align == "left" and not any(columns[place].cells) and not (footer and footer[place]):
            _drop(table, place)
    while table.width > width:
        if _is_repeated(table.columns):
            _merge_first(table)
            continue
        dispensable = _next_to_go(table.columns)
        if _narrow(table, width, readable=bool(dispensable)):
            break
        table.left_out.extend(table.columns[place].title for place in dispensable)
        for place in reversed(dispensable):
            _drop(table, place)
    return table


def _is_repeated(columns: Sequence[Column]) -> bool:
    """Whether the cells of the first column are prefixes of those of the second, as apps are of their processes."""
    if len(columns) < 2 or not columns[0].repeated_by or columns[0].repeated_by != columns[1].key:
        return False
    pairs = zip(columns[0].cells, columns[1].cells, strict=True)
    return all(longer.startswith(shorter) or not longer for shorter, longer in pairs)


def _merge_first(table: FittedTable) -> None:
    """Leave out the first column; its labels for totals and folded rows move to the second one."""
    first, second = table.columns[:2]
    cells = [longer or shorter for shorter, longer in zip(first.cells, second.cells, strict=True)]
    table.columns[1] = replace(second, cells=cells)
    if table.footer is not None:
        table.footer[1] = table.footer[0]
    _drop(table, 0)
    table.left_out.append(first.title)


def _drop(table: FittedTable, place: int) -> None:
    del table.columns[place]
    if table.footer is not None:
        del table.footer[place]


def _next_to_go(columns: Sequence[Column]) -> list[int]:
    """The least important column with its group; never the first column or the most important number."""
    numbers = [place for place, column in enumerate(columns) if column.align == "right"]
    kept = max(numbers, key=lambda place: (columns[place].priority, -place), default=0)
    able = [place for place, one in enumerate(columns) if place not in (0, kept) and one.priority < ALWAYS]
    if not able:
        return []
    least = min(able, key=lambda place: (columns[place].priority, -place))
    group = columns[least].group
    return [place for place in able if place == least or (group and columns[place].group == group)]


def _narrow(table: FittedTable, width: int, *, readable: bool) -> bool:
    """Cut texts until the table fits, the widest first, drawings before texts.

    Returns False without truncating if that is not enough and other columns can be left out (`readable`).
    """
    widths = _widths(table.columns, table.footer)
    excess = sum(widths) + GAP * len(widths) - width
    floors = [column.shortest(wide, readable=readable) for column, wide in zip(table.columns, widths, strict=True)]
    room = sum(widths) - sum(floors)
    if readable and room < excess:
        return False
    for _ in range(min(excess, room)):
        able = [place for place, floor in enumerate(floors) if widths[place] > floor]
        widths[max(able, key=lambda place: (table.columns[place].draw is not None, widths[place]))] -= 1
    table.columns[:] = [
        replace(column, cells=column.narrowed(wide)) for column, wide in zip(table.columns, widths, strict=True)
    ]
    return True


def _widths(columns: Sequence[Column], footer: Sequence[str] | None) -> list[int]:
    from rich.cells import cell_len

    texts = [[column.title, *column.cells] for column in columns]
    for cells, text in zip(texts, footer or (), strict=False):
        cells.append(text)
    return [max(map(cell_len, cells)) for cells in texts]
