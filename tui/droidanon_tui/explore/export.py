"""The table's rows as Markdown for the clipboard and as a CSV file. Both name captures, counter and unit."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from droidanon.escape import escape_cell
from droidanon.report.markdown import code, plain
from droidanon.wording import counted
from droidanon_tui.explore.state import ExploreState
from droidanon_tui.explore.vma_level import path_word
from droidanon_tui.formats import counter_title
from droidanon_tui.numbered_file import file_stem, numbered_file
from droidanon_tui.widgets.columns import TreeColumn
from droidanon_tui.widgets.open_rows import Level, RowPlace


def markdown(state: ExploreState, columns: Sequence[TreeColumn], places: Sequence[RowPlace]) -> str:
    """Rows as a Markdown table, below a line with the captures, the app, the filter, the counter and the unit."""
    shown = [column for column in columns if column.kind not in ("bar", "float")]
    lines = [
        plain(caption(state)),
        "",
        "| " + " | ".join(column.title for column in shown) + " |",
        "|" + "|".join("---:" if column.kind == "number" else "---" for column in shown) + "|",
    ]
    for place in places:
        lines.append("| " + " | ".join(_markdown_cell(column, place) for column in shown) + " |")
    return "\n".join(lines) + "\n"


def caption(state: ExploreState) -> str:
    """What the rows of a state are about."""
    captures = state.side.title
    if state.diff is not None:
        captures += f" against {state.diff.base.title}"
    text = f"filter: {state.filter_text}" if state.filter_text else ""
    parts = (captures, state.scope(), text, f"{counter_title(state.counter)} in {state.unit}")
    return " · ".join(part for part in parts if part)


def _markdown_cell(column: TreeColumn, place: RowPlace) -> str:
    if column.kind != "number":
        text = place.level.text(column.key, place.row)
        return ("&nbsp;" * 2 * place.depth if column.kind == "tree" else "") + code(text)
    return cell_text(column, place.level, place.row)


def cell_text(column: TreeColumn, level: Level, row: int) -> str:
    """A number as the table shows it."""
    number = level.number(column.key, row)
    return column.shape(number) if number is not None else level.text(column.key, row) or "-"


def export_rows(folder: Path, state: ExploreState, columns: Sequence[TreeColumn], places: Sequence[RowPlace]) -> str:
    """Writes the rows as a CSV file; returns a status message."""
    try:
        path = write_csv(folder, state, columns, places)
    except OSError as error:
        return f"export failed: {error.strerror or error}"
    return f"wrote {counted(len(places), 'row')} to {path}"


def write_csv(folder: Path, state: ExploreState, columns: Sequence[TreeColumn], places: Sequence[RowPlace]) -> Path:
    """Writes one line per row into a new file of the folder: the captures, app, filter, counter and unit; the path in
    the tree and its depth; the numbers (kB, whatever the table's unit). OSError if the disk refuses.
    """
    stem = f"{file_stem(state.side.title, 'explore')}-rows"
    shown = [column for column in columns if column.kind == "number"]
    base = {"base": state.diff.base.title} if state.diff is not None else {}
    about = {
        "capture": state.side.title,
        **base,
        "app": " > ".join(state.app_path) or state.scope(),
        "filter": state.filter_text,
        "counter": state.counter,
        "unit": "kB",
    }
    with numbered_file(folder, stem, ".csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*about, "depth", "what", *(column.key for column in shown)])
        for place in places:
            words = " > ".join(path_word(key) for key in place.path)
            numbers = [place.level.number(column.key, place.row) for column in shown]
            cells = [*map(escape_cell, about.values()), place.depth, escape_cell(words)]
            writer.writerow([*cells, *("" if number is None else number for number in numbers)])
    return Path(file.name)
