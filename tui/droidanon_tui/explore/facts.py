"""The facts that trees sum: groups of similar VMAs of one capture, or the rows of a diff."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from droidanon.columns import BoolArray, Coded, distinct_codes
from droidanon.rows import Key, Rows
from droidanon.smaps.vm_flags import flag_words

if TYPE_CHECKING:
    import numpy.typing as npt

    from droidanon.analysis.diff.comparison import Diff
    from droidanon.analysis.insights.insight import Insight
    from droidanon.analysis.view import View

    IndexArray = npt.NDArray[np.intp]
    Values = npt.NDArray[Any]
else:  # numpy.typing is a part of the time in which the TUI starts
    IndexArray = Values = np.ndarray

VMAS = "vmas"
"""The number of VMAs."""
DIFF_KEYS = ("app", "process", "heap", "sub_heap", "category", "name")


class FactTable(Protocol):
    """Columns of keys and of numbers with one value a fact."""

    def __len__(self) -> int: ...

    def key(self, name: str) -> Coded:
        """app, process, heap, sub_heap, category or name."""

    def number(self, name: str) -> tuple[Values, BoolArray | None]:
        """Values and where they are missing."""

    def vmas_of(self, facts: IndexArray) -> VmaRows:
        """The VMAs below some facts."""


class VmaRows(Protocol):
    """Some VMAs as rows of a table."""

    def __len__(self) -> int: ...

    def key(self, row: int) -> tuple[str, int, int]:
        """Side, process and start."""

    def label(self, row: int) -> str: ...

    def shorter(self, row: int) -> tuple[str, ...]:
        """Shorter labels that still differ from VMA to VMA, the longest first."""

    def longest_forms(self) -> Sequence[str]:
        """Each form of label at least as long as that of any row, the label itself first."""

    def at(self, row: int) -> tuple[View, int]:
        """The VMA's capture, and its row in the capture's table."""

    def flags(self, row: int) -> str:
        """VmFlags in words, without those that the permissions show."""

    def start(self) -> npt.NDArray[np.uint64]: ...

    def numbers(self, name: str) -> tuple[Values, BoolArray | None]: ...


def process_titles(view: View) -> list[str]:
    """A title for each process: its name, with its pid if another process has the same name."""
    processes = view.capture.processes
    seen = Counter(process.name for process in processes)
    return [f"{p.name} ({p.pid})" if seen[p.name] > 1 and p.pid is not None else p.name for p in processes]


class ViewFacts:
    """The cells of a capture: the VMAs of a process that have their name and its meaning in common, companions'
    aside.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.is_prepared = False
        """Whether what takes long to find out has been: inherited pages, findings."""
        self.findings: Mapping[str, Sequence[Insight]] = {}
        """The findings about each app, the most important first."""
        self._keys: dict[str, Coded] = {}
        self._least: dict[str, int] = {}
        """The least value of each counter that was asked for."""

    def __len__(self) -> int:
        return len(self.view.groups)

    def key(self, name: str) -> Coded:
        if name != "process":
            return self.view.group_key(name)
        if name not in self._keys:
            owners = self.view.capture.vmas.process[self.view.groups.firsts]
            self._keys[name] = Coded.of(process_titles(self.view)).take(owners)
        return self._keys[name]

    def number(self, name: str) -> tuple[Values, BoolArray | None]:
        """A counter, or how many VMAs."""
        return (self.view.groups.sizes, None) if name == VMAS else self.view.group_counter(name)

    def largest_vma(self, facts: IndexArray, counter: str) -> int:
        """The row of the capture's table with the largest number in some facts (at least one)."""
        values, groups = self.view.counter(counter)[0], self.view.groups
        if counter not in self._least:
            self._least[counter] = int(values.min())
        if self._least[counter] >= 0:
            return groups.largest_row(facts, values, self.number(counter)[0])
        rows = groups.rows_of(facts)  # a sum may be less than one of its parts
        return int(rows[np.argmax(values[rows])])

    def vma_index(self, facts: IndexArray) -> IndexArray:
        """The rows of the capture's table that are in these facts."""
        return self.view.groups.rows_of(facts)

    def vmas_of(self, facts: IndexArray) -> VmaRows:
        return SideVmas(self.view, self.vma_index(facts))


class SideVmas:
    """VMAs of one capture."""

    def __init__(self, view: View, rows: IndexArray, side: str = "") -> None:
        self.view = view
        self.rows = rows
        self.side = side
        shown = distinct_codes(view.capture.vmas.process[rows])
        self._titles = process_titles(view) if len(shown) > 1 else None
        apps = {view.capture.processes[int(place)].app for place in shown} if self._titles else set()
        self._app = apps.pop() if len(apps) == 1 else ""

    def __len__(self) -> int:
        return len(self.rows)

    def key(self, row: int) -> tuple[str, int, int]:
        vmas, at = self.view.capture.vmas, self.rows[row]
        return self.side, int(vmas.process[at]), int(vmas.start[at])

    def label(self, row: int) -> str:
        """Range, permissions and size; then the process, if the rows belong to several."""
        return self._forms_of(row)[0]

    def shorter(self, row: int) -> tuple[str, ...]:
        """The start identifies a VMA in its process; of a process's name the part after its app's does."""
        return self._forms_of(row)[1:]

    def _forms_of(self, row: int) -> tuple[str, ...]:
        vmas, at = self.view.capture.vmas, int(self.rows[row])
        start, end = int(vmas.start[at]), int(vmas.end[at])
        title = self._titles[vmas.process[at]] if self._titles else ""
        return self._forms(start, end, end - start, vmas.perms[at], title, title.removeprefix(self._app) or title)

    def longest_forms(self) -> tuple[str, ...]:
        if not len(self.rows):
            return self._forms(0, 0, 0, "", "", "")
        vmas = self.view.capture.vmas
        starts, ends = vmas.start[self.rows], vmas.end[self.rows]
        titles = [""]
        if self._titles:
            titles = [self._titles[place] for place in distinct_codes(vmas.process[self.rows])]
        perms = max((vmas.perms.values[code] for code in distinct_codes(vmas.perms.codes[self.rows])), key=len)
        title = max(titles, key=len)
        short = max((each.removeprefix(self._app) or each for each in titles), key=len)
        return self._forms(int(starts.max()), int(ends.max()), int((ends - starts).max()), perms, title, short)

    def _forms(self, start: int, end: int, size: int, perms: str, title: str, short: str) -> tuple[str, ...]:
        """The forms of a label, the longest first. `title`, `short`: the process; '' for the only one."""
        side = f"{self.side} " if self.side else ""
        owner, short_owner = (f" {text}" if text else "" for text in (title, short))
        kb = f"{size // 1024:,} kB"
        return (
            f"{side}{start:x}-{end:x} {perms} {kb}{owner}",
            f"{side}{start:x} {perms} {kb}{short_owner}",
            f"{side}{start:x} {perms}{short_owner}",
            f"{side}{start:x}{short_owner}",
        )

    def at(self, row: int) -> tuple[View, int]:
        return self.view, int(self.rows[row])

    def flags(self, row: int) -> str:
        return ", ".join(flag_words(self.view.capture.vmas.flags[int(self.rows[row])]))

    def start(self) -> npt.NDArray[np.uint64]:
        return self.view.capture.vmas.start[self.rows]

    def numbers(self, name: str) -> tuple[Values, BoolArray | None]:
        values, gone = self.view.counter(name)
        return values[self.rows], None if gone is None else gone[self.rows]


def _in_order(column: Key) -> Coded:
    """A column with its values in the order in which they first appear: that of rows whose numbers are equal."""
    return column.by_appearance() if isinstance(column, Coded) else Coded.of(map(str, column))


class DiffFacts:
    """The rows of a diff by every key at once, so that each tree of it sums the same facts."""

    def __init__(self, change: Diff, base: View, new: View) -> None:
        self.change = change
        self.base = base
        self.new = new
        self._rows: Rows = change.rows
        self._keys = {name: _in_order(self._rows.keys[name]) for name in DIFF_KEYS}

    def by_counter(self, counter: str) -> DiffFacts | None:
        """The same rows with the numbers of another counter; None if a row is not found by its keys alone."""
        from droidanon.analysis.diff.other_counter import by_other_counter

        if "user" in self._rows.keys or any((rows < 0).any() for rows in self.facts_of_cells):
            return None
        facts = copy(self)  # with the keys and the rows of cells, which stay
        facts.change = by_other_counter(self.change, (self.base, self.new), self.facts_of_cells, counter)
        facts._rows = facts.change.rows
        return facts

    def swapped(self) -> DiffFacts | None:
        """The same rows with the sides swapped; None if they have other names then."""
        from droidanon.analysis.diff.swapped import swap_sides

        if (change := swap_sides(self.change, self.base, self.new)) is None:
            return None
        facts = copy(self)  # with the keys, which stay
        facts.change, facts._rows, facts.base, facts.new = change, change.rows, self.new, self.base
        if "facts_of_cells" in facts.__dict__:
            facts.facts_of_cells = self.facts_of_cells[1], self.facts_of_cells[0]
        return facts

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, name: str) -> Coded:
        return self._keys[name]

    def number(self, name: str) -> tuple[Values, BoolArray | None]:
        return self._rows.numbers[name], self._rows.missing.get(name)

    @property
    def status(self) -> Key:
        return self._rows.keys["status"]

    @cached_property
    def facts_of_cells(self) -> tuple[IndexArray, IndexArray]:
        """For each cell of base and of new the fact it belongs to; -1 for none."""
        return self._facts_of_cells("base", self.base), self._facts_of_cells("new", self.new)

    def _facts_of_cells(self, side: str, view: View) -> IndexArray:
        """Found by all keys; of a lone process whatever it is called."""
        from droidanon.columns import group

        single = all(
            len({p.name for p in v.capture.processes if p.rows and not p.reference}) == 1 for v in (self.base, self.new)
        )
        columns = []
        for name in DIFF_KEYS:
            if not (single and name in ("app", "process")):
                codes = self._codes_of_cells(side, view, name)
                known = self._keys[name]
                columns.append(Coded(np.concatenate([known.codes, codes]), (*known.values, "")))
        places, firsts = group(columns, len(self) + len(view.groups))
        found: IndexArray = firsts[places[len(self) :]]
        return np.where(found < len(self), found, -1)

    def _codes_of_cells(self, side: str, view: View, name: str) -> npt.NDArray[np.int32]:
        """A key of a side's cells in the diff's codes for it; what the diff does not have is one more."""
        column = view.group_key("normal_name" if name == "name" else name)
        values: Sequence[str] = column.values
        if name in ("name", "process") and side == "new":
            values = [self.change.renamed.get(value, value) for value in values]
        known = {value: code for code, value in enumerate(self._keys[name].values)}
        codes = np.array([known.get(value, len(known)) for value in values], np.int32)
        return codes[column.codes] if len(codes) else np.zeros(len(column), np.int32)

    def vmas_of(self, facts: IndexArray) -> VmaRows:
        wanted = np.zeros(len(self) + 1, np.bool_)  # the last one is for -1
        wanted[facts] = True
        base, new = (
            SideVmas(view, view.groups.rows_of(np.flatnonzero(wanted[found])), side)
            for side, view, found in zip(("base", "new"), (self.base, self.new), self.facts_of_cells, strict=True)
        )
        return DiffVmas(self.change.counter, base, new)


class DiffVmas:
    """VMAs of both sides: those of the base count as base, those of the new as new."""

    def __init__(self, counter: str, base: SideVmas, new: SideVmas) -> None:
        self._counter = counter
        self._base = base
        self._new = new

    def __len__(self) -> int:
        return len(self._base) + len(self._new)

    def _at(self, row: int) -> tuple[SideVmas, int]:
        return (self._base, row) if row < len(self._base) else (self._new, row - len(self._base))

    def key(self, row: int) -> tuple[str, int, int]:
        side, at = self._at(row)
        return side.key(at)

    def label(self, row: int) -> str:
        side, at = self._at(row)
        return side.label(at)

    def shorter(self, row: int) -> tuple[str, ...]:
        side, at = self._at(row)
        return side.shorter(at)

    def longest_forms(self) -> list[str]:
        sides = (self._base.longest_forms(), self._new.longest_forms())
        return [max(forms, key=len) for forms in zip(*sides, strict=True)]

    def at(self, row: int) -> tuple[View, int]:
        side, at = self._at(row)
        return side.at(at)

    def flags(self, row: int) -> str:
        side, at = self._at(row)
        return side.flags(at)

    def start(self) -> npt.NDArray[np.uint64]:
        return np.concatenate([self._base.start(), self._new.start()])

    def numbers(self, name: str) -> tuple[Values, BoolArray | None]:
        """base_kb, new_kb or delta_kb; the side that a VMA is not on is missing."""
        (base, base_gone), (new, new_gone) = (side.numbers(self._counter) for side in (self._base, self._new))
        on_base = np.arange(len(self)) < len(self._base)
        gone = np.concatenate(
            [np.zeros(len(v), np.bool_) if g is None else g for v, g in ((base, base_gone), (new, new_gone))]
        )
        if name == "base_kb":
            return np.concatenate([base, np.zeros_like(new)]), gone | ~on_base
        if name == "new_kb":
            return np.concatenate([np.zeros_like(base), new]), gone | on_base
        if name == "delta_kb":
            return np.concatenate([-base.astype(np.int64), new.astype(np.int64)]), gone
        return np.zeros(len(self)), np.ones(len(self), np.bool_)
