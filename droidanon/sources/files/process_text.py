"""The results of readers: the texts of processes in a file, and facts of the phone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from droidanon.model import ReportedRows
from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.sources.facts import ProcessFacts


@dataclass(frozen=True, slots=True)
class ProcessText:
    """A process's text in a file: the facts that the file reports, and the kind of the text."""

    file: str
    folder: PurePosixPath
    process: ProcessFacts
    detail: str
    """The fidelity of its rows, as far as the text shows it."""
    text: bytes
    reported: ReportedRows | None = None
    is_named: bool = False
    """Whether the text itself names its process."""
    original: bytes | None = None
    """The bytes of the file, if all of them are this text in another encoding or with a prefix before each line."""
    size: int = 0
    """The size of a text that was handed to an `Intake`, in bytes; `text` is then empty."""
    handed: int | None = None
    """Its number there."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing of the process's memory."""
        return not self.text and self.handed is None and self.reported is None


@dataclass(slots=True)
class ReportedMoment:
    """The texts of one pass over processes, and the facts of the phone at that time."""

    texts: list[ProcessText] = field(default_factory=list)
    tables: list[Meminfo] = field(default_factory=list)
    """Tables of dumpsys meminfo."""
    system: dict[str, int] = field(default_factory=dict)
    time_s: float | None = None
    """Seconds after boot; None if the text has no such time."""


@dataclass(slots=True)
class Extract:
    """Everything that a reader found in one file. `left_out`: the reason why the file is not used."""

    moments: list[ReportedMoment] = field(default_factory=list)
    device: dict[str, str | int] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Places in the file (empty: the whole file) and messages."""
    notes: list[str] = field(default_factory=list)
    left_out: str = ""
