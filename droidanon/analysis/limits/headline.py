"""An app's headline numbers: anon + swap, total PSS, and the used share of Google Play's limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from droidanon.analysis.limits.anon_swap import Basis, anon_swap_of_processes, of_status
from droidanon.analysis.limits.judge import Use, judge
from droidanon.analysis.limits.states import is_app
from droidanon.analysis.view import View

TOTAL_PSS = "total_pss_kb"


@dataclass(frozen=True, slots=True)
class Headline:
    """An app's memory in kB, summed over its processes. None means unknown."""

    app: str
    processes: int
    judged: int
    """Processes with anon + swap from /proc/PID/status."""
    upper_bounds: int
    """Processes with anon + swap from smaps."""
    anon_swap_kb: int | None
    """The sum over both kinds; None if there are none."""
    total_pss_kb: int | None
    limited: bool
    """Whether limits apply: to apps, not to daemons."""
    uses: tuple[Use, ...]
    """Its processes against their limits, the largest first; Google Play judges each."""

    @property
    def nearest(self) -> Use | None:
        """The process that uses the largest share of its Google Play threshold; None if none is known or applies."""
        return nearest_use(self.uses)

    @property
    def basis(self) -> Basis | None:
        """`judged` only if every part of the sum is."""
        if self.anon_swap_kb is None:
            return None
        return Basis.UPPER_BOUND if self.upper_bounds else Basis.JUDGED


def headline(view: View) -> Headline | None:
    """The headline of a capture with one app; None for several apps, or if nothing was read."""
    app = view.capture.only_app
    if app is None:
        return None
    places = [place for place, process in enumerate(view.capture.processes) if not process.reference]
    return headline_of(view, places, app)


def headline_of(view: View, places: Sequence[int], app: str) -> Headline:
    """The headline of some processes of a capture (given by index), under the name of their app.

    A process that could not be read is left out of every sum, even if its status was read, so that all numbers cover
    the same processes.
    """
    every = anon_swap_of_processes(view)
    chosen = [view.capture.processes[place] for place in places]
    read = [every[place] for place, process in zip(places, chosen, strict=True) if process.fidelity != "none"]
    numbers = [number for number in read if number is not None]
    identities = set(map(id, chosen))
    return Headline(
        app,
        len(places),
        sum(number.basis is Basis.JUDGED for number in numbers),
        sum(number.basis is Basis.UPPER_BOUND for number in numbers),
        sum(number.kb for number in numbers) if numbers else None,
        _total_pss(view, places),
        all(is_app(process.uid) for process in chosen),
        tuple(use for use in judge(view, numbers=every).uses if id(use.process) in identities),
    )


def _total_pss(view: View, places: Sequence[int]) -> int | None:
    if TOTAL_PSS not in view.counters:
        return None
    values, missing = view.counter(TOTAL_PSS)
    rows = np.isin(view.capture.vmas.process, np.array(places, np.int64))
    if not rows.any() or (missing is not None and missing[rows].all()):
        return None
    return int(values[rows].sum())


def nearest_use(uses: Sequence[Use]) -> Use | None:
    """The process that uses the largest share of its Google Play threshold; None if no share is known."""
    shares = [(use.play_share, use) for use in uses if use.play_share is not None]
    return max(shares, key=lambda pair: pair[0])[1] if shares else None


def judged_kb(view: View) -> int | None:
    """The sum of the judged number over all counted processes; None if a process that was read has no status."""
    read = [of_status(process.status_kb) for process in view.capture.counted if process.rows]
    numbers = [number.kb for number in read if number is not None]
    return sum(numbers) if numbers and len(numbers) == len(read) else None
