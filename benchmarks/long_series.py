"""A series of thousands of captures of one app: processor time of `show` and `trend`, for the first and a repeated run.

`python benchmarks/long_series.py [CAPTURES [BEFORE]]`; BEFORE is the folder of another checkout, which reads the same
series in turn.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PROCESSES = 16
APP = "com.example.app"
CHANGED = 0.1
"""The share of VMAs whose numbers differ from the previous capture."""


def make_series(folder: Path, count: int) -> int:
    """Write captures a minute apart, each a full file, and return their number of VMAs."""
    import numpy as np

    from droidanon.sources.assemble import make_capture
    from droidanon.sources.facts import ProcessFacts
    from droidanon.sources.reading import Reading
    from droidanon.store.parquet import save_capture
    from droidanon.store.series import DONE, Series, SeriesCapture, write_manifest
    from testphone.phone.model import ModelPhone
    from testphone.phone.smaps_text import format_entry

    phone, rng = ModelPhone(seed=1, processes=PROCESSES), np.random.default_rng(1)
    readings = []
    for process in phone.processes.values():
        if process.package == APP:
            text = "".join(map(format_entry, phone.vmas(process))).encode()
            readings.append(Reading(ProcessFacts(process.name, process.pid, APP, process.uid, process.ppid), text))
    capture = make_capture(readings, source="adb:MODEL", access="root", device={"serial": "MODEL", "sdk": 36})
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    taken = []
    for number in range(count):
        counters = dict(capture.vmas.counters)
        changed = rng.random(len(capture.vmas)) < CHANGED
        for name in ("rss_kb", "pss_kb", "private_dirty_kb", "anonymous_kb"):
            values = counters[name].copy()
            values[changed] = np.maximum(0, values[changed] + rng.integers(-8, 9, changed.sum()) * 4)
            counters[name] = values
        at = begin + timedelta(minutes=number)
        capture = replace(capture, created=f"{at:%Y-%m-%dT%H:%M:%SZ}", vmas=replace(capture.vmas, counters=counters))
        path = save_capture(capture, folder / f"{at:%Y%m%dT%H%M%SZ}.parquet")
        taken.append(SeriesCapture(path.name, capture.created, 60.0 * number, 60.0 * number, 0.5))
    write_manifest(
        Series(folder, tuple(taken), source="adb:MODEL", app=APP, started=taken[0].created, every_s=60.0, state=DONE)
    )
    return len(capture.vmas)


def seconds(checkout: Path, *arguments: str) -> float:
    """Processor time of a command in a checkout."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,  # `-m` looks there first
        env={**os.environ, "PYTHONPATH": f"{checkout}{os.pathsep}{checkout / 'tui'}"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    checkouts = {"seconds": ROOT, **({"before": Path(sys.argv[2])} if len(sys.argv) > 2 else {})}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "series")
        folder.mkdir()
        vmas = make_series(folder, count)
        print(f"{count:,} captures of an app with {vmas:,} VMAs, a tenth changed each time; processor time.\n")
        print("| | " + " | ".join(checkouts) + " | of `import pandas` |\n|---|" + "---:|" * (len(checkouts) + 1))
        pandas = seconds(ROOT, "-c", "import pandas")
        for title, words in (
            ("`trend --by category`, first time", ("trend", "--by", "category")),
            ("`trend --by category`, again", ("trend", "--by", "category")),
            ("`show`", ("show",)),
        ):
            times = [seconds(path, "-m", "droidanon", words[0], str(folder), *words[1:]) for path in checkouts.values()]
            print(
                f"| {title} | " + " | ".join(f"{each:.2f}" for each in times) + f" | {times[0] / pandas:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
