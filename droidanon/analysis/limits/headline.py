"""The numbers that come first for an app: anon + swap, total PSS, and the share of Google Play's limit that is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from droidanon.analysis.limits.anon_swap import AnonSwap, Basis, anon_swap_of_processes
from droidanon.analysis.limits.judge import Use, judge
from droidanon.analysis.limits.states import is_app
from droidanon.analysis.view import View

TOTAL_PSS = "total_pss_kb"


@dataclass(frozen=True, slots=True)
class Headline:
    """An app's memory in kB over its processes. None is unknown."""

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
    nearest: Use | None
    """The process that uses most of its threshold of Google Play, which judges each process; None if no share is known,
    or if there is no threshold."""

    @property
    def basis(self) -> Basis | None:
        """`judged` only if every part of the sum is."""
        if self.anon_swap_kb is None:
            return None
        return Basis.UPPER_BOUND if self.upper_bounds else Basis.JUDGED


def headline(view: View) -> Headline | None:
    """The headline of a capture of one app; None for several apps, or if nothing was read."""
    processes = view.capture.counted
    apps = {process.app for process in processes if process.rows or process.status_kb}
    if len(apps) != 1:
        return None
    numbers = _counted(view)
    return Headline(
        apps.pop(),
        len(processes),
        sum(number.basis is Basis.JUDGED for number in numbers),
        sum(number.basis is Basis.UPPER_BOUND for number in numbers),
        sum(number.kb for number in numbers) if numbers else None,
        view.total(TOTAL_PSS),
        all(is_app(process.uid) for process in processes),
        nearest_use(judge(view).uses),
    )


def nearest_use(uses: Sequence[Use]) -> Use | None:
    """The process that uses the largest share of its threshold of Google Play; None if no share is known."""
    shares = [(use.play_share, use) for use in uses if use.play_share is not None]
    return max(shares, key=lambda pair: pair[0])[1] if shares else None


def judged_kb(view: View) -> int | None:
    """The sum of the judged number over all processes that count; None if one that was read has no status."""
    read = [
        number
        for process, number in zip(view.capture.processes, anon_swap_of_processes(view), strict=True)
        if process.rows and not process.reference
    ]
    if not read or any(number is None or number.basis is not Basis.JUDGED for number in read):
        return None
    return sum(number.kb for number in read if number is not None)


def _counted(view: View) -> list[AnonSwap]:
    return [
        number
        for process, number in zip(view.capture.processes, anon_swap_of_processes(view), strict=True)
        if number is not None and not process.reference
    ]
