"""The cost of one more capture in a series: `show`, `trend` and the TUI, compared with DuckDB's sums of the same files.

`python benchmarks/series.py [--captures N] [--phone N]` prints a Markdown table of processor time in ms per additional
capture: half of a series is read first, then all of it. "first" reads the new half, "again" finds its sums cached; the
number of captures already cached is the same in both. The start-up time of whole commands is excluded.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is imported: its threads spin while they wait for each other

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from droidanon.cli.main import run
from droidanon.model import Capture
from droidanon.store.library import samples_folder
from droidanon.store.parquet import load_capture, save_capture
from droidanon.store.series import Series, SeriesCapture, write_manifest

CHANGED = 0.1
"""The share of VMAs that change from capture to capture."""


def write_series(folder: Path, capture: Capture, count: int) -> None:
    """Write a series of captures 30 s apart."""
    folder.mkdir()
    rng, begin = np.random.default_rng(1), datetime(2026, 1, 1, tzinfo=UTC)
    vmas, listed = capture.vmas, []
    counters = {name: np.array(values) for name, values in vmas.counters.items()}
    missing = {name: np.array(gone) for name, gone in vmas.missing.items()}
    for place in range(count):
        changed = rng.random(len(vmas)) < CHANGED
        for name in ("rss_kb", "pss_kb"):
            counters[name] = np.maximum(counters[name] + changed * rng.integers(-8, 9, len(vmas)) * 4, 0).astype(
                np.int32
            )
        created = (begin + timedelta(seconds=30 * place)).isoformat()
        made = replace(capture, vmas=replace(vmas, counters=dict(counters), missing=missing), created=created)
        path = save_capture(made, folder / f"{place:05}.parquet")
        listed.append(SeriesCapture(path.name, created, 30.0 * place, 30.0 * place, 1.0))
    write_manifest(Series(folder, tuple(listed), app=capture.only_app or "", every_s=30.0, state="done"))


def cpu_ms(action: Callable[[], object]) -> float:
    """Processor time of an action; the minimum of three runs."""
    times = []
    for _ in range(3):
        begin = time.process_time()
        action()
        times.append(time.process_time() - begin)
    return min(times) * 1000


def ask(*words: str) -> None:
    """Run a command, and discard its output."""
    with redirect_stdout(io.StringIO()):
        if run(list(words)):
            raise SystemExit(f"failed: droidanon {' '.join(words)}")


def replay(folder: Path) -> None:
    """Load a series like the TUI."""
    from droidanon_tui.live.replay_job import play

    from droidanon.record.replay import Player

    play(str(folder), Player(), lambda _: None, clock=time.monotonic)


def duckdb_sums(folder: Path) -> None:
    """Sum a counter by name over all captures with DuckDB."""
    import duckdb

    duckdb.sql(
        f"SELECT filename, name, sum(pss_kb) FROM read_parquet('{folder}/*.parquet', filename = true, union_by_name = true) "
        "GROUP BY ALL"
    ).fetchall()


def forget(folder: Path) -> None:
    """Delete the cached sums."""
    shutil.rmtree(folder / ".sums", ignore_errors=True)


def rows(title: str, capture: Capture, count: int, folder: Path) -> None:
    """Print the rows for one kind of series."""
    half, whole = folder / f"{title}-half", folder / f"{title}-whole"
    write_series(half, capture, count // 2)
    write_series(whole, capture, count)
    further = count - count // 2
    duck = (cpu_ms(lambda: duckdb_sums(whole)) - cpu_ms(lambda: duckdb_sums(half))) / further
    questions: dict[str, Callable[[Path], None]] = {
        "show": lambda path: ask("show", str(path), "--json"),
        "trend": lambda path: ask("trend", str(path), "--by", "category", "--json"),
        "TUI": replay,
    }
    for name, question in questions.items():
        first, again = [], []
        for path in (half, whole):

            def anew(path: Path = path, question: Callable[[Path], None] = question) -> None:
                forget(path)
                question(path)

            first.append(cpu_ms(anew))
            again.append(cpu_ms(lambda path=path, question=question: question(path)))  # type: ignore[misc]
        before, kept = ((times[1] - times[0]) / further for times in (first, again))
        print(
            f"| {title} | {name} | {before:.2f} | {kept:.2f} | {before / kept:.1f} | {duck:.2f} | {kept / duck:.2f} |",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--captures", type=int, default=100, help="captures of the series of one app")
    parser.add_argument("--phone", type=int, default=40, help="captures of the series of a phone; 0 for none")
    options = parser.parse_args()
    samples = samples_folder()
    if samples is None:
        raise SystemExit("the bundled captures are missing")
    app, _, phone = (load_capture(path) for path in sorted(samples.glob("*.parquet")))
    print(
        "| series | question | first, ms per capture | again, ms per capture | ratio | DuckDB, ms per capture | again / DuckDB |"
    )
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        rows("app", app, options.captures, Path(folder))
        if options.phone:
            rows("phone", phone, options.phone, Path(folder))


if __name__ == "__main__":
    main()
