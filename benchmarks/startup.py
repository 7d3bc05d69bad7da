"""Cold processes: help, importing pandas, and opening a capture (`python benchmarks/startup.py [CAPTURE]`). Medians of seconds."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 7
SAMPLE = Path(__file__).resolve().parent.parent / "captures" / "samples" / "3-whole-phone.parquet"


def seconds(arguments: list[str]) -> float:
    """The median time of a command as a whole process."""
    times = []
    for _ in range(RUNS + 1):
        begin = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - begin)
    return statistics.median(times[1:])


def main() -> None:
    """Print one row per command; the last column is the ratio to importing pandas in the same run."""
    capture = sys.argv[1] if len(sys.argv) > 1 else str(SAMPLE)
    commands = {
        "import pandas": ["-c", "import pandas"],
        "import droidanon": ["-c", "import droidanon"],
        "droidanon --help": ["-m", "droidanon", "--help"],
        "droidanon show --by app": ["-m", "droidanon", "show", capture, "--by", "app"],
        "droidanon show --by app,category": ["-m", "droidanon", "show", capture, "--by", "app,category"],
    }
    found = {name: seconds(arguments) for name, arguments in commands.items()}
    for name, value in found.items():
        print(f"{name:36}{value:8.3f} s{value / found['import pandas']:8.2f}")


if __name__ == "__main__":
    main()
