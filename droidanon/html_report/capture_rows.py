"""The rows of a capture page: sums by process, category and name, sorted so that each part is a range of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.columns import BoolArray, Coded, exact_sums, group
from droidanon.counters import DEFAULT_COUNTER
from droidanon.html_report.page import Explorer, PageColumn, SortableTable
from droidanon.report.titles import title
from droidanon.wording import NO_NAME

if TYPE_CHECKING:
    import numpy.typing as npt

    from droidanon.analysis.view import View
    from droidanon.model import Process

USUAL = (DEFAULT_COUNTER, "pss_kb", "swap_pss_kb", "private_dirty_kb", "private_clean_kb", "rss_kb", "size_kb")
"""The counters of tables, the same as in `show`."""
_UNIT = "Memory in kB (1,024 bytes)."
_LEVELS = ("app", "process", "category", "name")


@dataclass(frozen=True, slots=True, eq=False)
class NamedRows:
    """A row per process, category and name, sorted by app, process, category and name."""

    levels: dict[str, PageColumn]
    counters: dict[str, PageColumn]
    """The counters that were read and are not 0 everywhere, the usual ones first."""
    zero: tuple[str, ...]
    """The counters that were read and are 0 everywhere."""
    vmas: PageColumn
    row_of_vma: npt.NDArray[np.int64]
    """The row of each VMA that is included."""


def named_rows(view: View) -> NamedRows:
    """The sums of all counters of a capture, for its explorer and tables."""
    rows = np.flatnonzero(view.counted)
    owner = view.capture.vmas.process[rows]
    columns = {
        "app": _labels(_app_texts(view), owner),
        "process": _labels([_process_text(one) for one in view.capture.processes], owner),
        "category": view.key("category").take(rows),
        "name": view.key("name").take(rows),
    }
    place = _labels([f"{index:09d}" for index in range(len(view.capture.processes))], owner)
    codes, firsts = group([place, columns["category"], columns["name"]], len(rows))
    keys = [columns[name].take(firsts) for name in _LEVELS]
    order = np.lexsort([column.compact().ranks() for column in reversed(keys)])
    new_place = np.empty(len(order), np.int64)
    new_place[order] = np.arange(len(order))
    sums = _RowSums(view, rows, new_place[codes], len(order))
    counters, zero = sums.counters()
    levels = {
        name: PageColumn(name, title(name), "text", column.take(order).map(lambda text: text or NO_NAME))
        for name, column in zip(_LEVELS, keys, strict=True)
    }
    return NamedRows(levels, counters, zero, sums.vmas(), new_place[codes])


def explorer(found: NamedRows, whole: str) -> Explorer | None:
    """The explorer of a capture; None without rows or counters."""
    counters = list(found.counters.values())
    if not counters or not len(found.row_of_vma):
        return None
    note = f"0 kB everywhere: {', '.join(map(title, found.zero))}." if found.zero else ""
    levels = [column for name, column in found.levels.items() if name not in ("app", "process") or _differs(column)]
    return Explorer("Where the memory is", levels, counters, found.vmas, whole, "category", note)


def names_table(found: NamedRows) -> SortableTable | None:
    """The table by name; None if there is at most one name, such as `(not reported)`."""
    if not _differs(found.levels["name"]):
        return None
    name, *others = _shown_levels(found)
    columns = [name, *_usual_counters(found), found.vmas, *others]
    return SortableTable(
        "Names", columns, _UNIT, sort=_first(found.counters), followed=np.arange(len(found.vmas), dtype=np.int64)
    )


def vmas_table(view: View, found: NamedRows) -> SortableTable | None:
    """The table of VMAs; None if no row is a VMA, or there are several apps."""
    mask = view.is_vma & view.counted
    if view.capture.only_app is None or not mask.any():
        return None
    among = found.row_of_vma[mask[view.counted]]
    order = np.argsort(among, kind="stable")
    rows, owners = np.flatnonzero(mask)[order], among[order]
    vmas = view.vmas
    width = len(f"{int(vmas.end[rows].max()):x}")
    addresses = [
        f"{start:0{width}x}-{end:0{width}x}"
        for start, end in zip(vmas.start[rows].tolist(), vmas.end[rows].tolist(), strict=True)
    ]
    name, *others = [_taken(column, owners) for column in _shown_levels(found)]
    texts = [
        PageColumn("address", "address", "text", Coded.of(addresses)),
        PageColumn("perms", "perms", "text", vmas.perms.take(rows)),
    ]
    numbers = [_of_vmas(view, column.key, rows) for column in _usual_counters(found)]
    return SortableTable("VMAs", [name, *numbers, *texts, *others], _UNIT, sort=_first(found.counters), followed=owners)


def _of_vmas(view: View, name: str, rows: npt.NDArray[np.intp]) -> PageColumn:
    values, gone = view.counter(name)
    return PageColumn(name, title(name), "kb", values[rows], None if gone is None else gone[rows])


def _usual_counters(found: NamedRows) -> list[PageColumn]:
    return [column for name, column in found.counters.items() if name in USUAL]


class _RowSums:
    """Sums by row over the included VMAs of a capture."""

    def __init__(self, view: View, rows: npt.NDArray[np.intp], codes: npt.NDArray[np.int64], count: int) -> None:
        self.view, self.rows, self.codes, self.count = view, rows, codes, count
        self.sizes = np.bincount(codes, minlength=count)

    def counters(self) -> tuple[dict[str, PageColumn], tuple[str, ...]]:
        """The counters known in some row, usual ones first: columns of those with memory, and names of the others."""
        usual = [name for name in USUAL if name in self.view.counters]
        names = [*usual, *(name for name in self.view.counters if name not in usual)]
        found = {name: column for name in names if (column := self._counter(name)) is not None}
        zero = tuple(name for name, column in found.items() if not _values(column).any())
        return {name: column for name, column in found.items() if name not in zero}, zero

    def _counter(self, name: str) -> PageColumn | None:
        values, gone = self.view.counter(name)
        missing = None if gone is None else self._all(gone[self.rows])
        if missing is not None and missing.all():
            return None
        return PageColumn(name, title(name), "kb", exact_sums(self.codes, values[self.rows], self.count), missing)

    def vmas(self) -> PageColumn:
        """The number of VMAs; unknown for rows with only reported sums."""
        is_vma = self.view.is_vma[self.rows]
        counts = np.bincount(self.codes, is_vma, self.count).astype(np.int64)
        return PageColumn("vmas", title("vmas"), "count", counts, self._all(~is_vma))

    def _all(self, mask: BoolArray) -> BoolArray | None:
        """The rows whose VMAs are all in a mask; None if there are none."""
        if not mask.any():
            return None
        every: BoolArray = np.bincount(self.codes, mask, self.count) == self.sizes
        return every if every.any() else None


def _values(column: PageColumn) -> npt.NDArray[Any]:
    assert not isinstance(column.values, Coded)
    return column.values


def _labels(texts: Sequence[str], owner: npt.NDArray[np.int32]) -> Coded:
    return Coded.of(texts).take(owner)


def _app_texts(view: View) -> list[str]:
    """The app of each process, with its Android user if the app runs for several."""
    users: dict[str, set[int | None]] = {}
    for one in view.capture.counted:
        users.setdefault(one.app, set()).add(one.user)
    return [
        f"{one.app} (user {one.user})" if len(users.get(one.app, ())) > 1 and one.user is not None else one.app
        for one in view.capture.processes
    ]


def _process_text(process: Process) -> str:
    return process.name if process.pid is None else f"{process.name} ({process.pid})"


def _differs(column: PageColumn) -> bool:
    assert isinstance(column.values, Coded)
    return len(column.values.compact().values) > 1


def _shown_levels(found: NamedRows) -> list[PageColumn]:
    return [column for name, column in reversed(found.levels.items()) if name == "name" or _differs(column)]


def _taken(column: PageColumn, rows: npt.NDArray[np.int64]) -> PageColumn:
    assert isinstance(column.values, Coded)
    return PageColumn(column.key, column.title, column.kind, column.values.take(rows))


def _first(counters: dict[str, PageColumn]) -> str:
    return next(iter(counters), "")
