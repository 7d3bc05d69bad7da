"""Messages from the jobs that open and compare captures."""

from __future__ import annotations

from collections.abc import Mapping

from textual.message import Message

from droidanon_tui.explore.facts import DiffFacts
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.significance import Significance, Significances


class ReadProgress(Message):
    """The progress of a reading, for the status line."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Opened(Message):
    """A capture, or the replicates of one condition, has been read."""

    def __init__(self, side: Side, *, as_base: bool = False) -> None:
        super().__init__()
        self.side = side
        self.as_base = as_base


class OpenFailed(Message):
    """A source could not be read."""

    def __init__(self, source: str, error: str, *, as_base: bool = False) -> None:
        super().__init__()
        self.source = source
        self.error = error
        self.as_base = as_base


class Prepared(Message):
    """An open capture now has the data that its first view did not need."""


class Compared(Message):
    """A diff. `significances` are empty if a side is a single capture."""

    def __init__(
        self,
        base: Side,
        new: Side,
        facts: DiffFacts,
        significances: Mapping[tuple[str, ...], Significance] | None = None,
    ) -> None:
        super().__init__()
        self.base = base
        self.new = new
        self.facts = facts
        self.significances: Significances = significances or {}


class CompareFailed(Message):
    """Two captures could not be compared."""

    def __init__(self, error: str) -> None:
        super().__init__()
        self.error = error
