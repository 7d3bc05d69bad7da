"""The order of a lab's runs: each repetition has every cell once, shuffled, so that drift affects all cells equally."""

from __future__ import annotations

import random
from collections.abc import Sequence

from droidanon.lab.plan import LabCell, LabRun


def ordered_runs(group: str, cells: Sequence[LabCell], repetitions: int, seed: int) -> list[LabRun]:
    """The runs of a group. The same seed gives the same order, and a longer plan starts like a shorter one."""
    runs = []
    for repetition in range(1, repetitions + 1):
        block = list(cells)
        random.Random(f"{seed}/{group}/{repetition}").shuffle(block)
        runs += [LabRun(group, cell, repetition) for cell in block]
    return runs
