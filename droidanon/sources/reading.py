"""The reading of one process, and its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from droidanon.model import ProcessIdentity, ReportedRows
from droidanon.sources.facts import ProcessFacts


class ReadOutcome(Enum):
    """The result of reading one process. The values are stable: they are the `kind` of a capture's problem."""

    OK = "ok"
    LISTED = "listed"
    """The process was listed only; nobody tried to read it."""
    PARTIAL = "partial"
    """Only a part of its text arrived, which was kept: the process ended, the connection broke, or the read failed."""
    DENIED = "denied"
    ENDED = "ended"
    """The process ended before any of it was read."""
    PID_REUSED = "pid_reused"
    """Another process has its pid now; nothing that was read under that pid belongs to it."""
    NO_SMAPS = "no_smaps"
    """Its smaps is empty although the process has memory."""
    FAILED = "failed"
    """Any other error."""

    @property
    def is_gone(self) -> bool:
        """Whether the process no longer exists."""
        return self in (ReadOutcome.ENDED, ReadOutcome.PID_REUSED)


@dataclass(frozen=True, slots=True)
class Reading:
    """One process as read from a source; if it could not be read, `text` is None and `error` says why.

    With `reported` rows, `text` is the output of dumpsys or showmap that contains them. After handing a text to an
    `Intake`, `text` is empty and `handed` is its number there.
    """

    process: ProcessFacts
    text: bytes | None
    error: str = ""
    reported: ReportedRows | None = None
    handed: int | None = None
    outcome: ReadOutcome = ReadOutcome.OK

    @property
    def has_text(self) -> bool:
        """Whether it has nonempty text, handed over or not."""
        return bool(self.text) or self.handed is not None

    @property
    def is_refused(self) -> bool:
        """Whether the process exists but its memory is unknown, so that another access method may work."""
        return self.text is None and self.reported is None and not self.outcome.is_gone


def where_of(process: ProcessIdentity) -> str:
    """The `where` of a problem with a process."""
    return f"{process.name} (pid {process.pid})" if process.pid is not None else process.name
