"""A budget: memory limits, and what each of them limits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from droidanon.analysis.limits.states import PlayState
from droidanon.analysis.stats.power import Effect
from droidanon.counters import COUNTERS
from droidanon.taxonomy.toml import Location

VMAS, THREADS = "vmas", "threads"
"""Counts that come from VMAs; others are labels of the Objects section of dumpsys meminfo."""
PLAY, LIMITER = "play", "limiter"


class LimitKind(StrEnum):
    """What a row limits. The values are the keys of a budget file."""

    MAX = "max"
    GROWTH = "max_growth"
    """The difference of new and baseline."""
    PER_MINUTE = "max_per_minute"
    PER_CYCLE = "max_per_cycle"
    """The growth from one capture of a series to the next."""
    SHARE = "max_share"
    """Percent of a limit of Google Play or the memory limiter."""

    @property
    def is_slope(self) -> bool:
        """Whether it limits growth over a series."""
        return self in (LimitKind.PER_MINUTE, LimitKind.PER_CYCLE)


@dataclass(frozen=True, slots=True)
class MemorySelector:
    """Selects the memory of a row. A missing field matches everything; `process` and `name` are globs."""

    app: str | None = None
    process: str | None = None
    category: str | None = None
    """A category with all below it."""
    name: str | None = None
    heap: str | None = None

    @property
    def by_meaning(self) -> bool:
        """Whether the selection depends on the taxonomy."""
        return self.category is not None or self.heap is not None

    @property
    def of_processes(self) -> bool:
        """Whether it selects whole processes."""
        return self.category is None and self.name is None and self.heap is None


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """One limit. Exactly one of `counter` (kB), `count` and `share_of` is set."""

    title: str
    place: Location
    selector: MemorySelector
    kind: LimitKind
    limit: Effect
    """kB, a number (of counts), or percent."""
    counter: str | None = None
    count: str | None = None
    share_of: str | None = None
    state: PlayState | None = None
    ram_kb: int | None = None
    game: bool = False
    optional: bool = False

    @property
    def unit(self) -> str:
        """The unit of its numbers: `kB`, `%`, or empty for counts."""
        return "%" if self.share_of else "" if self.count else "kB"

    @property
    def per(self) -> str:
        """`minute` or `cycle` for growth over a series, else empty."""
        return {LimitKind.PER_MINUTE: "minute", LimitKind.PER_CYCLE: "cycle"}.get(self.kind, "")

    @property
    def measure(self) -> str:
        """The counter or count, in words."""
        if self.counter:
            known = COUNTERS.get(self.counter)
            return known.title if known else self.counter.removesuffix("_kb")
        return self.count or f"share of {'Google Play' if self.share_of == PLAY else 'the memory limiter'}'s limit"


@dataclass(frozen=True, slots=True)
class Budget:
    """The rows of a budget file, and its baseline (a source)."""

    path: Path
    rows: tuple[BudgetRow, ...]
    baseline: str | None = None
    taxonomy: str | None = None
    """The version and digest of the rules with which its limits were written; None: not recorded."""
    headroom: str | None = None
    """What `--update` leaves free, such as `10%`."""

    @property
    def needs_baseline(self) -> bool:
        """Whether a row limits the growth from a baseline."""
        return any(row.kind is LimitKind.GROWTH for row in self.rows)

    @property
    def only_app(self) -> str | None:
        """The app that all rows select, if it is the same."""
        apps = {row.selector.app for row in self.rows}
        return apps.pop() if len(apps) == 1 else None
