"""The table's rows as a CSV file."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from droidanon.escape import escape_text
from droidanon_tui.explore.tree import path_word
from droidanon_tui.widgets.columns import Column
from droidanon_tui.widgets.open_rows import Place

_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")


def write_rows(folder: Path, title: str, columns: Sequence[Column], places: Sequence[Place]) -> Path:
    """One row a line: its path in the tree, its depth, and the plain numbers; in a new file of the folder. OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = _UNSAFE.sub("-", title).strip("-.") or "explore"
    shown = [column for column in columns if column.kind == "number"]
    for number in range(1, 10_000):
        path = folder / f"{stem}-rows-{number}.csv"
        try:
            file = path.open("x", encoding="utf-8", newline="")
        except FileExistsError:
            continue
        with file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["depth", "what", *(column.key for column in shown)])
            for place in places:
                words = " > ".join(path_word(key) for key in place.path)
                numbers = [place.level.number(column.key, place.row) for column in shown]
                writer.writerow([place.depth, escape_text(words), *("" if n is None else n for n in numbers)])
        return path
    raise OSError(f"{folder}: too many files called {stem}-rows")
