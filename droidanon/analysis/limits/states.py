"""Process states as distinguished by Google Play and Android 17's memory limiter."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from droidanon.errors import UsageError
from droidanon.model import Process
from droidanon.uids import APP_IDS, app_id

_VISIBLE_ADJ, _PERCEPTIBLE_ADJ, _CACHED_ADJ = 100, 250, 900
"""VISIBLE_APP_ADJ, PERCEPTIBLE_LOW_APP_ADJ and CACHED_APP_MIN_ADJ (AOSP
services/core/java/com/android/server/am/ProcessList.java)."""

_NOT_OF_APPS = frozenset({"Native", "System"})
"""OOM levels of daemons and the system server in `dumpsys meminfo`."""
_SYSTEM_SERVER = "system_server"
_PERSISTENT = frozenset({"PER", "PERU"})
_VISIBLE = frozenset({"TOP", "BTOP", "IMPF", "TPSL"})
_SERVICES = frozenset({"FGS", "BFGS", "FGSL"})
_NOT_VISIBLE = _SERVICES | {"IMPB", "TRNB", "BKUP", "SVC", "RCVR", "HVY", "HOME", "LAST"}
_CACHED = frozenset({"CAC", "CACC", "CRE", "CEM"})


class PlayState(StrEnum):
    """The app states that Google Play's memory vitals distinguish."""

    FOREGROUND = "foreground"
    SERVICE = "service"
    """A service that the user perceives."""
    BACKGROUND = "background"
    CACHED = "cached"


class LimiterBucket(StrEnum):
    """The buckets of the memory limiter (AOSP MemoryLimiter.java)."""

    UNLIMITED = "unlimited"
    """Persistent processes have no limit."""
    VISIBLE = "visible"
    NOT_VISIBLE = "not_visible"
    CACHED = "cached"


def is_app(uid: int | None) -> bool:
    """Whether limits apply: to apps, whose uids start at 10000 (AOSP android/os/Process.java FIRST_APPLICATION_UID)."""
    return uid is None or app_id(uid) >= APP_IDS.start


def is_limited(process: Process) -> bool:
    """The same for a process of a capture; without a uid, its name or OOM level may show that it is not an app's."""
    if process.uid is not None:
        return is_app(process.uid)
    is_native = process.name == _SYSTEM_SERVER or process.name.startswith("/")  # daemons are named after their programs
    return not is_native and process.oom_level not in _NOT_OF_APPS


class StateSource(StrEnum):
    """The source from which a state was derived."""

    LRU = "lru"
    """The state that the activity manager lists (`dumpsys activity lru`, `dumpsys activity processes`)."""
    OOM_ADJ = "oom_adj"
    """The OOM adjustment of the process."""
    OOM_LEVEL = "oom_level"
    """The OOM level under which `dumpsys meminfo` lists the process."""
    GIVEN = "given"
    """The user named it (`--state`)."""


@dataclass(frozen=True, slots=True)
class JudgedState:
    """The state of a process for Google Play and the limiter, and its source. None means unknown.

    The state for Google Play is approximate, because the platform's state codes are not those that Play uses.
    """

    play: PlayState | None
    bucket: LimiterBucket | None
    source: StateSource | None


def parse_state(text: str) -> PlayState:
    """A state by name. Raises UsageError for an unknown name."""
    try:
        return PlayState(text)
    except ValueError:
        raise UsageError(f"state {text}: choose from {', '.join(PlayState)}") from None


def judged_state(process: Process, given: PlayState | None = None) -> JudgedState:
    """The state of a process: as `given`, else from its state code, OOM adjustment or OOM level."""
    if given is not None:
        return JudgedState(given, limiter_bucket(given), StateSource.GIVEN)
    code, adj = process.state, process.oom_score_adj
    source = StateSource.OOM_ADJ
    if adj is None and process.oom_level is not None:
        from droidanon.platform.readers.process_states import (
            adj_of_level,
        )  # lazy, because showing a phone's capture does not need it

        adj, source = adj_of_level(process.oom_level), StateSource.OOM_LEVEL
    play = play_state(adj, code)
    if play is None:
        return JudgedState(None, None, None)
    return JudgedState(play, _bucket(adj, code), StateSource.LRU if _is_known(code) else source)


def play_state(oom_score_adj: int | None, code: str | None = None) -> PlayState | None:
    """The state that Google Play would assign, approximated by the state code, else by the OOM adjustment.

    None if neither is known. Persistent processes count as foreground. Invisible ones count as a user-perceived service
    if they are a foreground service or have the OOM adjustment of a perceptible process.
    """
    if code in _PERSISTENT or code in _VISIBLE:
        return PlayState.FOREGROUND
    if code in _CACHED:
        return PlayState.CACHED
    if code in _SERVICES:
        return PlayState.SERVICE
    if code in _NOT_VISIBLE:
        perceptible = oom_score_adj is not None and oom_score_adj <= _PERCEPTIBLE_ADJ
        return PlayState.SERVICE if perceptible else PlayState.BACKGROUND
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


def _bucket(oom_score_adj: int | None, code: str | None) -> LimiterBucket | None:
    """The bucket: exact from the state code, otherwise approximate from the OOM adjustment."""
    if code in _PERSISTENT:
        return LimiterBucket.UNLIMITED
    if code in _NOT_VISIBLE:
        return LimiterBucket.NOT_VISIBLE
    if not _is_known(code) and oom_score_adj is not None and oom_score_adj < 0:
        return LimiterBucket.UNLIMITED
    return limiter_bucket(play_state(oom_score_adj, code))


def _is_known(code: str | None) -> bool:
    return code in _PERSISTENT | _VISIBLE | _NOT_VISIBLE | _CACHED
