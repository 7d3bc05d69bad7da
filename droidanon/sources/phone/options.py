"""How a phone is read: what no other source has."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from droidanon.errors import UsageError
from droidanon.escape import escape_text

WAYS = ("auto", "root", "su", "run-as", "shell", "reporter")
"""How smaps is read. `auto`: as adbd, else su, else each app's own run-as, else its reporter, else what dumpsys meminfo
says."""

TRANSFERS = ("auto", "raw", "gzip")
"""How texts come over. `auto`: compressed on the phone where the link is slow and the phone has gzip."""


def _silent(text: str) -> None:
    del text


TRIM_LEVELS = ("RUNNING_MODERATE", "RUNNING_LOW", "RUNNING_CRITICAL", "HIDDEN", "BACKGROUND", "MODERATE", "COMPLETE")
"""What `am send-trim-memory` takes (AOSP ActivityManagerShellCommand)."""


@dataclass(frozen=True, slots=True)
class Prepare:
    """What is asked of the processes that were chosen before they are read, and while they are.

    `trim`: one of TRIM_LEVELS. `settle`: how often RssAnon + VmSwap must hold still. UsageError for what there is not.
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
        """The names of what is to be done."""
        return [name for name in ("trim", "gc", "settle", "freeze") if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """`access` is one of WAYS (empty: $DROIDANON_ACCESS, else auto), `transfer` one of TRANSFERS.

    `say` is told, a line each, what a person must know.
    """

    access: str = ""
    transfer: str = "auto"
    say: Callable[[str], None] = _silent
    prepare: Prepare = field(default_factory=Prepare)
    serialno: str = ""
    """The phone's own serial number, by which it is found again if adb knows it under another serial now."""

    def __post_init__(self) -> None:
        if self.transfer not in TRANSFERS:
            raise UsageError(f"transfer {escape_text(self.transfer)!r}: one of {', '.join(TRANSFERS)}")
        if self.access:
            self.way  # noqa: B018 # a word that is none is told before a phone is looked for

    @property
    def way(self) -> str:
        """The way to read. UsageError for one that there is not."""
        way = self.access or os.environ.get("DROIDANON_ACCESS") or "auto"
        if way not in WAYS:
            raise UsageError(f"access {escape_text(way)!r}: one of {', '.join(WAYS)}")
        return way
