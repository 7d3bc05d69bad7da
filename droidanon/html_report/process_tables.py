"""Tables of a capture's processes: memory against limits, and memory outside smaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.limits.anon_swap import anon_swap_of_processes
from droidanon.analysis.limits.judge import judge
from droidanon.analysis.off_smaps import amount_sums, not_in_smaps
from droidanon.columns import Coded
from droidanon.counters import DEFAULT_COUNTER
from droidanon.html_report.page import Kind, PageColumn, SortableTable
from droidanon.report.titles import title

if TYPE_CHECKING:
    from droidanon.analysis.view import View
    from droidanon.model import Process

_LIMITS_NOTE = (
    "Memory in kB (1,024 bytes). Basis of anon + swap: judged is the number that Google Play judges, from /proc; "
    "an upper bound is from smaps."
)


def processes_table(view: View) -> SortableTable | None:
    """One row per process: its anon + swap against Google Play's limit, and its total PSS.

    None if the capture has no processes, or only numbers shown elsewhere.
    """
    capture = view.capture
    places = [
        place for place, process in enumerate(capture.processes) if not process.reference and _has_numbers(process)
    ]
    if not places:
        return None
    processes = [capture.processes[place] for place in places]
    numbers = anon_swap_of_processes(view)
    uses = {id(use.process): use for use in judge(view, numbers=numbers).uses}
    judged = [numbers[place] for place in places]
    limits = [uses.get(id(process)) for process in processes]
    pss = view.kb_by_process(DEFAULT_COUNTER)
    shares = [None if use is None or use.play_share is None else 100 * use.play_share for use in limits]
    columns = [
        _texts("process", "process", [process.name for process in processes]),
        known_numbers("anon_swap", "anon + swap", "kb", [None if one is None else one.kb for one in judged]),
        known_numbers("share", "used", "percent", shares),
        known_numbers("limit", "limit of Google Play", "kb", [None if use is None else use.play_kb for use in limits]),
        known_numbers(DEFAULT_COUNTER, title(DEFAULT_COUNTER), "kb", [pss[place] for place in places]),
        _texts("state", "state", ["" if use is None or use.state is None else str(use.state) for use in limits]),
        _texts("basis", "basis", ["" if one is None else str(one.basis) for one in judged]),
        _texts("pid", "pid", ["" if one.pid is None else str(one.pid) for one in processes]),
        _texts("fidelity", "read as", [process.fidelity for process in processes]),
    ]
    shown = [column for column in columns if _says_something(column)]
    return SortableTable("Processes and limits", shown, _LIMITS_NOTE, sort="anon_swap")


def off_smaps_table(view: View) -> SortableTable | None:
    """Memory outside smaps, such as `GL mtrack`; None if none was read."""
    rows = amount_sums(not_in_smaps(view.capture), ("app", "process"), "kb")
    rows = rows.take(rows.numbers["kb"] > 0)
    if not len(rows):
        return None
    texts = [_texts(key, title(key), ["" if one is None else str(one) for one in rows.keys[key]]) for key in rows.keys]
    columns = [texts[-1], PageColumn("kb", "kB", "kb", rows.numbers["kb"]), *texts[:-1]]
    return SortableTable("Memory that is not in smaps", columns, "It is in no total of this page.", sort="kb")


def known_numbers(key: str, heading: str, kind: Kind, values: Sequence[float | None]) -> PageColumn:
    """A column of numbers; None means unknown."""
    missing = np.array([value is None for value in values], np.bool_)
    numbers = np.array(
        [0 if value is None else value for value in values], np.float64 if kind == "percent" else np.int64
    )
    return PageColumn(key, heading, kind, numbers, missing if missing.any() else None)


def _has_numbers(process: Process) -> bool:
    """Whether a process has memory, or should have: kernel threads have none."""
    return bool(process.rows or process.status_kb) or process.fidelity == "none"


def _texts(key: str, heading: str, values: Sequence[str]) -> PageColumn:
    return PageColumn(key, heading, "text", Coded.of(values))


def _says_something(column: PageColumn) -> bool:
    if isinstance(column.values, Coded):
        return any(column.values.values)
    return column.missing is None or not column.missing.all()
