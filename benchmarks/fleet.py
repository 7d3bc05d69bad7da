"""Datasets of many captures: time to add and compact them, memory, and files.

`python benchmarks/fleet.py FOLDER [APPS] [PHONES]` makes APPS captures of small apps (10,000) and PHONES of whole
phones (300) from real texts in ../shared/data, or without them from the bundled captures, adds them to FOLDER/dataset,
and compacts it. The numbers of each capture are perturbed by one factor per capture and one per VMA. Captures already
in FOLDER are reused.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from droidanon.fleet.compact import compact
from droidanon.fleet.contents import dataset_contents
from droidanon.model import Capture
from droidanon.sources.capture_file import select_processes
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import Selection
from droidanon.store.library import samples_folder
from droidanon.store.parquet import save_capture

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RAM_KB = (3_700_000, 5_700_000, 7_700_000, 11_600_000)
DEVICES, BUILDS, DAYS = 40, 12, 60
SMALL_VMAS = (800, 3_000)
"""The maximum number of VMAs of a process that counts as a small app."""


def originals() -> tuple[list[Capture], list[Capture]]:
    """Captures of single apps, and of whole phones."""
    archives = sorted(DATA.glob("pixel4-10-*.tar.xz")) if DATA.is_dir() else []
    if not archives:
        folder = samples_folder()
        assert folder is not None
        first, second, phone = (load_source(str(path)) for path in sorted(folder.glob("*.parquet")))
        return [first, second], [phone]
    phones = [load_source(str(path)) for path in archives]
    apps = [
        select_processes(phone, Selection(pid=process.pid))
        for phone in phones
        for process in phone.processes
        if "." in process.name and SMALL_VMAS[0] <= process.rows <= SMALL_VMAS[1]
    ]
    return [replace(app, app=app.processes[0].app) for app in apps[:8]], phones


def perturbed(original: Capture, number: int) -> Capture:
    """A variation of a capture: each VMA's counters multiplied by a factor, with another device, build and day."""
    rng = np.random.default_rng(number)
    vmas = original.vmas
    factors = rng.lognormal(0, 0.08) * rng.lognormal(0, 0.05, len(vmas))
    counters = {
        name: values if name == "size_kb" or not name.endswith("_kb") else (values * factors).astype(values.dtype)
        for name, values in vmas.counters.items()
    }
    device = number % DEVICES
    created = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(days=int(rng.integers(DAYS)), seconds=number)
    ram_kb = RAM_KB[device % len(RAM_KB)]
    return replace(
        original,
        vmas=replace(vmas, counters=counters, missing={}, text={}),
        created=f"{created:%Y-%m-%dT%H:%M:%SZ}",
        device={**original.device, "serial": f"BENCH{device:04}", "model": f"Model {device}", "android": "10"},
        system={**original.system, "mem_total_kb": ram_kb, "mem_free_kb": int(rng.integers(ram_kb // 4))},
        labels={"build": f"1.{number % BUILDS}.0"},
    )


def make(folder: Path, captures: list[Capture], count: int) -> Iterator[Path]:
    """Write `count` captures, and return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = folder / f"{number:06}.parquet"
        if not path.exists():
            save_capture(perturbed(captures[number % len(captures)], number), path)
        yield path


ADD = """
import resource, sys, time
from droidanon.fleet.add import add
if __name__ == "__main__":
    begin = time.monotonic()
    found = add(sys.argv[1], sys.argv[2:])
    own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = sum(one.ru_utime + one.ru_stime for one in (own, workers))
    # Not ru_maxrss, which counts the process that started this one.
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
    print(found.added, len(found.failures), round(time.monotonic() - begin, 1), round(cpu, 1), peak >> 10, workers.ru_maxrss >> 10)
"""


def timed_add(dataset: Path, folder: Path) -> None:
    """Add a folder in a separate process, and print the costs."""
    done = subprocess.run(
        [sys.executable, "-c", ADD, str(dataset), str(folder)], capture_output=True, text=True, check=True
    )
    added, failed, seconds, cpu, own, worker = done.stdout.split()
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(
        f"| add {folder.name}: {added} captures, {size / 1e6:.0f} MB ({failed} failures) | {seconds} | {cpu} | {own} | {worker} |",
        flush=True,
    )


def own_peak_mb() -> int:
    """The peak memory of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) >> 10


def main() -> None:
    folder = Path(sys.argv[1])
    apps, phones = (int(one) for one in (*sys.argv[2:4], "10000", "300")[:2])
    small, whole = originals()
    for name, captures, count in (("apps", small, apps), ("phones", whole, phones)):
        for _ in make(folder / name, captures, count):
            pass
    dataset = folder / "dataset"
    print("| | seconds | processor seconds | MB, main process | MB, largest worker |\n|---|---:|---:|---:|---:|")
    for name, count in (("apps", apps), ("phones", phones)):
        if count:
            timed_add(dataset, folder / name)
            timed_add(dataset, folder / name)
    begin, cpu = time.monotonic(), time.process_time()
    found = compact(str(dataset))
    took, used = time.monotonic() - begin, time.process_time() - cpu
    print(
        f"| compact: {found.files_before} to {found.files_after} files | {took:.1f} | {used:.1f} | {own_peak_mb()} | |"
    )
    for table in dataset_contents(str(dataset)).tables:
        print(f"{table.table}: {table.rows:,} rows, {table.files} files, {table.size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
