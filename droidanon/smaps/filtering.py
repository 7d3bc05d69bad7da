"""Selects processes from a table of VMAs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import VmaTable

if TYPE_CHECKING:
    from droidanon.smaps.parse import Parsed


def rows_of(vmas: VmaTable, processes: Sequence[int]) -> VmaTable:
    """The rows of some processes, in the given order, renumbered from 0.

    Counters that none of them has are left out.
    """
    place = np.full(max(int(vmas.process.max(initial=0)), *processes, 0) + 1, -1, np.int32)
    place[list(processes)] = np.arange(len(processes))
    vmas = vmas.take(np.flatnonzero(place[vmas.process] >= 0))
    return replace(vmas, process=place[vmas.process])


def texts_of(parsed: Parsed, numbers: Sequence[int | None]) -> Parsed:
    """The parsed texts with these numbers, in ascending order; None stands for an empty text."""
    from droidanon.smaps.parse import Parsed  # not imported to open a capture

    kept = [number for number in numbers if number is not None]
    place = {number: index for index, number in enumerate(numbers) if number is not None}
    vmas = parsed.vmas if kept == list(range(len(parsed.rows))) else rows_of(parsed.vmas, kept)
    if len(kept) < len(numbers):
        vmas = replace(vmas, process=np.array([place[number] for number in kept] or [0], np.int32)[vmas.process])
    return Parsed(
        vmas,
        [0 if number is None else parsed.rows[number] for number in numbers],
        [None if number is None else parsed.tails[number] for number in numbers],
        [number is not None and parsed.crlf[number] for number in numbers],
        ["smaps" if number is None else parsed.fidelity[number] for number in numbers],
        [(place[number], line, message) for number, line, message in parsed.problems if number in place],
    )
