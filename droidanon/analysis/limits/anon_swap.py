"""Anon + swap of each process, and which number it is.

RssAnon + VmSwap of `/proc/PID/status` is the number that Google Play judges. Anonymous + Swap over all VMAs of smaps is
an upper bound of it, because smaps counts swapped shared memory too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from droidanon.analysis.view import View


class Basis(StrEnum):
    """Which number an amount of anon + swap is."""

    JUDGED = "judged"
    """RssAnon + VmSwap of /proc/PID/status: the number that Google Play judges."""
    UPPER_BOUND = "upper bound"
    """Anonymous + Swap of smaps, which counts swapped shared memory too."""


@dataclass(frozen=True, slots=True)
class AnonSwap:
    """Anonymous and swapped memory of a process in kB."""

    anon_kb: int
    swap_kb: int
    basis: Basis

    @property
    def kb(self) -> int:
        """The sum."""
        return self.anon_kb + self.swap_kb


def anon_swap_of_processes(view: View) -> list[AnonSwap | None]:
    """The number of each process of the capture, from its status if that was read; None if it is unknown."""
    smaps = _smaps_sums(view)
    return [of_status(process.status_kb) or smaps[index] for index, process in enumerate(view.capture.processes)]


def of_status(status_kb: Mapping[str, int]) -> AnonSwap | None:
    """The judged number from the lines of /proc/PID/status; None if it has not both of them (kernels before 4.5)."""
    if not {"rss_anon_kb", "vm_swap_kb"} <= status_kb.keys():
        return None
    return AnonSwap(status_kb["rss_anon_kb"], status_kb["vm_swap_kb"], Basis.JUDGED)


def _smaps_sums(view: View) -> list[AnonSwap | None]:
    """Anonymous and Swap of each process's VMAs; None if either is missing somewhere in it or it has no VMAs."""
    count = len(view.capture.processes)
    if not {"anonymous_kb", "swap_kb"} <= set(view.counters):
        return [None] * count
    owner = view.capture.vmas.process
    real = view.is_vma
    usable = np.bincount(owner[real], minlength=count) > 0
    sums = []
    for name in ("anonymous_kb", "swap_kb"):
        values, missing = view.counter(name)
        if missing is not None:
            usable &= np.bincount(owner[missing & real], minlength=count) == 0
        sums.append(np.bincount(owner[real], values[real], minlength=count).astype(np.int64).tolist())
    pairs = zip(usable.tolist(), *sums, strict=True)
    return [AnonSwap(anon, swap, Basis.UPPER_BOUND) if whole else None for whole, anon, swap in pairs]
