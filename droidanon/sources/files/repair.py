"""Repairs smaps readings whose text contains several processes, or lines outside any entry.

They are detected after parsing, so that clean texts cost nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np

from droidanon.model import Capture, Problem
from droidanon.smaps.writer import write_process
from droidanon.sources.files.contents import Item
from droidanon.sources.files.infer_process import infer_process
from droidanon.sources.reading import Reading, where_of


@dataclass(slots=True)
class Repaired:
    """The repaired readings, and the problems and notes about them."""

    readings: list[Reading]
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)


def repair(readings: Sequence[Reading], capture: Capture) -> Repaired | None:
    """The readings without foreign lines, one per process; None if nothing needs repair.

    `capture` was assembled from the readings: those with smaps text come first, in the same order.
    """
    places = [place for place, reading in enumerate(readings) if reading.reported is None]
    odd = _odd(capture, len(places))
    repaired = Repaired([])
    changed = False
    rank = {place: number for number, place in enumerate(places)}
    for place, reading in enumerate(readings):
        number = rank.get(place)
        parts = None
        if number in odd:
            text = reading.text if reading.handed is None else b"".join(write_process(capture, number))
            parts = _split(reading, text or b"", repaired)
        changed |= parts is not None
        repaired.readings += [reading] if parts is None else parts
    return repaired if changed else None


def _odd(capture: Capture, count: int) -> set[int]:
    """The processes with bytes outside any entry, descending addresses, or several rollups."""
    odd = {
        index
        for index, process in enumerate(capture.processes[:count])
        if (process.text and process.rows) or _has_rollups(capture, index, process.rows)
    }
    owner = capture.vmas.process
    odd |= {int(owner[row]) for row in capture.vmas.text}
    falls = (capture.vmas.start[1:] < capture.vmas.start[:-1]) & (owner[1:] == owner[:-1])
    return {index for index in odd | set(owner[1:][falls].tolist()) if index < count}


def _has_rollups(capture: Capture, index: int, rows: int) -> bool:
    return rows > 1 and capture.vmas.name[capture.vmas.bounds_of(index)[0]] == "[rollup]"


def _split(reading: Reading, whole: bytes, repaired: Repaired) -> list[Reading] | None:
    """The processes in a text; None if it contains just one and nothing else."""
    from droidanon.sources.files.text_readers import read_sections

    where = where_of(reading.process)
    extract = read_sections(Item(where, whole))
    texts = [text.read() for text in extract.moments[-1].texts] if extract.moments else []
    if len(texts) == 1 and not extract.problems and len(extract.moments) == 1:
        return None
    repaired.problems += [Problem(f"{where}, {place}", message) for place, message in extract.problems]
    repaired.notes += [Problem(where, note) for note in extract.notes]
    if len(extract.moments) > 1:
        repaired.notes.append(
            Problem(where, f"{len(extract.moments)} moments of the same processes; the last one is used")
        )
    found = []
    for number, text in enumerate(texts, 1):
        process = reading.process
        if len(texts) > 1 or text.process.pid is not None:
            guess = None if text.is_named else infer_process(text.text)
            name, package = guess or (text.process.name, text.process.package)
            pid = text.process.pid if len(texts) > 1 or process.pid is None else process.pid
            if guess is None and not text.is_named and text.process.pid is None:
                name = f"{process.name}, part {number}"
            process = copy(process)
            process.name, process.package, process.pid = name, package, pid
        found.append(replace(reading, process=process, text=text.text, handed=None))
    return found


def with_range_sizes(capture: Capture) -> Capture:
    """The capture with `size_kb` for entries of maps, which do not print it: the exact length of the address range."""
    vmas = capture.vmas
    mapped = np.array([process.fidelity == "maps" for process in capture.processes], np.bool_)
    rows = mapped[vmas.process] if len(mapped) else np.zeros(0, np.bool_)
    if not rows.any():
        return capture
    lengths = ((vmas.end - vmas.start) // np.uint64(1024)).astype(np.int64)
    known = vmas.counters.get("size_kb")
    sizes = np.where(rows, lengths, 0 if known is None else known)
    gone = np.ones(len(vmas), np.bool_) if known is None else vmas.missing.get("size_kb", np.zeros(len(vmas), np.bool_))
    gone = gone & ~rows
    missing = {name: mask for name, mask in vmas.missing.items() if name != "size_kb"}
    if gone.any():
        missing["size_kb"] = gone
    counters = {"size_kb": sizes, **{name: values for name, values in vmas.counters.items() if name != "size_kb"}}
    return replace(capture, vmas=replace(vmas, counters=counters, missing=missing))


_ASHMEM_UNTIL = "9"
_ASHMEM = "/dev/ashmem/dalvik-"


def with_release(capture: Capture, where: str) -> Capture:
    """The capture with the Android release inferred from its names, unless it states one."""
    if "android" in capture.device or not any(name.startswith(_ASHMEM) for name in capture.vmas.name.values):
        return capture
    note = (
        f"counted as Android {_ASHMEM_UNTIL} does: names such as {_ASHMEM}main space exist up to that release "
        "(--android)"
    )
    device = {**capture.device, "android": _ASHMEM_UNTIL}
    return replace(capture, device=device, notes=(*capture.notes, Problem(where, note)))


def with_original(capture: Capture, index: int, original: bytes) -> Capture:
    """The capture with the bytes of each process's file, for export: stored with the first entry only."""
    vmas = capture.vmas
    first, last = vmas.bounds_of(index)
    process = capture.processes[index]
    if first == last or process.text:
        return capture
    texts = {**vmas.text, **dict.fromkeys(range(first, last), b""), first: original}
    processes = list(capture.processes)
    processes[index] = replace(process, crlf=False)
    return replace(capture, processes=tuple(processes), vmas=replace(vmas, text=texts))
