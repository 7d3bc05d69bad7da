"""The samples of a series: Parquet files of a few minutes each, written atomically."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from droidanon.analysis.limits.states import PlayState, is_app, play_state
from droidanon.model import Process
from droidanon.sources.sampling.sample import ProcessSample, Sample
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.store.series import STATUS_FOLDER, SYSTEM_FOLDER

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 200_000
MOST_SECONDS = 300.0
"""Samples are written after this many rows or seconds, which is the most that a killed recorder loses."""
STATUS = (
    "pid",
    "process",
    "uid",
    "oom_score_adj",
    "state",
    "rss_kb",
    "rss_anon_kb",
    "rss_file_kb",
    "rss_shmem_kb",
    "swap_kb",
)
SYSTEM = (
    "mem_total_kb",
    "mem_available_kb",
    "swap_total_kb",
    "swap_free_kb",
    "pressure_some",
    "pressure_full",
    "zram_data_kb",
    "zram_used_kb",
)


class SampleLog:
    """Stores the samples of one series; any thread may add or flush. With a selection, only its processes are kept."""

    def __init__(self, folder: Path, selection: Selection = EVERYTHING) -> None:
        self.rows = 0
        """Rows of processes that were written."""
        self._folder = folder
        self._selection = selection
        self._lock = threading.Lock()
        self._waiting: list[Sample] = []
        self._waiting_rows = 0
        self._files = 0

    def add(self, sample: Sample) -> None:
        """Add a sample, and write the buffered samples if the oldest has waited long enough."""
        with self._lock:
            self._waiting.append(sample)
            self._waiting_rows += len(sample.processes)
            if self._waiting_rows >= MOST_ROWS or sample.time - self._waiting[0].time >= MOST_SECONDS:
                self._write()

    def flush(self) -> None:
        """Write the buffered samples."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        samples, self._waiting, self._waiting_rows = self._waiting, [], 0
        if not samples:
            return
        kept = [
            (sample.time, one)
            for sample in samples
            for one in sample.processes
            if self._selection.includes(Process(one.name, one.pid, uid=one.uid))
        ]
        self._files += 1
        name = f"{self._files:05}.parquet"
        status = {"time": [_microseconds(time) for time, _ in kept]} | {
            key: [getattr(one, "name" if key == "process" else key) for _, one in kept] for key in STATUS
        }
        status["app_state"] = [app_state(one) for _, one in kept]
        status["anon_swap_kb"] = [one.anon_swap_kb for _, one in kept]
        system = {"time": [_microseconds(sample.time) for sample in samples]} | {
            key: [getattr(sample.system, key) for sample in samples] for key in SYSTEM
        }
        _write_table(self._folder / STATUS_FOLDER / name, status)
        _write_table(self._folder / SYSTEM_FOLDER / name, system)
        self.rows += len(kept)


def app_state(process: ProcessSample) -> PlayState | None:
    """The state that Google Play would assign to an app, from its OOM adjustment; None for other processes."""
    return play_state(process.oom_score_adj) if is_app(process.uid) else None


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _write_table(path: Path, columns: dict[str, list[Any]]) -> None:
    import pyarrow as pa

    from droidanon.store.columns import list_array
    from droidanon.store.sealed import sealed_file

    schema = sample_schema(tuple(columns))
    arrays = [list_array(columns[field.name], field.type) for field in schema]
    with sealed_file(path, schema, {}) as writer:
        writer.write_table(pa.table(arrays, schema))


def sample_schema(columns: tuple[str, ...]) -> pa.Schema:
    """The Arrow schema of a file of samples."""
    import pyarrow as pa

    kinds = {"time": pa.timestamp("us", "UTC"), **dict.fromkeys(("process", "state", "app_state"), pa.string())}
    kinds |= dict.fromkeys(("pressure_some", "pressure_full"), pa.float64())
    return pa.schema([(name, kinds.get(name, pa.int64())) for name in columns])
