"""Changes of memory outside smaps, and of object counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from droidanon.analysis.capture_facts import CaptureFacts
from droidanon.analysis.diff.one_to_one import exact_rows
from droidanon.analysis.diff.row_tests import Design, compare, estimate_rows
from droidanon.analysis.off_smaps import Amount, not_in_smaps, objects
from droidanon.analysis.sums import Table
from droidanon.columns import Coded
from droidanon.model import Process
from droidanon.platform.app_summary import MEMTRACK
from droidanon.rows import Rows

_PHONES_OWNER = ("", "", "")
_OWNER = ("app", "process", "user")
_ESTIMATES = ("base_kb", "new_kb", "delta_kb", "delta_percent", "shift_kb", "low_kb", "high_kb")


def compare_off_smaps(captures: Sequence[CaptureFacts], design: Design) -> tuple[Rows, Rows]:
    """The changes of memory outside smaps, and of object counts."""
    memory, counts = tabulate_off_smaps(captures)
    return _compare(memory, design), as_counts(_compare(counts, design))


def tabulate_off_smaps(captures: Sequence[CaptureFacts]) -> tuple[Table, Table]:
    """Memory outside smaps (kB), and object counts, by process and capture."""
    single = all(len(facts.read) == 1 for facts in captures)
    only = captures[0].read[0] if single else None
    memory = [_reported(not_in_smaps(facts), facts, only) for facts in captures]
    counts = [_reported(objects(facts), facts, only) for facts in captures]
    return _tabulate(memory), _tabulate(counts)


@dataclass(frozen=True, slots=True)
class _Reported:
    """The amounts that one capture reports, by owner (app, process, user) and label, and the owners that it read."""

    amounts: Mapping[tuple[str, ...], int]
    owners: frozenset[tuple[str, ...]]
    asked: frozenset[tuple[str, ...]]
    """The owners that the platform reported on: an amount of memtrack that it left out is 0, any other is unknown."""


def _reported(found: Iterable[Amount], facts: CaptureFacts, rename: Process | None) -> _Reported:
    """The amounts of a capture. `rename`: the name under which its only process is compared."""
    amounts: dict[tuple[str, ...], int] = {}
    for amount in found:
        owner = _PHONES_OWNER if amount.process is None else _owner(rename or amount.process)
        amounts[(*owner, amount.what)] = amounts.get((*owner, amount.what), 0) + amount.number
    counted = [process for process in facts.processes if process.fidelity != "none"]
    owners = {_owner(rename or process) for process in counted}
    asked = {_owner(rename or process) for process in counted if process.objects or process.not_in_smaps_kb}
    return _Reported(amounts, frozenset(owners), frozenset(asked))


def _owner(process: Process) -> tuple[str, str, str]:
    return process.app, process.name, "" if process.user is None else str(process.user)


def _compare(table: Table, design: Design) -> Rows:
    """One row per amount and process, largest change first.

    With replicates, each row has its own interval but no verdict, because no row is tested.
    """
    if design.sizes == (1, 1):
        rows = exact_rows(table)
    else:
        found = estimate_rows(
            compare(table, design, np.zeros(len(table), np.bool_)),
            design,
            {**table.columns(tuple(table.keys)), "status": table.statuses(design.sizes[0])},
        )
        rows = Rows(
            {name: values for name, values in found.keys.items() if name not in ("verdict", "note")},
            {name: found.numbers[name] for name in _ESTIMATES},
            {name: gone for name, gone in found.missing.items() if name in _ESTIMATES},
        )
    return rows.take(table.order(rows.numbers["delta_kb"]))


def as_counts(rows: Rows) -> Rows:
    """The same rows with column names without `_kb`."""
    numbers = {name.removesuffix("_kb"): values for name, values in rows.numbers.items()}
    return Rows(rows.keys, numbers, {name.removesuffix("_kb"): gone for name, gone in rows.missing.items()})


def _tabulate(captures: Sequence[_Reported]) -> Table:
    """Amounts by row and capture; missing if a capture has read the owner but does not report the amount."""
    every = dict.fromkeys(key for one in captures for key in one.amounts)
    wanted = [key for key in every if key[:-1] != _PHONES_OWNER or all(key in one.amounts for one in captures)]
    shape = len(wanted), len(captures)
    values, present, missing = np.zeros(shape, np.int64), np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    for column, one in enumerate(captures):
        for row, key in enumerate(wanted):
            owner, what = key[:-1], key[-1]
            if key in one.amounts:
                values[row, column], present[row, column] = one.amounts[key], True
            elif owner in one.owners:
                missing[row, column] = not (what in MEMTRACK and owner in one.asked)
    names = (*_OWNER, "what")
    columns = {name: Coded.of(key[place] for key in wanted) for place, name in enumerate(names)}
    if len(set(columns["user"].values) - {""}) < 2:
        del columns["user"]
    return Table(columns, values, present, missing)
