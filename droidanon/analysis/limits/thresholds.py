"""The thresholds that memory is judged by, by amount of RAM (`thresholds.toml`, with their sources)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class PlayTier:
    """Google Play's thresholds for phones with at least `min_kb` and less than `below_kb` of RAM, in kB by state."""

    min_kb: int
    below_kb: int
    app_kb: dict[PlayState, int]
    game_kb: dict[PlayState, int]

    def threshold_kb(self, state: PlayState, *, game: bool) -> int | None:
        """None: processes in this state have no threshold."""
        return (self.game_kb if game else self.app_kb).get(state)


def play_tier(total_kb: int) -> PlayTier | None:
    """The tier of a phone by its MemTotal; None: Google Play sets no threshold for it."""
    for tier in _play_tiers():
        if tier.min_kb <= total_kb < tier.below_kb:
            return tier
    return None


def limiter_tier(total_kb: int) -> LimiterTier | None:
    """The memory limiter's standard limits for a phone by its MemTotal; None: there are none."""
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
    """Where the thresholds of each part come from."""
    return {part: f"{table['source']} ({table['noted']})" for part, table in _data().items()}


@cache
def _play_tiers() -> tuple[PlayTier, ...]:
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
