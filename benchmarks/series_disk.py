"""The disk space of a series: captures stored as changes, compared with the same captures stored in full.

`python benchmarks/series_disk.py [CAPTURES] [SHARE]` makes CAPTURES (60) of an app and of a whole phone, in each of
which the counters of a SHARE (0.1) of VMAs differ from before, and stores them both ways. The texts are real ones from
../shared/data, or without it the bundled captures. `same`: the same VMAs change every time, like those of apps in use;
`any`: different ones each time, so that changes since a full capture accumulate; `restarts`: like `any`, and one in
fifty processes has new addresses and a new start time. The age, read time and status of every process always change. A
change is a number of pages that become resident or are freed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from droidanon.model import Capture
from droidanon.sources.capture_file import select_processes
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import Selection
from droidanon.store import series_captures
from droidanon.store.library import samples_folder
from droidanon.store.parquet import load_capture, save_capture
from droidanon.store.series_captures import SeriesCaptures

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
LIMITS = (5, 10, 20, 30)
RESTARTS = 0.02
PAGE = 4096
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
CHANGED = ("rss_kb", "pss_kb", "private_dirty_kb", "referenced_kb", "anonymous_kb")


def originals() -> dict[str, Capture]:
    """A capture of an app, and one of a whole phone."""
    archive = DATA / "pixel4-10-chrome.tar.xz"
    folder = samples_folder()
    paths = [archive] if archive.is_file() else sorted(folder.glob("*.parquet")) if folder else []
    phone = max((load_source(str(path)) for path in paths), key=lambda one: len(one.processes))
    app = max((process for process in phone.processes if "." in process.name), key=lambda process: process.rows)
    return {"app": select_processes(phone, Selection(pid=app.pid)), "phone": phone}


def recorded(original: Capture, captures: int, share: float, kind: str) -> Iterator[Capture]:
    """Captures of one source over time, of the kind `same`, `any` or `restarts`."""
    rng = np.random.default_rng(20)
    vmas = original.vmas
    hot = chosen(rng, len(vmas), share)
    processes = len(original.processes)
    moved, starts = np.zeros(processes, np.uint64), np.zeros(processes, np.int64)
    counters = {name: np.array(values) for name, values in vmas.counters.items()}
    for number in range(captures):
        rows = hot if kind == "same" else chosen(rng, len(vmas), share)
        if kind == "restarts" and number:
            restarted = chosen(rng, processes, RESTARTS)
            moved[restarted] = rng.integers(1 << 24, size=len(restarted)).astype(np.uint64) * np.uint64(PAGE)
            starts[restarted] = 3000 * number
        rss, size = counters["rss_kb"][rows], counters["size_kb"][rows]
        # Empty VMAs can only grow and full ones only shrink, so that each chosen one changes.
        grows = np.where(rss <= 0, True, np.where(rss >= size, False, rng.random(len(rows)) < 0.5))
        kb = np.minimum(4 * rng.geometric(0.1, len(rows)), np.where(grows, size - rss, rss)) * np.where(grows, 1, -1)
        counters = {name: changed(values, rows, kb) if name in CHANGED else values for name, values in counters.items()}
        yield replace(
            original,
            vmas=replace(
                vmas,
                start=vmas.start + moved[vmas.process],
                end=vmas.end + moved[vmas.process],
                counters=counters,
                missing={},
                text={},
            ),
            created=f"{BEGIN + timedelta(seconds=30 * number):%Y-%m-%dT%H:%M:%SZ}",
            processes=tuple(
                replace(
                    process,
                    start_time=int(starts[place]) or process.start_time,
                    age_s=round(float(place + 30 * number + rng.normal(0, 0.2)), 2),
                    read_s=round(float(rng.exponential(0.01)), 4),
                    status_kb={"rss_anon_kb": int(rng.integers(1 << 17)), "vm_swap_kb": int(rng.integers(1 << 14))},
                )
                for place, process in enumerate(original.processes)
            ),
        )


def chosen(rng: np.random.Generator, rows: int, share: float) -> np.ndarray:
    return np.sort(rng.choice(rows, max(int(rows * share), 1), replace=False))


def changed(values: np.ndarray, rows: np.ndarray, kb: np.ndarray) -> np.ndarray:
    found = values.copy()
    found[rows] = np.maximum(found[rows] + kb, 0)
    return found


def share_changed(before: Capture, after: Capture) -> float:
    """The share of VMAs in which some counter changed, measured in the captures."""
    old, new = before.vmas.counters, after.vmas.counters
    return float(np.mean(np.any([old[name] != new[name] for name in CHANGED], axis=0)))


def cpu_of(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main(captures: int = 60, share: float = 0.1) -> None:
    titles = (
        "series",
        "VMAs that change (measured)",
        "changes per full one, at most",
        "kB per capture, all in full",
        "kB per capture",
    )
    print(f"| {' | '.join(titles)} | ratio | captures in full | CPU of writing, ratio | CPU of reading, ratio |")
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    usual = series_captures.MOST_CHANGES
    for kind, original in originals().items():
        for changes in ("same", "any") if kind == "app" else ("same", "any", "restarts"):
            for limit in LIMITS if kind == "app" else (usual,):
                series_captures.MOST_CHANGES = limit
                print(row(f"{kind}, {len(original.vmas):,} VMAs", original, captures, share, changes), flush=True)


def row(title: str, original: Capture, captures: int, share: float, kind: str) -> str:
    changes: list[float] = []
    before: Capture | None = None
    whole, stored, write, write_whole, read, read_whole, bases = 0, 0, 0.0, 0.0, 0.0, 0.0, 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        series = SeriesCaptures(folder / "series")
        other = folder / "whole.parquet"
        for capture in recorded(original, captures, share, kind):
            if before is not None:
                changes.append(share_changed(before, capture))
            before = capture
            kept: list[tuple[Path, str]] = []
            write += cpu_of(lambda capture=capture, kept=kept: kept.append(series.keep(capture)))
            write_whole += cpu_of(lambda capture=capture: save_capture(capture, other))
            path, base = kept[0]
            opened: list[Capture] = []
            read += cpu_of(lambda path=path, opened=opened: opened.append(read_all(path)))
            read_whole += cpu_of(lambda: read_all(other))
            save_capture(opened[0], folder / "again.parquet")
            assert (folder / "again.parquet").read_bytes() == other.read_bytes()
            stored, whole, bases = stored + path.stat().st_size, whole + other.stat().st_size, bases + (not base)
    return (
        f"| {title} | {kind} {np.mean(changes):.1%} | {series_captures.MOST_CHANGES} | {whole / captures / 1000:.1f} "
        f"| {stored / captures / 1000:.1f} | {stored / whole:.3f} | {bases} of {captures} | {write / write_whole:.2f} "
        f"| {read / read_whole:.2f} |"
    )


def read_all(path: Path) -> Capture:
    capture = load_capture(path)
    for name in capture.vmas.counters:
        capture.vmas.counters[name].sum()
    return capture


if __name__ == "__main__":
    main(*(kind(text) for kind, text in zip((int, float), sys.argv[1:], strict=False)))
