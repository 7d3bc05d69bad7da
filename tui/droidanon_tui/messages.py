"""What workers tell the app: frozen facts, one for each failure too, and the message that carries them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

from textual.message import Message

from droidanon_tui.explore.facts import DiffFacts
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.significance import Judged

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon.sources.sampling.sample import Away, Sample
    from droidanon.store.library import CaptureSummary
    from droidanon_tui.live.moments import Moment


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    side: Side
    as_base: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """An open capture has what the first picture did not wait for."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenFailed:
    source: str
    error: str
    as_base: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    base: Side
    new: Side
    facts: DiffFacts
    judged: Judged = field(default_factory=dict)
    """What tests say of the first rows; empty where each side is one capture."""


@dataclass(frozen=True, slots=True, eq=False)
class CompareFailed:
    error: str


@dataclass(frozen=True, slots=True, eq=False)
class DevicesListed:
    devices: tuple[DeviceSummary, ...]
    error: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CapturesListed:
    captures: tuple[CaptureSummary, ...]
    error: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """What was seen of a source that is watched."""

    source: str
    seen: Sample | Away


@dataclass(frozen=True, slots=True, eq=False)
class WatchFailed:
    source: str
    error: str


@dataclass(frozen=True, slots=True, eq=False)
class MomentTaken:
    """An app was read in full; `purpose` says what for: follow, keep, base, diff, open or note."""

    source: str
    moment: Moment
    purpose: str


@dataclass(frozen=True, slots=True, eq=False)
class MomentFailed:
    """`is_final`: trying again would fail in the same way (access denied, no such app)."""

    source: str
    app: str
    error: str
    purpose: str
    is_final: bool


Item = Union["Sample", "Away", "Moment", tuple[float, str]]
"""What comes out of a series: a sample, a gap, an app at one time, or a note at one."""


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """What was played of a series of so many captures; `ended`: that is all of it."""

    source: str
    items: tuple[Item, ...]
    captures: int
    ended: bool = False


Fact = (
    Progress
    | Opened
    | OpenFailed
    | Prepared
    | Compared
    | CompareFailed
    | DevicesListed
    | CapturesListed
    | Sampled
    | WatchFailed
    | MomentTaken
    | MomentFailed
    | Replayed
)


class Told(Message):
    """A worker's fact. (Textual writes into its messages, so that they can't be frozen themselves.)"""

    def __init__(self, fact: Fact) -> None:
        super().__init__()
        self.fact = fact
