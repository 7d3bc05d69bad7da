"""Memory touched since the accessed bits of its pages were cleared, and resident memory not touched.

`Referenced` of smaps counts the pages whose accessed bit is set. It means "touched since the reset" only in processes
that were reset, so all others are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.analysis.breakdown import breakdown, parse_by
from droidanon.analysis.view import View
from droidanon.columns import BoolArray, Coded, group
from droidanon.errors import ProcessError, UsageError
from droidanon.model import Problem
from droidanon.rows import Key, Rows
from droidanon.wording import counted

REFERENCED = "referenced_kb"
_COUNTERS = ("rss_kb", REFERENCED, "swap_kb")


@dataclass(frozen=True, slots=True, eq=False)
class WorkingSet:
    """Rows, most untouched memory first: `rss_kb`, `untouched_kb` and `swap_kb` at the last reading, in kB.

    `touched_kb` has one column per reading: kB touched since the reset.
    """

    by: tuple[str, ...]
    seconds: tuple[float, ...]
    rows: Rows
    touched_kb: npt.NDArray[np.int64]
    processes: int
    warnings: tuple[Problem, ...]


def working_set(
    views: Sequence[View], seconds: Sequence[float], reset: Collection[tuple[int, int]], by: str | Sequence[str]
) -> WorkingSet:
    """The working set over some readings, `seconds` after the reset of the processes `reset` (pid and start time).

    Raises ProcessError if none of these lived until the last reading, and UsageError for unknown keys or a kernel that
    does not print Referenced.
    """
    keys, depth = parse_by(by)
    if "pid" in keys:
        raise UsageError("can't group by pid; choose process")
    kept = set(reset)
    for view in views:
        if REFERENCED not in view.counters:
            raise UsageError("this kernel prints no Referenced in smaps, so touched pages are unknown")
        kept &= _read_processes(view)
    if not kept:
        raise ProcessError("no process lived from the reset to the last reading; start the app and try again")
    found = [
        breakdown(view, keys, counters=_COUNTERS, depth=depth, where=_rows_of(view, kept), sort="rss_kb")
        for view in views
    ]
    columns = [list(one.rows.keys.values()) for one in found]
    names = list(found[-1].rows.keys)
    joined: list[Key] = [Coded.concat([_coded(parts[place]) for parts in columns]) for place in range(len(names))]
    codes, firsts = group([_coded(column) for column in joined], sum(len(one.rows) for one in found))
    ends = np.cumsum([len(one.rows) for one in found])
    touched = np.zeros((len(firsts), len(found)), np.int64)
    for reading, (one, end) in enumerate(zip(found, ends.tolist(), strict=True)):
        touched[codes[end - len(one.rows) : end], reading] = one.rows.numbers[REFERENCED]
    last = codes[ends[-1] - len(found[-1].rows) :]
    rss, swap = (np.zeros(len(firsts), np.int64) for _ in range(2))
    rss[last], swap[last] = (found[-1].rows.numbers[name] for name in ("rss_kb", "swap_kb"))
    untouched = rss - touched[:, -1]
    texts = [_coded(column).take(firsts) for column in joined]
    order = np.lexsort([*(text.ranks() for text in reversed(texts)), -rss, -untouched])
    rows = Rows(dict(zip(names, texts, strict=True)), {"rss_kb": rss, "untouched_kb": untouched, "swap_kb": swap}).take(
        order
    )
    return WorkingSet(
        found[-1].by, tuple(seconds), rows, touched[order], len(kept), _warnings(views, reset, kept, touched)
    )


def _coded(column: Key) -> Coded:
    return column if isinstance(column, Coded) else Coded.of(str(value) for value in column)


def _read_processes(view: View) -> set[tuple[int, int]]:
    return {
        (process.pid, process.start_time)
        for process in view.capture.counted
        if process.pid is not None and process.start_time is not None and process.fidelity == "smaps"
    }


def _rows_of(view: View, kept: Collection[tuple[int, int]]) -> BoolArray:
    of_process = np.array([(one.pid, one.start_time) in kept for one in view.capture.processes], np.bool_)
    rows: BoolArray = of_process[view.capture.vmas.process]
    return rows


def _warnings(
    views: Sequence[View],
    reset: Collection[tuple[int, int]],
    kept: Collection[tuple[int, int]],
    touched: npt.NDArray[np.int64],
) -> tuple[Problem, ...]:
    found = []
    ended = len(reset) - len(kept)
    if ended:
        found.append(Problem("wss", f"{counted(ended, 'process')} ended before the last reading; left out", "ended"))
    others = len(set().union(*(_read_processes(view) for view in views)) - set(reset))
    if others:
        text = f"{counted(others, 'process')} started after the reset; left out"
        found.append(Problem("wss", text, "not_reset"))
    if (np.diff(touched.sum(axis=0)) < 0).any():
        text = (
            "touched memory fell between readings: the kernel's own ageing clears accessed bits too, or memory was "
            "freed; touched is a lower bound and untouched an upper bound"
        )
        found.append(Problem("wss", text, "aged"))
    return tuple(found)
