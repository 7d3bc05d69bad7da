"""The state of a process, as Google Play and the memory limiter of Android 17 distinguish it."""

from __future__ import annotations

from enum import StrEnum

_VISIBLE_ADJ, _PERCEPTIBLE_ADJ, _CACHED_ADJ = 100, 250, 900
"""VISIBLE_APP_ADJ, PERCEPTIBLE_LOW_APP_ADJ and CACHED_APP_MIN_ADJ (AOSP
services/core/java/com/android/server/am/ProcessList.java)."""
_USER_SPAN, _FIRST_APP_UID = 100_000, 10_000


class PlayState(StrEnum):
    """The app states that Google Play's memory vitals distinguish."""

    FOREGROUND = "foreground"
    SERVICE = "service"
    """A service that the user perceives."""
    BACKGROUND = "background"
    CACHED = "cached"


class LimiterBucket(StrEnum):
    """The buckets of the memory limiter (AOSP MemoryLimiter.java)."""

    VISIBLE = "visible"
    NOT_VISIBLE = "not_visible"
    CACHED = "cached"


def is_app(uid: int | None) -> bool:
    """Whether limits apply: to apps, whose uids start at 10000 (AOSP android/os/Process.java FIRST_APPLICATION_UID)."""
    return uid is None or uid % _USER_SPAN >= _FIRST_APP_UID


def play_state(oom_score_adj: int | None) -> PlayState | None:
    """The state that Google Play would assign, approximated by the OOM adjustment. None if that is unknown."""
    if oom_score_adj is None:
        return None
    if oom_score_adj <= _VISIBLE_ADJ:
        return PlayState.FOREGROUND
    if oom_score_adj <= _PERCEPTIBLE_ADJ:
        return PlayState.SERVICE
    return PlayState.CACHED if oom_score_adj >= _CACHED_ADJ else PlayState.BACKGROUND


def limiter_bucket(state: PlayState | None) -> LimiterBucket | None:
    """The bucket of a process in a state. A foreground service is not visible to the limiter."""
    match state:
        case None:
            return None
        case PlayState.FOREGROUND:
            return LimiterBucket.VISIBLE
        case PlayState.CACHED:
            return LimiterBucket.CACHED
        case _:
            return LimiterBucket.NOT_VISIBLE
