"""What the pictures show of a phone: the test phone's model, watched for a minute, and captured again and again."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from droidanon.model import Capture
from droidanon.sources.assemble import make_capture
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.phone.devices import DeviceSummary
from droidanon.sources.reading import Reading
from droidanon.sources.sampling.sample import ProcessSample, Sample, SystemSample
from droidanon.store.series import iso_time
from testphone.phone.catalogue import EXAMPLE_PACKAGE
from testphone.phone.model import ModelPhone, Process
from testphone.phone.smaps_text import Vma, format_entry

START = 1_767_261_600.0
"""2026-01-01T10:00:00Z."""
DEVICE = DeviceSummary("MODEL0001", "device", "Model Phone", "16", "userdebug", "root", 4096)
SYSTEM = SystemSample(7_700_000, 2_800_000, 4_194_304, 2_621_440, 0.4, 0.1, 1_048_576, 400_000)
_FACTS = {"serial": "MODEL0001", "model": "Model Phone", "android": "16", "sdk": 36, "page_size": 4096}


def capture_of(phone: ModelPhone, at: float, *, app: str = EXAMPLE_PACKAGE, growth: int | None = None) -> Capture:
    """A capture of an app on the modelled phone."""
    readings = []
    for process in phone.processes.values():
        if process.package != app:
            continue
        if growth is not None:
            process = replace(process, growth=growth)
        text = "".join(map(format_entry, phone.vmas(process))).encode()
        known = ProcessFacts(process.name, process.pid, process.package, process.uid, process.ppid)
        readings.append(Reading(known, text))
    made = make_capture(readings, source="adb:MODEL0001", access="root", app=app, device=_FACTS)
    return replace(made, created=iso_time(at))


def minute(phone: ModelPhone, seconds: int = 60) -> list[Sample]:
    """A sample a second while the phone's example app is used."""
    known: dict[int, ProcessSample] = {}
    samples = []
    for second in range(seconds):
        changed, _ = phone.evolve()
        processes = [process for process in phone.processes.values() if process.role != "kernel"]
        for process in processes:
            if process.pid in changed or process.pid not in known:
                known[process.pid] = _seen(process, phone.vmas(process))
        seen = tuple(known[process.pid] for process in processes)
        samples.append(Sample(START + second, seen, SYSTEM, 1.0, 0.006))
    return samples


def _seen(process: Process, vmas: list[Vma]) -> ProcessSample:
    rss, anonymous, swap = (sum(values) for values in zip(*((v.rss, v.anonymous, v.swap) for v in vmas), strict=True))
    return ProcessSample(
        process.pid,
        process.name,
        process.comm,
        process.uid,
        process.ppid,
        "S",
        process.oom_score_adj,
        rss,
        anonymous,
        rss - anonymous,
        0,
        swap,
    )
