"""Reads anon + swap from the samples of a series, as columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.limits.over_time import UNKNOWN, Readings
from droidanon.analysis.limits.states import is_app, play_state
from droidanon.columns import Coded
from droidanon.errors import InputError
from droidanon.model import Problem, Process
from droidanon.sources.selection import Selection
from droidanon.store.series import STATUS_FOLDER, SYSTEM_FOLDER, Series

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

_COLUMNS = ("process", "pid", "uid", "oom_score_adj", "rss_anon_kb", "swap_kb")
_NO_NUMBER = -(1 << 40)
"""Stands for a missing whole number, which no pid, uid or adjustment is."""


@dataclass(frozen=True, slots=True)
class SampleReadings:
    """The readings from a series' samples, MemTotal if a sample has it, and the files that could not be read."""

    parts: list[Readings]
    total_kb: int | None
    problems: list[Problem]


def read_samples(series: Series, selection: Selection) -> SampleReadings:
    """The readings of the selected app processes in all samples of a series, one part per file."""
    problems: list[Problem] = []
    parts = [_readings(table, selection) for table in _tables(series.path / STATUS_FOLDER, _COLUMNS, problems)]
    totals = [
        kb
        for table in _tables(series.path / SYSTEM_FOLDER, ("mem_total_kb",), problems)
        for kb in table["mem_total_kb"].drop_null().slice(0, 1).to_pylist()
    ]
    return SampleReadings(parts, totals[-1] if totals else None, problems)


def _tables(folder: Path, columns: tuple[str, ...], problems: list[Problem]) -> Iterator[pa.Table]:
    import pyarrow as pa

    from droidanon.record.samples import sample_schema
    from droidanon.store.sealed import open_sealed

    for path in sorted(folder.glob("*.parquet")):
        try:
            yield open_sealed(path).read(columns=list(columns)).select(columns).cast(sample_schema(columns))
        except (InputError, pa.ArrowException, OSError, KeyError, ValueError):
            problems.append(Problem(f"{folder.name}/{path.name}", "damaged, left out"))


def _readings(table: pa.Table, selection: Selection) -> Readings:
    """The rows of selected app processes that have both parts of the number."""
    from droidanon.store.columns import values_of

    if not table.num_rows:
        return Readings.concat([])
    pid, uid, adjustment, anon, swap = (values_of(table[name].fill_null(_NO_NUMBER))[0] for name in _COLUMNS[1:])
    names = Coded.of(table["process"].fill_null("").to_pylist())
    owners = np.stack([names.codes.astype(np.int64), pid, uid])
    unique, owner = np.unique(owners, axis=1, return_inverse=True)
    wanted = np.array([_is_wanted(names, row, selection) for row in unique.T.tolist()], np.bool_)
    known = (anon != _NO_NUMBER) & (swap != _NO_NUMBER)
    keep = known & wanted[owner.reshape(-1)]
    adjustments, place = np.unique(adjustment[keep], return_inverse=True)
    states = [play_state(None if value == _NO_NUMBER else value) or UNKNOWN for value in adjustments.tolist()]
    distinct = Coded.of(states)
    state = Coded(distinct.codes[place.reshape(-1)], distinct.values) if states else Coded.of([])
    kb = (anon + swap)[keep].astype(np.int64)
    return Readings(names.take(keep), state, kb, np.ones(len(kb), np.bool_))


def _is_wanted(names: Coded, owner: list[int], selection: Selection) -> bool:
    code, pid, uid = owner
    known = None if uid == _NO_NUMBER else uid
    return is_app(known) and selection.includes(Process(names.values[code], pid, uid=known))
