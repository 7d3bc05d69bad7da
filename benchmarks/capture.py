"""A capture over the real adb server of a phone with many processes, beside a bare `adb exec-out` of the same bytes.

`python benchmarks/capture.py [PROCESSES]`, from the checkout's folder and as root (it starts the test phone).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

RUNS = 3


def main() -> None:
    """Medians, and the ratio of the two."""
    import adbutils

    from droidanon.sources.resolve import load_source
    from tests.phone import Phone

    processes = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with Phone(processes=processes) as phone:
        os.environ.update(phone.env)
        bare, ours = [], []
        size = rows = 0
        for _ in range(RUNS):
            begin = time.perf_counter()
            text = subprocess.run(
                [
                    str(adbutils.adb_path()),
                    "-s",
                    phone.serial,
                    "exec-out",
                    "for p in /proc/[0-9]*; do cat $p/smaps; done",
                ],
                capture_output=True,
                check=True,
            ).stdout
            bare.append(time.perf_counter() - begin)
            size = len(text)
            begin = time.perf_counter()
            capture = load_source(f"adb:{phone.serial}")
            ours.append(time.perf_counter() - begin)
            rows = len(capture.vmas)
    ratio = statistics.median(ours) / statistics.median(bare)
    print(f"{processes} processes, {rows:,} VMAs, {size / 1e6:.0f} MB of smaps")
    print(f"adb exec-out, bytes only   {statistics.median(bare):7.2f} s")
    print(f"capture to columns         {statistics.median(ours):7.2f} s   {ratio:.2f} x")


if __name__ == "__main__":
    main()
