"""Computes the diffs of Explore in the background, and keeps the last one."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from textual.message_pump import MessagePump

from droidanon_tui.background import Background, Post
from droidanon_tui.explore.jobs import compare, compare_again
from droidanon_tui.explore.messages import Compared

if TYPE_CHECKING:
    from droidanon_tui.explore.sides import Side


class Comparer:
    """Compares captures for a screen, which gets `Compared` or `CompareFailed`."""

    def __init__(self, screen: MessagePump, background: Background) -> None:
        self.is_wanted = True
        """Whether the user wants to see the diff, if there is a base."""
        self._screen = screen
        self._background = background
        self._last: Compared | None = None

    def start(self, base: Side, new: Side, counter: str, *, with_vmas: bool = False) -> None:
        """`with_vmas`: the levels down to the VMAs are computed, too, before the diff is shown."""
        last = self._last if self._last is not None and (self._last.base, self._last.new) == (base, new) else None

        def job(post: Post) -> None:
            found = compare(base, new, counter) if last is None else compare_again(last, counter)
            if with_vmas and isinstance(found, Compared):
                _ = found.facts.facts_of_cells
            post(found)

        self._background.start(job, self._screen, group="compare", exclusive=True)

    def known(self, base: Side, new: Side, counter: str) -> Compared | None:
        """The diff, if it is the last one that was shown, or that with its sides swapped."""
        last = self._last
        if last is None or last.facts.change.counter != counter:
            return None
        if (last.base, last.new) == (base, new):
            return last
        if (last.new, last.base) != (base, new) or last.significances:
            return None
        facts = last.facts.swapped()
        return Compared(base, new, facts) if facts is not None else None

    def keep(self, message: Compared) -> None:
        self._last = message

    def prepare(self, message: Compared) -> None:
        """Prepares the levels down to the VMAs; call it after the first picture."""
        gc.freeze()

        def job(_post: Post) -> None:
            _ = message.facts.facts_of_cells

        self._background.start(job, self._screen, group="prepare")
