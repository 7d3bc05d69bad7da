"""Descriptions of Android's exit codes.

AOSP: core/java/android/app/ApplicationExitInfo.java REASON_* and SUBREASON_*, ActivityManager.java
RunningAppProcessInfo.IMPORTANCE_*.
"""

from __future__ import annotations

from typing import Any

from droidanon.platform.readers.exit_info import ExitReason, ProcessExit

_REASONS = {
    ExitReason.UNKNOWN: "unknown",
    ExitReason.EXIT_SELF: "exited by itself",
    ExitReason.SIGNALED: "killed by a signal",
    ExitReason.LOW_MEMORY: "killed for low memory",
    ExitReason.CRASH: "crashed (exception)",
    ExitReason.CRASH_NATIVE: "crashed (native)",
    ExitReason.ANR: "not responding (ANR)",
    ExitReason.INITIALIZATION_FAILURE: "failed to start",
    ExitReason.PERMISSION_CHANGE: "killed after a permission changed",
    ExitReason.EXCESSIVE_RESOURCE_USAGE: "killed for excessive use of resources",
    ExitReason.USER_REQUESTED: "stopped by the user",
    ExitReason.USER_STOPPED: "killed as its Android user was stopped",
    ExitReason.DEPENDENCY_DIED: "killed as a process it depends on ended",
    ExitReason.OTHER: "killed by the system",
    ExitReason.FREEZER: "killed by the app freezer",
    ExitReason.PACKAGE_STATE_CHANGE: "killed as its package changed",
    ExitReason.PACKAGE_UPDATED: "killed as its package was updated",
    ExitReason.MEMORY_LIMITER: "killed by the memory limiter",
    ExitReason.ANOMALY: "killed for an anomaly",
}
_SUBREASONS = {
    2: "too many cached processes",
    3: "too many empty processes",
    4: "empty for long, many cached processes",
    5: "large cached process under memory pressure",
    6: "long memory pressure",
    7: "CPU",
    9: "all foreground services",
    10: "all background processes",
    11: "by uid",
    12: "by pid",
    22: "removed from recents",
    24: "background processes",
    30: "out-of-memory killer of the kernel",
}
"""Subreasons that Android's own label does not explain."""
_IMPORTANCES = {
    100: "foreground",
    125: "foreground service",
    130: "perceptible",
    150: "in front, screen off",
    170: "can't save its state",
    200: "visible",
    230: "perceptible",
    300: "service",
    325: "in front, screen off",
    350: "can't save its state",
    400: "cached",
    500: "empty",
    1000: "gone",
}
EXIT_KEYS = (
    "time",
    "app",
    "process",
    "pid",
    "uid",
    "user",
    "memory_cause",
    "reason",
    "reason_text",
    "subreason",
    "subreason_text",
    "status",
    "importance",
    "importance_text",
    "pss_kb",
    "rss_kb",
    "description",
)
"""The keys of `exit_record`."""


def reason_text(found: ProcessExit) -> str:
    """Why the process ended, with the exit code or signal for reasons that have one."""
    if found.memory_cause == "limiter":
        return _REASONS[ExitReason.MEMORY_LIMITER]
    if found.reason == ExitReason.EXIT_SELF and found.status is not None:
        return f"exited by itself with code {found.status}"
    if found.reason == ExitReason.SIGNALED and found.status is not None:
        return f"killed by signal {found.status}"
    if found.reason in _REASONS:
        return _REASONS[ExitReason(found.reason)]
    return _label(found.reason_label) or f"reason {found.reason}"


def subreason_text(found: ProcessExit) -> str:
    """The details of the reason; empty if there are none. (That the limiter kills by pid is not a detail.)"""
    if not found.subreason or found.memory_cause == "limiter":
        return ""
    return _SUBREASONS.get(found.subreason) or _label(found.subreason_label) or f"subreason {found.subreason}"


def importance_text(importance: int | None) -> str:
    """The importance of the process; empty if unknown."""
    return "" if importance is None else _IMPORTANCES.get(importance, str(importance))


def _label(text: str) -> str:
    words = text.replace("_", " ").lower()
    return "" if words == "unknown" else words.replace(" anr", " ANR").replace("sdk ", "SDK ")


def exit_record(one: ProcessExit) -> dict[str, Any]:
    """An exit as a flat object: codes and descriptions, sizes in kB, the time in ISO 8601."""
    return {
        "time": one.time.isoformat(timespec="milliseconds"),
        "app": one.package,
        "process": one.process,
        "pid": one.pid,
        "uid": one.uid,
        "user": one.user,
        "memory_cause": one.memory_cause,
        "reason": one.reason,
        "reason_text": reason_text(one),
        "subreason": one.subreason,
        "subreason_text": subreason_text(one),
        "status": one.status,
        "importance": one.importance,
        "importance_text": importance_text(one.importance),
        "pss_kb": one.pss_kb,
        "rss_kb": one.rss_kb,
        "description": one.description,
    }
