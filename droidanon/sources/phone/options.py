"""Options that only apply to phones."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from droidanon.errors import UsageError
from droidanon.escape import escape_text

WAYS = ("auto", "root", "su", "run-as", "shell", "reporter")
"""Ways to read smaps. `auto`: as adbd's user, else su, else each app's run-as, else its reporter, else the heaps of
dumpsys meminfo."""

TRANSFERS = ("auto", "raw", "gzip")
"""Transfers of texts. `auto`: compressed on the phone if the link is slow and the phone has gzip."""


def _silent(text: str) -> None:
    del text


TRIM_LEVELS = ("RUNNING_MODERATE", "RUNNING_LOW", "RUNNING_CRITICAL", "HIDDEN", "BACKGROUND", "MODERATE", "COMPLETE")
"""Levels of `am send-trim-memory` (AOSP ActivityManagerShellCommand)."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """Preparations of the selected processes, before and during reading.

    `trim`: one of TRIM_LEVELS. `settle`: the number of looks for which RssAnon + VmSwap must be stable. Raises
    UsageError for an unknown level.
    """

    freeze: bool = False
    gc: bool = False
    trim: str = ""
    settle: int = 0

    def __post_init__(self) -> None:
        if self.trim and self.trim not in TRIM_LEVELS:
            raise UsageError(f"trim {escape_text(self.trim)}: one of {', '.join(TRIM_LEVELS)}")

    @property
    def asked(self) -> list[str]:
        """The names of the requested preparations."""
        return [name for name in ("trim", "gc", "settle", "freeze") if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """`access` is one of WAYS (empty: $DROIDANON_ACCESS, else auto), `transfer` one of TRANSFERS.

    `say` is called with each message for the user.
    """

    access: str = ""
    transfer: str = "auto"
    say: Callable[[str], None] = _silent
    prepare: Prepare = field(default_factory=Prepare)
    serialno: str = ""
    """The phone's own serial number, by which it is found if adb lists it under another serial now."""

    def __post_init__(self) -> None:
        if self.transfer not in TRANSFERS:
            raise UsageError(f"transfer {escape_text(self.transfer)!r}: one of {', '.join(TRANSFERS)}")
        if self.access:
            self.way  # noqa: B018 # reports an unknown word before a phone is looked for

    @property
    def way(self) -> str:
        """The access method. Raises UsageError for an unknown one."""
        way = self.access or os.environ.get("DROIDANON_ACCESS") or "auto"
        if way not in WAYS:
            raise UsageError(f"access {escape_text(way)!r}: one of {', '.join(WAYS)}")
        return way
