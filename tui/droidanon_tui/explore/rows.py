"""What Explore shows: its columns, its numbers' shapes, its totals, and rows as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from droidanon.escape import escape_text
from droidanon.report.titles import title
from droidanon.units import format_kb, format_mib
from droidanon_tui.explore.facts import VMAS
from droidanon_tui.explore.tree import LABEL, PERCENT
from droidanon_tui.widgets.columns import Column, Number
from droidanon_tui.widgets.open_rows import Level, Place

_FIRST = ("total_pss_kb", "uss_kb", "private_swap_pss_kb", "rss_kb", "swap_pss_kb", "anon_swap_kb", "size_kb")
"""The counters that `c` goes through first."""
USUAL_BESIDE = ("total_pss_kb", "uss_kb", "swap_pss_kb")
"""Counters beside the chosen one."""
_KEEP = {"total_pss_kb": 4, "uss_kb": 2, "swap_pss_kb": 3}
"""How dear they are when it gets narrow."""
_NUMBER_WIDTH = 11
_DIFF_KB = ("base_kb", "new_kb", "delta_kb")


def counter_title(counter: str) -> str:
    """A counter's title in a narrow column."""
    return title(counter, short=True)


def counter_order(available: Sequence[str]) -> list[str]:
    """The counters in the order that `c` takes."""
    first = [name for name in _FIRST if name in available]
    return first + [name for name in available if name not in first]


@cache
def unit_shape(unit: str, *, signed: bool = False) -> Callable[[Number], str]:
    """How numbers of kB are written in a unit."""
    form = format_mib if unit == "MiB" else format_kb
    return lambda number: minus(form(None if number is None else int(number), signed=signed))


def minus(text: str) -> str:
    """The sign as long as a plus."""
    return text.replace("-", "−") if text != "-" else text


def format_percent(number: Number) -> str:
    """A signed percentage with one decimal."""
    if number is None:
        return "-"
    if not number:
        return "0.0 %"
    return f"{minus(f'{number:+,.1f}')} %" if abs(number) < 100_000 else ">99,999 %"


def format_count(number: Number) -> str:
    return "-" if number is None else f"{int(number):,}"


def explore_columns(counter: str, beside: Sequence[str], unit: str) -> list[Column]:
    """The columns of one capture: the chosen counter, those beside it, VMAs and a bar."""
    shape = unit_shape(unit)
    title = counter_title(counter)
    columns = [
        Column(LABEL, "What", "tree", 30, flexible=3),
        Column(counter, title, width=max(_NUMBER_WIDTH, len(title) + 2), shape=shape),
    ]
    columns += [
        Column(name, title, width=max(_NUMBER_WIDTH, len(title) + 2), keep=_KEEP.get(name, 2), shape=shape)
        for name, title in ((name, counter_title(name)) for name in beside)
        if name != counter
    ]
    columns += [
        Column(VMAS, "VMAs", width=8, keep=1, shape=format_count),
        Column("bar", "", "bar", 10, keep=5, of=counter, flexible=1),
    ]
    return columns


def diff_columns(unit: str, *, judged: bool = False) -> list[Column]:
    """The columns of base against new; `judged`: with what a test says of them."""
    shape = unit_shape(unit)
    sure = [Column("sure", "sure", "text", 9, keep=4)] if judged else []
    return [
        Column(LABEL, "What", "tree", 20, flexible=3),
        Column("base_kb", "base", width=_NUMBER_WIDTH, keep=3, shape=shape),
        Column("new_kb", "new", width=_NUMBER_WIDTH, shape=shape),
        Column("delta_kb", "delta", width=_NUMBER_WIDTH, shape=unit_shape(unit, signed=True), signed=True),
        Column(PERCENT, "%", width=9, keep=2, shape=format_percent, signed=True),
        *sure,
        Column("bar", "", "bar", 11, keep=1, of="delta_kb", signed=True, flexible=1),
    ]


def app_columns(counter: str, unit: str, *, is_diff: bool) -> list[Column]:
    """The columns of the Apps pane."""
    title, shape = counter_title(counter), unit_shape(unit, signed=is_diff)
    number = Column(counter, title, width=max(_NUMBER_WIDTH, len(title) + 2), shape=shape, signed=is_diff)
    return [Column(LABEL, "App", "tree", 12, flexible=1), number]


def markdown(columns: Sequence[Column], rows: Sequence[Place]) -> str:
    """Rows as a Markdown table."""
    shown = [column for column in columns if column.kind not in ("bar", "float")]
    lines = [
        "| " + " | ".join(column.title for column in shown) + " |",
        "|" + "|".join("---:" if column.kind == "number" else "---" for column in shown) + "|",
    ]
    for place in rows:
        lines.append("| " + " | ".join(_markdown_cell(column, place) for column in shown) + " |")
    return "\n".join(lines) + "\n"


def _markdown_cell(column: Column, place: Place) -> str:
    if column.kind != "number":
        text = escape_text(place.level.text(column.key, place.row))
        return ("&nbsp;" * 2 * place.depth if column.kind == "tree" else "") + _plain_markdown(text)
    return cell_text(column, place.level, place.row)


def _plain_markdown(text: str) -> str:
    """Text that Markdown shows as it is."""
    for char in "\\`*_[]<>|":
        text = text.replace(char, f"\\{char}" if char not in "<>" else {"<": "&lt;", ">": "&gt;"}[char])
    return text


def cell_text(column: Column, level: Level, row: int) -> str:
    """A number as the table shows it."""
    number = level.number(column.key, row)
    return column.shape(number) if number is not None else level.text(column.key, row) or "-"
