"""Adds a note to rows whose verdict is mostly caused by processes that some captures lack.

An app whose `:remote` process runs in 2 of 6 base captures and in all new ones seems to have grown, since the memory of
the process counts as 0 in the other captures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from droidanon.analysis.sides import CaptureSums
from droidanon.analysis.sums import TOP_CATEGORY, Table, tabulate
from droidanon.analysis.view import cut_category
from droidanon.analysis.warnings.processes import PartialProcess, partial_processes, shape_of
from droidanon.columns import Coded
from droidanon.rows import Rows

_MOST = 0.5
"""The share of a change from which on it counts as caused by some processes."""
_RESULTS = frozenset({"status", "verdict", "note"})


@dataclass(frozen=True, slots=True, eq=False)
class PartialMemory:
    """The memory (`table`, by process and group) of the processes that some captures lack, and the texts of their
    notes.
    """

    table: Table
    words: Mapping[str, str]
    base: int

    @classmethod
    def of(cls, base: Sequence[CaptureSums], new: Sequence[CaptureSums]) -> PartialMemory | None:
        """None if all captures of a side have the same processes, or rows are by process anyway."""
        sizes = len(base), len(new)
        sums = [sample.by_process for sample in (*base, *new)]
        found = partial_processes([sample.facts for sample in base], [sample.facts for sample in new])
        if not found or any(one is None for one in sums):
            return None
        table = tabulate([one for one in sums if one is not None])
        table = table.with_key("process", table.keys["process"].map(shape_of))
        if "category" in table.keys:
            table = table.with_key(TOP_CATEGORY, cut_category(table.keys["category"], 1))
        words = {shape_of(one.name): _words(one, sizes) for one in found}
        return cls(table.take(table.keys["process"].matches(words.__contains__)), words, len(base))

    def add_notes(self, rows: Rows) -> Rows:
        """The rows, with a note on each whose verdict is mostly caused by one of these processes."""
        keys = [key for key in rows.keys if key not in _RESULTS]
        if not set(keys) <= set(self.table.keys):
            return rows  # finer than these sums; the rows above have the note
        causes = self._causes(keys)
        notes = list(rows.keys["note"])
        for row, (verdict, *group) in enumerate(
            zip(rows.keys["verdict"], *(rows.keys[key] for key in keys), strict=True)
        ):
            if verdict != "~":
                notes[row] = _with(str(notes[row]), self._note(causes, tuple(group), rows.number("delta_kb", row)))
        return Rows({**rows.keys, "note": Coded.of(map(str, notes))}, rows.numbers, rows.missing)

    def total_note(self, note: str, delta_kb: float | None) -> str:
        """The note of the total."""
        return _with(note, self._note(self._causes([]), (), delta_kb))

    def _causes(self, keys: Sequence[str]) -> dict[tuple[object, ...], tuple[float, str]]:
        """The process that changed each group most, and by how much (kB)."""
        table, _ = self.table.grouped({key: self.table.keys[key] for key in ("process", *keys)})
        change = table.values[:, self.base :].mean(axis=1) - table.values[:, : self.base].mean(axis=1)
        causes: dict[tuple[object, ...], tuple[float, str]] = {}
        for row in np.argsort(np.abs(change), kind="stable").tolist():
            causes[tuple(table.keys[key][row] for key in keys)] = float(change[row]), table.keys["process"][row]
        return causes

    def _note(
        self, causes: Mapping[tuple[object, ...], tuple[float, str]], group: tuple[object, ...], delta_kb: float | None
    ) -> str:
        part, process = causes.get(group, (0.0, ""))
        mostly = delta_kb is not None and part * delta_kb > 0 and abs(part) >= _MOST * abs(delta_kb)
        return self.words[process] if mostly else ""


def _words(process: PartialProcess, sizes: tuple[int, int]) -> str:
    return f"mostly from {process.name}, which is missing in {process.words(sizes)}"


def _with(note: str, more: str) -> str:
    return "; ".join(text for text in (note, more) if text)
