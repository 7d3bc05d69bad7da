"""Google Play's limit of the processes that Live watches, by their state at each moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from droidanon.analysis.limits.states import PlayState, is_app, play_state
from droidanon.analysis.limits.thresholds import play_tier
from droidanon_tui.live.history import SampleHistory, Track


def limit_at(track: Track, tick: int, total_kb: int | None) -> int | None:
    """The threshold (kB) for an app in the process's state at a tick; None if none applies, or it is unknown."""
    state = state_at(track, tick)
    tier = None if total_kb is None or state is None else play_tier(total_kb)
    return None if tier is None or state is None else tier.threshold_kb(state, game=False)


def state_at(track: Track, tick: int) -> PlayState | None:
    """The state of an app's process, approximated by its OOM adjustment at a tick."""
    return play_state(track.adjustment(tick)) if is_app(track.process.uid) else None


def share_at(track: Track, tick: int, total_kb: int | None) -> float | None:
    """The used part of the threshold at a tick."""
    used, limit = track.anon_swap_kb(tick), limit_at(track, tick, total_kb)
    return None if used is None or not limit else used / limit


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A process's threshold and its anon + swap, in kB."""

    process: str
    state: PlayState
    limit_kb: int
    used_kb: int

    @property
    def share(self) -> float:
        """The used part of the threshold."""
        return self.used_kb / self.limit_kb


def nearest_limit(tracks: Sequence[Track], tick: int, total_kb: int | None) -> LimitUse | None:
    """The process that uses the largest share of its threshold at a tick; None if no share is known."""
    found = []
    for track in tracks:
        used, state, limit = track.anon_swap_kb(tick), state_at(track, tick), limit_at(track, tick, total_kb)
        if used is not None and state is not None and limit:
            found.append(LimitUse(track.process.name, state, limit, used))
    return max(found, key=lambda use: use.share, default=None)


def limits_over_time(history: SampleHistory, tracks: Sequence[Track]) -> tuple[int | None, ...]:
    """The threshold at every tick at which one of the processes existed; unknown unless there is one process, because
    Google Play judges each."""
    total_kb = history.system.mem_total_kb
    found = []
    for tick in range(len(history.times)):
        seen = [track for track in tracks if track.begin <= tick < track.end]
        if seen:
            found.append(limit_at(seen[0], tick, total_kb) if len(seen) == 1 else None)
    return tuple(found)
