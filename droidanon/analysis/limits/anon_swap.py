"""Anon + swap of each process, and whether it is exact or an upper bound.

RssAnon + VmSwap of `/proc/PID/status` is the number that Google Play judges. The sum of Anonymous + Swap in smaps is an
upper bound, because it includes swapped shared memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from droidanon.analysis.view import View


class Basis(StrEnum):
    """The meaning of an amount of anon + swap."""

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
        """The sum of both."""
        return self.anon_kb + self.swap_kb


def anon_swap_of_processes(view: View) -> list[AnonSwap | None]:
    """Anon + swap of each process of the capture, from its status if available; None if unknown."""
    judged = [of_status(process.status_kb) for process in view.capture.processes]
    if None not in judged:
        return judged
    smaps = zip(*(view.kb_by_process(name, view.is_vma) for name in ("anonymous_kb", "swap_kb")), strict=True)
    return [number or _upper_bound(*sums) for number, sums in zip(judged, smaps, strict=True)]


def of_status(status_kb: Mapping[str, int]) -> AnonSwap | None:
    """The judged number from /proc/PID/status; None if either line is missing (kernels before 4.5)."""
    if not {"rss_anon_kb", "vm_swap_kb"} <= status_kb.keys():
        return None
    return AnonSwap(status_kb["rss_anon_kb"], status_kb["vm_swap_kb"], Basis.JUDGED)


def _upper_bound(anonymous_kb: int | None, swap_kb: int | None) -> AnonSwap | None:
    return None if anonymous_kb is None or swap_kb is None else AnonSwap(anonymous_kb, swap_kb, Basis.UPPER_BOUND)
