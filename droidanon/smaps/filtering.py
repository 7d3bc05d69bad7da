"""Selects processes from a table of VMAs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from droidanon.columns import VmaTable

if TYPE_CHECKING:
    from droidanon.smaps.parse import Parsed


def rows_of(vmas: VmaTable, processes: Sequence[int]) -> VmaTable:
    """The rows of some processes, in the given order, renumbered from 0.

    Counters that all of them lack are left out.
    """
    place = np.full(max(int(vmas.process.max(initial=0)), *processes, 0) + 1, -1, np.int32)
    place[list(processes)] = np.arange(len(processes))
    vmas = vmas.take(np.flatnonzero(place[vmas.process] >= 0))
    return replace(vmas, process=place[vmas.process])


def texts_of(parsed: Parsed, numbers: Sequence[int | None]) -> Parsed:
    """The parsed texts with these numbers, in the order given; None stands for an empty text."""
    from droidanon.smaps.canonical import canonical  # lazy, because opening a capture does not need it
    from droidanon.smaps.parse import Parsed

    if list(numbers) == list(range(len(parsed.rows))):
        return parsed
    place = {number: index for index, number in enumerate(numbers) if number is not None}
    return Parsed(
        canonical(_moved(parsed.vmas, place, len(parsed.rows))),
        [0 if number is None else parsed.rows[number] for number in numbers],
        [None if number is None else parsed.tails[number] for number in numbers],
        [number is not None and parsed.crlf[number] for number in numbers],
        ["smaps" if number is None else parsed.fidelity[number] for number in numbers],
        sorted(
            ((place[number], line, message) for number, line, message in parsed.problems if number in place),
            key=lambda problem: problem[0],
        ),
    )


def _moved(vmas: VmaTable, place: Mapping[int, int], count: int) -> VmaTable:
    """The rows of some of `count` processes, ordered by their new process numbers."""
    numbers = np.full(count, -1, np.int32)
    numbers[list(place.keys())] = list(place.values())
    process = numbers[vmas.process]
    rows = np.flatnonzero(process >= 0)
    if (np.diff(process[rows]) < 0).any():
        rows = rows[np.argsort(process[rows], kind="stable")]
    return replace(vmas.take(rows), process=process[rows])
