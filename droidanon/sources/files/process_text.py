"""What readers return: the texts of processes in a file, and facts of the phone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Self

from droidanon.model import ReportedRows
from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.files.detect import detail_of
from droidanon.sources.large_text import TextFile, TextPart


@dataclass(frozen=True, slots=True)
class ProcessText:
    """The text of a process in a file, with its kind and the facts that the file reports."""

    file: str
    folder: PurePosixPath
    process: ProcessFacts
    detail: str
    """The fidelity of its rows, as far as the text shows it; empty until a part of a text is read."""
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
    part: TextPart | None = None
    """The place of the text in that of a file, until it is read; `text` is empty."""
    origin: TextPart | None = None
    """The place of exactly these bytes in a file, from which another process can read them."""

    @property
    def is_empty(self) -> bool:
        """Whether the text contains no memory of the process."""
        return not self.length and self.handed is None and self.reported is None

    @property
    def length(self) -> int:
        """The size of the text in bytes; 0 once it was handed over."""
        return len(self.text) if self.part is None else self.part.size

    def read(self) -> Self:
        """Read the text if it is a part of a file."""
        if self.part is None:
            return self
        text = self.part.read()
        origin = self.part if isinstance(self.part.whole, TextFile) else self.origin
        return replace(self, detail=detail_of(text), text=text, part=None, origin=origin)


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
    """Everything a reader found in one file. `left_out`: why the file is not used."""

    moments: list[ReportedMoment] = field(default_factory=list)
    device: dict[str, str | int] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Places in the file (empty: the whole file) and messages."""
    notes: list[str] = field(default_factory=list)
    left_out: str = ""
