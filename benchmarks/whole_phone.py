"""Captures of a modelled whole phone for benchmarks: 600 processes, a million VMAs, before and after its apps grew."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

PROCESSES = 600
DENSITY = 8.2
"""The density of threads, libraries and buffers with which 600 processes have a million VMAs."""
GROWTH = 3


def save_whole_phone(path: Path, *, growth: int = 0) -> int:
    """Write a capture of the model's phone, and return its number of VMAs."""

    from droidanon.sources.assemble import make_capture
    from droidanon.sources.facts import ProcessFacts
    from droidanon.sources.reading import Reading
    from droidanon.store.parquet import save_capture
    from testphone.phone.model import ModelPhone
    from testphone.phone.smaps_text import format_entry

    phone = ModelPhone(seed=1, processes=PROCESSES, density=DENSITY)
    readings = []
    for process in phone.processes.values():
        if process.role == "kernel":
            continue
        process.growth = growth if process.role == "app" else 0
        text = "".join(map(format_entry, phone.vmas(process))).encode()
        known = ProcessFacts(process.name, process.pid, process.package or None, process.uid, process.ppid)
        readings.append(Reading(known, text))
    device = {"serial": "MODEL", "model": "Model", "android": "16", "sdk": 36}
    capture = make_capture(readings, source="adb:MODEL", access="root", device=device)
    save_capture(capture, path)
    return len(capture.vmas)


def main() -> None:
    """`whole_phone.py PATH [GROWTH]`; run as a separate process, so that its memory is freed."""
    growth = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(f"{save_whole_phone(Path(sys.argv[1]), growth=growth)}")


if __name__ == "__main__":
    main()
