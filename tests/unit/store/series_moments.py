"""Series of captures that change little, for tests of how they are stored."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from droidanon.model import Capture
from droidanon.record.series_writer import SeriesWriter
from droidanon.sources.selection import EVERYTHING
from droidanon.store.series import Series, SeriesCapture
from tests.builders import capture, text


def moment(number: int, processes: int = 1, *, partial: bool = False) -> Capture:
    """A capture of 60 VMAs per process, one of which changes."""
    names = [f"[anon:{place}]" for place in range(60)]
    sizes = [100 + place + (number if place == 59 else 0) for place in range(60)]
    texts = {f"com.a{place}": text(*zip(names, sizes, strict=True)) for place in range(processes)}
    return replace(capture(texts), created=f"2026-01-01T00:{number:02}:00Z", partial=partial)


def make(folder: Path, captures: int = 4) -> Series:
    """A series: the first capture is the base of the second, and that is the base of the next ones."""
    writer = SeriesWriter(Series(folder, state="recording"), EVERYTHING, time.time)
    for number in range(captures):
        taken = moment(number)
        writer.keep(taken, SeriesCapture("", taken.created))
    return writer.end("done")
