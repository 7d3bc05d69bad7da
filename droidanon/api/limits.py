"""The result of `droidanon.limits`: the processes of apps against their limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from droidanon.api.results import problems_frame
from droidanon.wording import counted

if TYPE_CHECKING:
    from droidanon.analysis.limits.ceilings import Ceiling
    from droidanon.analysis.limits.judge import Limits, Part, Use

_ROW = ("limit", "state", "used", "of", "headroom", "used_from", "limit_from")


@dataclass(frozen=True, repr=False, eq=False)
class AppLimits:
    """Processes of apps compared with their limits. Numbers are in kB unless stated otherwise; missing means unknown.

    Attributes:
        processes: one row per process, largest anon + swap first: `app`, `process`, `pid`, `state`, `state_source`,
            `anon_kb`, `swap_kb`, `anon_swap_kb`, `basis` (`judged` or `upper bound`), `limiter_kb`, `limiter_basis`
            (`exact` or `estimate`).
        limits: one row per process and limit: `process`, `pid`, `limit` (`play`, `limiter`, `java_heap`, `vmas`,
            `address_space`, `bitmaps`), `state` (for `play`, which has a threshold per state), `used`, `of` (the
            limit), `headroom`, `used_from`, `limit_from`. The unit of `vmas` is a count.
        composition: one row per process, category and name: `process`, `pid`, `category`, `name`, `anon_swap_kb`. The
            rows of a process sum to its `anon_swap_kb`.
        ram_kb: the MemTotal that the limits apply to.
        warnings: reasons to doubt the numbers: `where`, `message`.
    """

    processes: pd.DataFrame
    limits: pd.DataFrame
    composition: pd.DataFrame
    ram_kb: int | None
    warnings: pd.DataFrame

    @classmethod
    def of(cls, found: Limits, parts: Sequence[Sequence[Part]], ceilings: Sequence[Sequence[Ceiling]]) -> AppLimits:
        limits = [
            {"process": use.process.name, "pid": use.process.pid, **dict(zip(_ROW, row, strict=True))}
            for use, others in zip(found.uses, ceilings, strict=True)
            for row in _limits_of(use, others)
        ]
        composition = [
            {
                "process": use.process.name,
                "pid": use.process.pid,
                "category": part.category,
                "name": part.name,
                "anon_swap_kb": part.kb,
            }
            for use, own in zip(found.uses, parts, strict=True)
            for part in own
        ]
        return cls(
            _frame([_process(use) for use in found.uses], ("pid", "anon_kb", "swap_kb", "anon_swap_kb", "limiter_kb")),
            _frame(limits, ("pid", "used", "of", "headroom")),
            _frame(composition, ("pid", "anon_swap_kb")),
            found.total_kb,
            problems_frame(found.warnings),
        )

    def __repr__(self) -> str:
        return f"<AppLimits of {counted(len(self.processes), 'process')}>"


def _process(use: Use) -> Mapping[str, Any]:
    return {
        "app": use.process.app,
        "process": use.process.name,
        "pid": use.process.pid,
        "state": _text(use.state),
        "state_source": _text(use.state_source),
        "anon_kb": use.anon_kb,
        "swap_kb": use.swap_kb,
        "anon_swap_kb": use.anon_swap_kb,
        "basis": _text(use.basis),
        "limiter_kb": use.limiter_use_kb,
        "limiter_basis": _text(use.limiter_basis),
    }


def _limits_of(use: Use, ceilings: Sequence[Ceiling]) -> Iterator[tuple[Any, ...]]:
    """The limits of a process, with values in the order of `_ROW`."""
    used = use.anon_swap_kb
    for state, limit in use.what_if_kb.items():
        left = None if used is None else limit - used
        yield "play", str(state), used, limit, left, _text(use.basis), "play"
    limiter = (use.limiter_use_kb, use.limiter_kb, use.limiter_headroom_kb)
    yield "limiter", None, *limiter, _text(use.limiter_basis), _text(use.limiter_source)
    for one in ceilings:
        used_from = f"{one.used_from}, {one.measure}"
        yield str(one.kind), None, one.used, one.limit, one.headroom, used_from, one.limit_from or None


def _frame(rows: Sequence[Mapping[str, Any]], numbers: Sequence[str]) -> pd.DataFrame:
    """Rows as a DataFrame; numbers are nullable integers."""
    frame = pd.DataFrame(rows)
    return frame.astype({name: "Int64" for name in numbers if name in frame})


def _text(value: object) -> str | None:
    return None if value is None else str(value)
