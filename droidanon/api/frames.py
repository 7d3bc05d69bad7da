"""Captures as DataFrames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.view import View
from droidanon.counters import NOT_SUMS, choose_counters
from droidanon.model import VMA_FIDELITIES, Capture
from droidanon.rows import categorical
from droidanon.taxonomy.rules import load_rules

if TYPE_CHECKING:
    import numpy.typing as npt

_MEANINGS = ("heap", "sub_heap", "category", "rule")
_FACTS = ("package", "uid", "user", "ppid", "oom_score_adj", "state", "fidelity", "reference")
_BUILD = ("version_name", "version_code", "debuggable", "abi", "compile_filter", "age_s")
_WHOLE = frozenset({"pid", "uid", "user", "ppid", "oom_score_adj", "vmas", "version_code"})
_APPS = 10


def vmas_frame(
    capture: Capture,
    *,
    counters: str | Sequence[str] | None = None,
    android: int | None = None,
    rules: Sequence[str | Path] = (),
) -> pd.DataFrame:
    """The VMAs of a capture with app, process, meaning and counters: see `OpenedCapture.vmas_frame`."""
    view = View(capture, android, load_rules([Path(file) for file in rules]) if rules else None)
    vmas = capture.vmas
    names = view.counters if counters is None else choose_counters(counters, view.counters)
    described = [name for name in vmas.counters if name in NOT_SUMS] if counters is None else []
    pids = np.array([process.pid or 0 for process in capture.processes], np.int64)[vmas.process]
    no_pid = np.array([process.pid is None for process in capture.processes], np.bool_)[vmas.process]
    columns: dict[str, Any] = {
        "app": categorical(view.key("app")),
        "process": categorical(view.key("process")),
        "pid": _integers(pids, no_pid),
        "start": vmas.start,
        "end": vmas.end,
        "perms": categorical(vmas.perms),
        "offset": vmas.offset,
        "device": categorical(vmas.device),
        "inode": vmas.inode,
        "name": categorical(view.key("name")),
        **{key: categorical(view.key(key)) for key in _MEANINGS},
        "flags": categorical(vmas.flags),
    }
    for name in names:
        columns[name] = _integers(*view.counter(name))
    for name in described:
        columns[name] = _integers(vmas.counters[name], vmas.missing.get(name))
    frame = pd.DataFrame(columns, copy=False)
    return frame if view.counted.all() else frame[view.counted].reset_index(drop=True)


def processes_frame(capture: Capture) -> pd.DataFrame:
    """The processes of a capture: see `OpenedCapture.processes_frame`."""
    rows = []
    for process in capture.processes:
        row: dict[str, Any] = {"process": process.name, "pid": process.pid, "app": process.app}
        row.update({name: getattr(process, name) for name in _FACTS})
        row["vmas"] = process.rows if process.fidelity in VMA_FIDELITIES else None
        row.update({name: getattr(process, name) for name in _BUILD})
        rows.append({**row, **process.status_kb})
    frame = pd.DataFrame(rows)
    for name in frame.columns:
        if name in _WHOLE or name.endswith("_kb"):
            frame[name] = frame[name].astype("Int64")
    return frame


def largest_apps(capture: Capture) -> pd.DataFrame:
    """The apps of a capture that use the most memory, by total PSS or the best counter available."""
    view = View(capture)
    counters = [name for name in ("total_pss_kb", "anon_swap_kb", "rss_kb", "size_kb") if name in view.counters]
    return breakdown(view, ("app",), counters=counters, top=_APPS).rows.to_pandas()


def _integers(values: npt.NDArray[Any], missing: npt.NDArray[np.bool_] | None) -> pd.arrays.IntegerArray:
    mask = np.zeros(len(values), np.bool_) if missing is None else missing.copy()
    return pd.arrays.IntegerArray(values.astype(np.int64), mask)
