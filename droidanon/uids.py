"""Linux uids as Android assigns them: a range per user, with ranges of app ids (AOSP android/os/Process.java)."""

from __future__ import annotations

PIDS = range(1 << 31)
"""Process IDs that fit the kernel's pid_t (PID_MAX_LIMIT of include/linux/threads.h is far below)."""
USER_SPAN = 100_000
APP_IDS = range(10_000, 20_000)
SDK_SANDBOX_IDS = range(20_000, 30_000)
ISOLATED_IDS = range(90_000, 100_000)
"""Isolated processes, and those that an app zygote starts."""


def app_id(uid: int) -> int:
    """The app id within a uid, without the user."""
    return uid % USER_SPAN
