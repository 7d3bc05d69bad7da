"""The thresholds for judging memory, by amount of RAM (`thresholds.toml`, with sources)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from droidanon.analysis.limits.states import LimiterBucket, PlayState

_FILE = Path(__file__).with_name("thresholds.toml")
_KB_PER_MB, _KB_PER_GB = 1024, 1024 * 1024
_STATES = (PlayState.FOREGROUND, PlayState.SERVICE, PlayState.BACKGROUND)


@dataclass(frozen=True, slots=True)
class LimiterTier:
    """The memory limiter's limits for phones with at least `min_kb` of RAM: memory.high + swap.max in kB by bucket."""

    min_kb: int
    limit_kb: dict[LimiterBucket, int]


class LimitSource(StrEnum):
    """The source of a memory limiter's limit."""

    CGROUP = "cgroup"
    """memory.high + memory.swap.max of the process's own cgroup."""
    STATUS = "status"
    """`am memory-limiter status` of the phone."""
    CONFIG = "config"
    """The phone's memory-limiter-config.xml."""
    STANDARD = "standard"
    """The standard table of Android 17 for the amount of RAM; the phone may have others, or no limiter."""


@dataclass(frozen=True, slots=True)
class Limiter:
    """The memory limiter of a phone."""

    limit_kb: Mapping[LimiterBucket, int]
    """memory.high + swap.max; empty: there are no limits, or they are unknown."""
    source: LimitSource | None
    state: str
    """`on`, `off`, `watching` (it kills nothing) or `percent` (as in a beta, not computed); empty: unknown."""


def limiter_of(facts: Mapping[str, str | int], total_kb: int | None) -> Limiter:
    """The phone's limiter if the capture contains it, else the standard limits for its amount of RAM."""
    reported = _reported_limiter(facts) if facts else None
    if reported is not None:
        return reported
    tier = None if total_kb is None else limiter_tier(total_kb)
    state = str(facts.get("limiter", ""))
    return Limiter({} if tier is None else tier.limit_kb, None if tier is None else LimitSource.STANDARD, state)


def _reported_limiter(facts: Mapping[str, str | int]) -> Limiter | None:
    from droidanon.platform.readers.memory_limiter import LIMIT_KEYS  # most captures have no such facts

    state, numbers = str(facts.get("limiter", "")), [facts.get(key) for key in LIMIT_KEYS]
    visible, hidden, visible_swap, hidden_swap = (one if isinstance(one, int) else None for one in numbers)
    source = LimitSource.CONFIG if facts.get("limiter_source") == "config" else LimitSource.STATUS
    if state in ("off", "percent"):
        return Limiter({}, source, state)
    if visible is not None and hidden is not None and visible_swap is not None and hidden_swap is not None:
        sums = {LimiterBucket.VISIBLE: visible + visible_swap, LimiterBucket.NOT_VISIBLE: hidden + hidden_swap}
        return Limiter(sums, source, state)
    return None


def bitmap_limit_kb(state: PlayState | None) -> int | None:
    """Google Play's threshold for bitmap memory; None if this state has none."""
    megabytes = None if state is None else _data()["bitmaps"]["limits"].get(state)
    return None if megabytes is None else megabytes * _KB_PER_MB


@dataclass(frozen=True, slots=True)
class PlayTier:
    """Google Play's thresholds for phones with at least `min_kb` and less than `below_kb` of RAM, in kB by state."""

    min_kb: int
    below_kb: int
    app_kb: dict[PlayState, int]
    game_kb: dict[PlayState, int]

    def threshold_kb(self, state: PlayState, *, game: bool) -> int | None:
        """The threshold for a state; None if it has none."""
        return (self.game_kb if game else self.app_kb).get(state)


def play_tier(total_kb: int) -> PlayTier | None:
    """The tier of a phone by its MemTotal; None if Google Play sets no threshold for it."""
    for tier in play_tiers():
        if tier.min_kb <= total_kb < tier.below_kb:
            return tier
    return None


def limiter_tier(total_kb: int) -> LimiterTier | None:
    """The memory limiter's standard limits for a phone by its MemTotal; None if there are none."""
    limits = _data()["limiter"]
    if total_kb >= limits["below_mb"] * _KB_PER_MB:
        return None
    fitting = [tier for tier in limits["tiers"] if tier["min_mb"] * _KB_PER_MB <= total_kb]
    if not fitting:
        return None
    tier = fitting[-1]
    sums = (memory + swap for memory, swap in zip(tier["memory"], tier["swap"], strict=True))
    buckets = (LimiterBucket.VISIBLE, LimiterBucket.NOT_VISIBLE)
    return LimiterTier(
        tier["min_mb"] * _KB_PER_MB, {bucket: kb * _KB_PER_MB for bucket, kb in zip(buckets, sums, strict=True)}
    )


def sources() -> dict[str, str]:
    """The sources of the thresholds."""
    return {part: f"{table['source']} ({table['noted']})" for part, table in _data().items()}


@cache
def play_tiers() -> tuple[PlayTier, ...]:
    """All tiers that have a threshold, the smallest first."""
    return tuple(
        PlayTier(
            tier["min_mb"] * _KB_PER_MB,
            tier["below_mb"] * _KB_PER_MB,
            *(
                {state: round(amount * _KB_PER_GB) for state, amount in zip(_STATES, tier[kind], strict=True)}
                for kind in ("app", "game")
            ),
        )
        for tier in _data()["play"]["tiers"]
    )


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))
