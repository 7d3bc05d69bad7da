"""The history of views in Explore: back and forward like in a browser, and bookmarks."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

_MOST = 100
Item = TypeVar("Item", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Visit:
    """A view of Explore: grouping, counter, app, filter, and the cursor's row."""

    by: str
    counter: str
    app_path: tuple[str, ...]
    filter_text: str
    path: tuple[Hashable, ...]


class VisitHistory(Generic[Item]):
    """Places in the order in which they were left."""

    def __init__(self) -> None:
        self._before: list[Item] = []
        self._after: list[Item] = []
        self.bookmarks: list[Item] = []
        self._next = 0

    def leave(self, here: Item) -> None:
        """Stores the place before a jump; the places ahead are dropped."""
        if not self._before or self._before[-1] != here:
            self._before = [*self._before, here][-_MOST:]
        self._after = []

    def back(self, here: Item) -> Item | None:
        """The previous place; None if there is none."""
        while self._before and self._before[-1] == here:
            self._before.pop()
        if not self._before:
            return None
        self._after.append(here)
        return self._before.pop()

    def forward(self, here: Item) -> Item | None:
        """The place that `back` came from."""
        if not self._after:
            return None
        self._before.append(here)
        return self._after.pop()

    def toggle_bookmark(self, here: Item) -> bool:
        """Keeps a place, or forgets it; whether it is kept now."""
        if here in self.bookmarks:
            self.bookmarks.remove(here)
            return False
        self.bookmarks.append(here)
        return True

    def next_bookmark(self) -> Item | None:
        """The bookmarks, one after the other, round and round."""
        if not self.bookmarks:
            return None
        self._next = self._next % len(self.bookmarks)
        found = self.bookmarks[self._next]
        self._next += 1
        return found
