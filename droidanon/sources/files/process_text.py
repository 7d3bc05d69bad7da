"""What a reader finds in one file: the texts of processes, and facts of the phone."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from droidanon.model import ReportedRows
from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.sources.facts import ProcessFacts


@dataclass(frozen=True, slots=True)
class ProcessText:
    """A process's text in a file: what of it the file reports, and what the text is."""

    file: str
    folder: PurePosixPath
    process: ProcessFacts
    detail: str
    """Fidelity of its rows, as far as the text shows it."""
    text: bytes
    reported: ReportedRows | None = None
    is_named: bool = False
    """Whether the text itself names its process."""
    original: bytes | None = None
    """The bytes of the file, if all of them are this text in another encoding or with something before each line."""


@dataclass(slots=True)
class ReportedMoment:
    """The texts of one pass over processes, and what was reported of the phone at that time."""

    texts: list[ProcessText] = field(default_factory=list)
    tables: list[Meminfo] = field(default_factory=list)
    """Of dumpsys meminfo."""
    system: dict[str, int] = field(default_factory=dict)
    time_s: float | None = None
    """Seconds after boot; None if the text has no such time."""


@dataclass(slots=True)
class Extract:
    """All that a reader took from one file. `left_out` is why nothing was taken."""

    moments: list[ReportedMoment] = field(default_factory=list)
    device: dict[str, str | int] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Place in the file (empty: all of it) and message."""
    notes: list[str] = field(default_factory=list)
    left_out: str = ""
