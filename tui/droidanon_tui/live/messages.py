"""Messages from the jobs of Live. Each names its source."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Union

from textual.message import Message

if TYPE_CHECKING:
    from droidanon.sources.sampling.sample import Away, Sample
    from droidanon.store.exits import SeriesExit
    from droidanon_tui.live.moments import Moment, ProcessEnd

ReplayItem = Union["Sample", "Away", "Moment", "ProcessEnd", tuple[float, str]]
"""What a series contains: a sample, a gap, an app at one time, the end of a process, or a note at one time."""


class Purpose(Enum):
    """Why an app is read in full."""

    FOLLOW = "follow"
    KEEP = "keep"
    BASE = "base"
    DIFF = "diff"
    OPEN = "open"
    NOTE = "note"


class LiveMessage(Message):
    """A message about one watched source."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source


class Sampled(LiveMessage):
    """A sample of a source, or a note that it does not respond."""

    def __init__(self, source: str, sample: Sample | Away) -> None:
        super().__init__(source)
        self.sample = sample


class WatchFailed(LiveMessage):
    """A source could not be watched at all."""

    def __init__(self, source: str, error: str) -> None:
        super().__init__(source)
        self.error = error


class MomentRead(LiveMessage):
    """An app was read in full."""

    def __init__(self, source: str, moment: Moment, purpose: Purpose) -> None:
        super().__init__(source)
        self.moment = moment
        self.purpose = purpose


class MomentFailed(LiveMessage):
    """An app could not be read in full, or what was read could not be stored.

    `is_final`: trying again would fail in the same way (access denied, app not installed).
    """

    def __init__(self, source: str, app: str, error: str, purpose: Purpose, *, is_final: bool = False) -> None:
        super().__init__(source)
        self.app = app
        self.error = error
        self.purpose = purpose
        self.is_final = is_final


class ProcessesEnded(LiveMessage):
    """Exits of processes of the followed app were read from the phone."""

    def __init__(self, source: str, exits: tuple[SeriesExit, ...]) -> None:
        super().__init__(source)
        self.exits = exits


class Replayed(LiveMessage):
    """Items of a series of `captures` captures, in the order of time; `ended`: these are the last."""

    def __init__(self, source: str, items: tuple[ReplayItem, ...], captures: int, *, ended: bool = False) -> None:
        super().__init__(source)
        self.items = items
        self.captures = captures
        self.ended = ended
