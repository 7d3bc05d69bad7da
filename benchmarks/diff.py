"""Cold processes of `droidanon diff` on two whole phones with a million VMAs each: seconds and memory.

`python benchmarks/diff.py [BASE NEW]`; without captures, the model's phone is captured before and after its apps grew
(minutes).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.whole_phone import GROWTH  # noqa: E402 # found by the line above

RUNS = 5
WAYS: tuple[tuple[str, ...], ...] = (
    ("--by", "category:1"),
    ("--by", "app"),
    (),
    ("--by", "app,name"),
    ("--by", "origin"),
    ("--by", "vma", "--top", "20"),
)


def measured(arguments: Sequence[str]) -> tuple[float, float, float]:
    """Seconds, seconds of processor time, and peak memory (MB) of a command as a whole process.

    The peak is never below this process's own memory, so it imports nothing large.
    """
    begin = time.perf_counter()
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)}: exit code {process.returncode}")
    return time.perf_counter() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(base: str, new: str) -> None:
    """Print one row per command, with medians."""
    for way in (("-c", "import pandas"), *(("-m", "droidanon", "diff", base, new, *way) for way in WAYS)):
        found = [measured([sys.executable, *way]) for _ in range(RUNS)]
        seconds, busy, memory = (statistics.median(column) for column in zip(*found, strict=True))
        shown = "import pandas" if way[0] == "-c" else " ".join(["diff", *way[5:]])
        print(f"{shown:28}{seconds:8.2f} s{busy:8.2f} s busy{memory:8.0f} MB", flush=True)


def main() -> None:
    """Make the captures, then compare them."""
    os.environ["PYTHONPATH"] = str(ROOT)
    if len(sys.argv) > 2:
        compare(*sys.argv[1:3])
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(Path(folder) / f"{name}.parquet") for name in ("base", "new")]
        for path, growth in zip(paths, (0, GROWTH), strict=True):
            made = subprocess.run(
                [sys.executable, str(ROOT / "benchmarks" / "whole_phone.py"), path, str(growth)],
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            print(f"{int(made.stdout):,} VMAs, {Path(path).stat().st_size / 1e6:.1f} MB")
        compare(*paths)


if __name__ == "__main__":
    main()
