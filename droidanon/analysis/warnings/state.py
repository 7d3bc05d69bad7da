"""Warnings about the phone's state: its use of swap, its uptime, and the age of processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from statistics import median

from droidanon.analysis.capture_facts import CaptureFacts, Side
from droidanon.model import Problem, Process
from droidanon.wording import counted

_MUCH_SWAP_KB, _MUCH_SWAP_PART = 16 * 1024, 0.05
_TICKS_PER_SECOND = 100
"""USER_HZ, the unit of /proc/PID/stat's start time on every Android."""
_MUCH_TIMES = 2.0
_UPTIME_MATTERS_S, _AGE_MATTERS_S = 600.0, 60.0


def state_warnings(base: Side, new: Side) -> list[Problem]:
    """Warnings about differences in the phone's state, by the median capture of each side."""
    return [*_swap_warnings(base, new), *_uptime_warnings(base, new), *_age_warnings(base, new)]


def _swap_warnings(base: Side, new: Side) -> list[Problem]:
    one, two = (_median(facts.system.get("swap_used_kb") for facts in side) for side in (base, new))
    if one is None or two is None or abs(two - one) <= max(_MUCH_SWAP_KB, _MUCH_SWAP_PART * min(one, two)):
        return []
    text = f"the phone's swap usage differs by {abs(two - one):,.0f} kB between the sides"
    return [Problem("swap", text, "different_swap")]


def _uptime_warnings(base: Side, new: Side) -> list[Problem]:
    one, two = (_median(facts.system.get("uptime_s") for facts in side) for side in (base, new))
    if one is None or two is None or not _far_apart(one, two, _UPTIME_MATTERS_S):
        return []
    return [Problem("uptime", _differs(one, two), "different_uptime")]


def _age_warnings(base: Side, new: Side) -> list[Problem]:
    """A warning if most processes are much older on one side; the one whose age differs most is named."""
    one, two = (_ages(side) for side in (base, new))
    both = sorted(set(one) & set(two))
    changed = [name for name in both if _far_apart(one[name], two[name], _AGE_MATTERS_S)]
    if not changed or 2 * len(changed) <= len(both):
        return []
    name = max(changed, key=lambda name: abs(one[name] - two[name]))
    more = f" (and of {counted(len(changed) - 1, 'more process')})" if changed[1:] else ""
    return [Problem(f"age of {name}{more}", _differs(one[name], two[name]), "different_age")]


def _far_apart(one: float, two: float, matters: float) -> bool:
    """Whether one time is more than twice the other."""
    return abs(one - two) >= matters and max(one, two) >= _MUCH_TIMES * min(one, two)


def _differs(one: float, two: float) -> str:
    return f"differs: {_duration(one)} in base, {_duration(two)} in new"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _ages(side: Side) -> dict[str, float]:
    """The median age (s) of each process whose name occurs once in a capture."""
    found: dict[str, list[float]] = {}
    for facts in side:
        counts = Counter(process.name for process in facts.read)
        for process in facts.read:
            age = _age(process, facts)
            if age is not None and counts[process.name] == 1:
                found.setdefault(process.name, []).append(age)
    return {name: median(ages) for name, ages in found.items()}


def _age(process: Process, facts: CaptureFacts) -> float | None:
    uptime = facts.system.get("uptime_s")
    if process.age_s is not None or uptime is None or process.start_time is None:
        return process.age_s
    return uptime - process.start_time / _TICKS_PER_SECOND


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
