"""Captures a phone with many processes over adb, raw and compressed, compared with `adb exec-out` of the same bytes.

`python benchmarks/capture.py [PROCESSES [MB_A_SECOND ...]]`, as root in the checkout's folder (it starts the test
phone). Each rate is a link of this bandwidth (a proxy in front of the adb server); without rates, the local link is
used.
"""

from __future__ import annotations

import contextlib
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

RUNS = 3
LOOP = "for p in /proc/[0-9]*; do cat $p/smaps; done"


def main() -> None:
    """Print medians for each link."""
    import adbutils

    from droidanon.sources.adb.server import open_device
    from droidanon.sources.phone.compression import is_compressed
    from droidanon.sources.phone.options import PhoneOptions
    from droidanon.sources.resolve import load_source
    from testphone.phone import Phone
    from testphone.phone.throttle import SlowLink

    processes = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    rates = [float(word) for word in sys.argv[2:]] or [0.0]
    # Without dumpsys: the test phone's is a shell script, which would take as long as everything else.
    with Phone(processes=processes, gzip=True, dumpsys=False) as phone:
        os.environ.update(phone.env)
        source = f"adb:{phone.serial}"

        def bare() -> int:
            command = [str(adbutils.adb_path()), "-s", phone.serial, "exec-out", LOOP]
            return len(subprocess.run(command, capture_output=True, check=True).stdout)

        def capture(transfer: str) -> int:
            return len(load_source(source, options=PhoneOptions(transfer=transfer)).vmas)

        size, rows = bare(), capture("raw")
        print(f"{processes} processes, {rows:,} VMAs, {size / 1e6:.0f} MB of smaps; seconds, median of {RUNS}")
        print(f"{'link, MB/s':>12} {'auto takes':>10} {'bare':>8} {'raw':>8} {'gzip':>8}   MB over the link: raw, gzip")
        for rate in rates:
            with contextlib.ExitStack() as stack:
                link = stack.enter_context(SlowLink(phone.server_port, rate * 1e6 if rate else 1e12))
                if rate:
                    os.environ["ANDROID_ADB_SERVER_PORT"] = str(link.port)
                chosen = "gzip" if is_compressed(open_device(None), "auto", lambda _: None) else "raw"
                times = _interleaved({"bare": bare, "raw": lambda: capture("raw"), "gzip": lambda: capture("gzip")})
                carried = []
                os.environ["ANDROID_ADB_SERVER_PORT"] = str(link.port)
                for transfer in ("raw", "gzip"):
                    before = link.sent
                    capture(transfer)
                    carried.append(f"{(link.sent - before) / 1e6:.1f}")
                os.environ["ANDROID_ADB_SERVER_PORT"] = str(phone.server_port)
            cells = " ".join(f"{times[kind]:8.2f}" for kind in ("bare", "raw", "gzip"))
            print(f"{rate or 'own':>12} {chosen:>10} {cells}   {', '.join(carried)}", flush=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"most memory of this process: {peak / 1024:.0f} MB")


def _interleaved(kinds: dict[str, Callable[[], int]]) -> dict[str, float]:
    """The median time of each, measured in turns, so that other load on the machine affects all equally."""
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(RUNS):
        for kind, work in kinds.items():
            begin = time.perf_counter()
            work()
            times[kind].append(time.perf_counter() - begin)
    return {kind: statistics.median(each) for kind, each in times.items()}


if __name__ == "__main__":
    main()
