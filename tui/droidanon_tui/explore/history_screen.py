"""The keys that step through the views of a screen: back, forward, and bookmarks."""

from __future__ import annotations

from droidanon.wording import counted
from droidanon_tui.explore.navigation import Visit, VisitHistory
from droidanon_tui.widgets.main_screen import MainScreen


class HistoryScreen(MainScreen):
    """A screen that can show an earlier view again."""

    def __init__(self) -> None:
        super().__init__()
        self._history: VisitHistory[Visit] = VisitHistory()

    def here(self) -> Visit | None:
        """The view that is shown; None if there is none."""
        raise NotImplementedError

    def go(self, visit: Visit) -> None:
        """Shows a view."""
        raise NotImplementedError

    def leave(self) -> None:
        """Stores the current view before a jump, so that a step back leads here."""
        if (here := self.here()) is not None:
            self._history.leave(here)

    def _go_if_any(self, visit: Visit | None) -> None:
        if visit is not None:
            self.go(visit)
        else:
            self.say("no other view: g, c, a filter, an app or a bookmark add one to the history")

    def action_history_back(self) -> None:
        here = self.here()
        self._go_if_any(self._history.back(here) if here is not None else None)

    def action_history_forward(self) -> None:
        here = self.here()
        self._go_if_any(self._history.forward(here) if here is not None else None)

    def action_bookmark(self) -> None:
        if (here := self.here()) is not None:
            added = self._history.toggle_bookmark(here)
            count = counted(len(self._history.bookmarks), "bookmark")
            self.say(f"bookmark {'added' if added else 'removed'}: {count}; ' goes to the next")

    def action_next_bookmark(self) -> None:
        visit = self._history.next_bookmark()
        if visit is None:
            self.say("no bookmarks: B adds the row under the cursor")
            return
        self.leave()
        self.go(visit)
