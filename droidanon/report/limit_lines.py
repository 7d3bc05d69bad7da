"""The limits of one process as lines of text: the number, its limit, and the source of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.ceilings import Ceiling, CeilingKind
from droidanon.analysis.limits.judge import LimiterBasis, Limits, Use
from droidanon.analysis.limits.states import LimiterBucket, StateSource
from droidanon.analysis.limits.thresholds import LimitSource
from droidanon.units import format_kb

TITLES = ("limit", "used", "of", "share", "left", "used from", "limit from")
NUMBERS = range(1, 5)
"""Which of the titles are those of numbers."""
_PARTS = 3
_CEILINGS = {
    CeilingKind.JAVA_HEAP: "Java heap",
    CeilingKind.VMAS: "VMAs (count)",
    CeilingKind.ADDRESS_SPACE: "32-bit addresses",
    CeilingKind.BITMAPS: "bitmaps at most",
}
_LIMITER = {
    LimitSource.CGROUP: "cgroup",
    LimitSource.STATUS: "phone's status",
    LimitSource.CONFIG: "phone's config",
    LimitSource.STANDARD: "standard table",
}
_PLAY_FROM = {Basis.JUDGED: "status", Basis.UPPER_BOUND: "smaps, upper bound"}
_LIMITER_FROM = {LimiterBasis.EXACT: "cgroup", LimiterBasis.ESTIMATE: "status, estimate"}
_LIMITER_STATES = {"off": "off on this phone", "percent": "given in percent"}
_UNKNOWN, _NOT_READ = "unknown", "not read"
_NO_LIMIT = "no limit"
_UNLIMITED = (LimiterBucket.CACHED, LimiterBucket.UNLIMITED)


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A line of the table, cells in the order of `TITLES`."""

    cells: tuple[str, ...]

    @classmethod
    def of(cls, label: str, used: int | None, limit: int | None, used_from: str, limit_from: str) -> LimitLine:
        left = None if used is None or limit is None else limit - used
        numbers = (format_kb(used), format_kb(limit), percent(used, limit), format_kb(left))
        return cls((label, *numbers, used_from, limit_from))


def limit_lines(use: Use, ceilings: Sequence[Ceiling], limits: Limits) -> list[LimitLine]:
    """All limits of a process, Google Play's first."""
    lines = [*_play_lines(use, limits), _limiter_line(use, limits)]
    for one in ceilings:
        used_from = one.used_from if one.measure == "exact" else f"{one.used_from}, {one.measure}"
        lines.append(LimitLine.of(_CEILINGS[one.kind], one.used, one.limit, used_from, one.limit_from or _UNKNOWN))
        if one.kind is CeilingKind.BITMAPS:
            lines += _part_lines(one)
    return lines


def state_text(use: Use) -> str:
    """The state of a process and its source: `foreground (OOM adjustment 0)`."""
    process = use.process
    match use.state_source:
        case None:
            return "state unknown"
        case StateSource.GIVEN:
            evidence = "--state"
        case StateSource.LRU:
            evidence = f"listed as {process.state}"
        case StateSource.OOM_ADJ:
            evidence = f"OOM adjustment {process.oom_score_adj}"
        case StateSource.OOM_LEVEL:
            evidence = f"OOM level {process.oom_level}"
    return f"{use.state} ({evidence})"


def percent(used: int | None, limit: int | None) -> str:
    """The used part of a limit."""
    return "-" if used is None or not limit else f"{100 * used / limit:.1f} %"


def _play_lines(use: Use, limits: Limits) -> Iterator[LimitLine]:
    """The thresholds for the current state and for the others, in case the process moves there."""
    used, used_from = use.anon_swap_kb, _NOT_READ if use.basis is None else _PLAY_FROM[use.basis]
    now = f"Play, {use.state}" if use.state is not None else "Play"
    tiers_known = limits.total_kb is not None and use.state is not None  # phones with little RAM have no threshold
    reason = _NO_LIMIT if tiers_known else _UNKNOWN
    yield LimitLine.of(now, used, use.play_kb, used_from, "Google Play" if use.play_kb is not None else reason)
    for state, limit in use.what_if_kb.items():
        if state is not use.state:
            yield LimitLine.of(f"  if {state}", used, limit, "", "")


def _limiter_line(use: Use, limits: Limits) -> LimitLine:
    limiter = limits.limiter
    used_from = _NOT_READ if use.limiter_basis is None else _LIMITER_FROM[use.limiter_basis]
    if use.limiter_source is not None:
        limit_from = _LIMITER[use.limiter_source]
    elif limiter.state in _LIMITER_STATES:
        limit_from = _LIMITER_STATES[limiter.state]
    else:
        is_known = use.bucket in _UNLIMITED or (limits.total_kb is not None and use.bucket is not None)
        limit_from = _NO_LIMIT if is_known else _UNKNOWN
    label = "memory limiter" + (", watching" if limiter.state == "watching" else "")
    return LimitLine.of(label, use.limiter_use_kb, use.limiter_kb, used_from, limit_from)


def _part_lines(ceiling: Ceiling) -> Iterator[LimitLine]:
    """The largest parts of a sum, and one line for the rest."""
    parts = list(ceiling.parts.items())
    rest = sum(kb for _, kb in parts[_PARTS:])
    for label, kb in [*parts[:_PARTS], *([("(other)", rest)] if rest else [])]:
        yield LimitLine((f"  {label}", format_kb(kb), "", "", "", "", ""))
