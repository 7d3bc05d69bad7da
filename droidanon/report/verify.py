"""Prints droidanon's numbers next to those of dumpsys meminfo."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from droidanon.platform.verify import COUNTERS
from droidanon.report.csv import print_csv
from droidanon.report.json import print_json
from droidanon.report.narration import say, say_problems
from droidanon.report.output_format import OutputFormat
from droidanon.report.table import print_table
from droidanon.report.titles import number_column, text_column, title
from droidanon.wording import counted

if TYPE_CHECKING:
    from droidanon.model import Problem, Process
    from droidanon.platform.verify import Cell

_KEYS = ("process", "pid", "heap", "sub_heap", "counter")
_NUMBERS = ("ours", "before", "after")

CellKey = tuple[int | None, str, str, str]
"""pid, heap, sub-heap and counter."""


def key_of(process: Process, cell: Cell) -> CellKey:
    """A key that identifies a value across readings."""
    return process.pid, cell.heap, cell.sub_heap, cell.counter


@dataclass(frozen=True, slots=True)
class Verification:
    """The cells of the last reading, and those that differed in all `readings`."""

    source: str
    cells: Sequence[tuple[Process, Cell]]
    different: Collection[CellKey]
    readings: int
    problems: Sequence[Problem]


def print_verification(found: Verification, output: OutputFormat, *, all_cells: bool) -> None:
    """Print the cells that differ (or all), and a summary."""
    say_problems(found.problems)
    rows = [
        {
            "process": process.name,
            "pid": process.pid,
            **asdict(cell),
            "differs": key_of(process, cell) in found.different,
        }
        for process, cell in found.cells
    ]
    different = sum(bool(row["differs"]) for row in rows)
    shown = rows if all_cells else [row for row in rows if row["differs"]]
    if output == "json":
        totals = {"cells": len(rows), "different": different}
        print_json(shown, totals=totals, problems=found.problems, source=found.source)
    elif output == "csv":
        print_csv(shown, [*_KEYS, *_NUMBERS, "differs"])
    elif shown:
        _print_table(shown)
    compared = {cell.counter for _, cell in found.cells}
    absent = ", ".join(title(name) for name in COUNTERS if name not in compared)
    say(
        counted(len(rows), "value")
        + f" compared{f' (not reported by the phone: {absent})' if absent else ''}; {different} differ"
        + (f" in each of {counted(found.readings, 'reading')}" if different else "")
    )


def _print_table(rows: Sequence[Mapping[str, object]]) -> None:
    def cells(key: str) -> list[str]:
        return [title(str(row[key])) if key == "counter" else str(row[key]) for row in rows]

    columns = [text_column(key, cells(key)) for key in _KEYS]
    print_table([*columns, *(number_column(key, [f"{row[key]:,}" for row in rows]) for key in _NUMBERS)])
