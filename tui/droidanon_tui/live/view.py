"""What Live shows, and where: the phone's lines, the table of processes, the timeline. Its keys are in live.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.screen import Screen

from droidanon_tui import keys
from droidanon_tui.live.header import LiveBand
from droidanon_tui.live.rows import ANON_SWAP, LiveLevel, LiveRow, live_columns
from droidanon_tui.live.state import LiveState
from droidanon_tui.live.timeline import TimelineView
from droidanon_tui.live.wording import clock_text
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.text_input import OneLine
from droidanon_tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from droidanon_tui.app import DroidanonApp

_FILTER_HINT = "filter: words in the name of a process or app"
_NOTE_HINT = "a note at this moment, then Enter (esc: none)"
NOTHING = """No phone is watched.

1      the Library lists phones: Enter on one watches it here
       plug one in with USB debugging on, or adb connect HOST:PORT"""


class LiveView(Screen[None]):
    """The phone's lines, the table of processes, the timeline, the keys."""

    app: DroidanonApp
    DEFAULT_CSS = """
    LiveView TreeTable, LiveView TimelineView {
        border: round $primary 50%;
        border-title-color: $foreground;
        border-subtitle-color: $foreground;
        border-title-style: bold;
    }
    LiveView TreeTable:focus, LiveView TimelineView:focus { border: round $accent; }
    LiveView #processes { height: 1fr; }
    LiveView #processes.away { color: $foreground 50%; }
    LiveView #timeline { height: 40%; min-height: 7; }
    LiveView .folded { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.state: LiveState | None = None

    def compose(self) -> ComposeResult:
        yield LiveBand()
        yield OneLine(_FILTER_HINT, id="filter")
        yield TreeTable(id="processes", empty=NOTHING, sort=ANON_SWAP)
        yield TimelineView(id="timeline")
        yield OneLine(_NOTE_HINT, id="note")
        yield KeyLine(keys.line_keys(keys.LIVE))

    def on_mount(self) -> None:
        self.table.border_title = "Processes"
        self.table.focus()
        self._draw()

    @property
    def table(self) -> TreeTable:
        return self.query_one("#processes", TreeTable)

    @property
    def timeline(self) -> TimelineView:
        return self.query_one(TimelineView)

    @property
    def row(self) -> LiveRow | None:
        """The row under the table's cursor."""
        place = self.table.place
        return place.level.rows[place.row] if place is not None and isinstance(place.level, LiveLevel) else None

    @property
    def chosen_app(self) -> str:
        """The app that keys are about: the followed one while the timeline has the focus, else the cursor's."""
        state, row = self.state, self.row
        if state is not None and state.followed and (self.timeline.has_focus or row is None):
            return state.followed
        return row.app if row is not None else ""

    # --- what is shown

    def show(self, state: LiveState | None) -> None:
        """Another phone, or none."""
        self.state = state
        if self.is_mounted:
            self.say("")
            self.refresh_all()

    def say(self, text: str) -> None:
        """News in the line under the title."""
        if self.is_mounted:
            self.query_one(LiveBand).say(text)

    def refresh_all(self) -> None:
        """The state as it is now."""
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        state, table = self.state, self.table
        self.query_one(LiveBand).show(state, self._place_text())
        table.set_class(state is not None and state.is_away, "away")
        if state is None:
            table.say(NOTHING)
        elif state.last is None:
            table.say(state.error or "asking the phone …")
        else:
            level = state.root()
            table.empty = "no process has such a name"
            table.show(level, live_columns(state.unit))
            table.border_title = (
                f"{'Apps' if state.by == 'app' else 'Processes'}{_past_text(state)}{_marked_text(state)}"
            )
            table.border_subtitle = state.footer(level)
        self._draw_timeline()

    def _place_text(self) -> str:
        watched = list(self.app.watching.states.values())
        if self.state not in watched or len(watched) < 2:
            return ""
        return f"phone {watched.index(self.state) + 1} of {len(watched)}"

    def _draw_timeline(self) -> None:
        state = self.state
        timeline = state.timeline(self.row) if state is not None else None
        self.timeline.show(timeline, unit=state.unit if state is not None else "kB")

    @on(TreeTable.Moved)
    def row_changed(self) -> None:
        self._draw_timeline()

    @on(TimelineView.Moved)
    def cursor_moved(self, event: TimelineView.Moved) -> None:
        if self.state is not None:
            self.state.cursor = event.at
            self._draw()


def _past_text(state: LiveState) -> str:
    """At which moment the table is, where that is not now."""
    return "" if state.tick is None else f" at {clock_text(state.history.times[state.tick])} · esc: now"


def _marked_text(state: LiveState) -> str:
    return "" if state.history.marked_at is None else f" · mark at {clock_text(state.history.marked_at)}"
