"""Live's widgets: the header, the table of processes, the timeline, and the lines for a filter and a note."""

from __future__ import annotations

from textual.app import ComposeResult

from droidanon_tui import keys
from droidanon_tui.live.header import LiveHeader
from droidanon_tui.live.rows import ANON_SWAP, LiveLevel, LiveRow, live_columns
from droidanon_tui.live.state import LiveState
from droidanon_tui.live.timeline import TimelineView
from droidanon_tui.live.wording import clock_text
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.main_screen import MainScreen
from droidanon_tui.widgets.text_input import LineInput
from droidanon_tui.widgets.tree_table import TreeTable

_FILTER_HINT = "filter: words in the name of a process or app"
_NOTE_HINT = "note at this moment, then Enter (esc cancels)"
NO_PHONE = """No phone is watched.

1      the Library lists phones: press Enter on one to watch it
       to connect one: plug it in with USB debugging enabled, or run adb connect HOST:PORT"""


class LiveView:
    """Shows a `LiveState` on a screen; decides nothing itself."""

    CSS = """
    LiveScreen TreeTable, LiveScreen TimelineView {
        border: round $primary 50%;
        border-title-color: $foreground;
        border-subtitle-color: $foreground;
        border-title-style: bold;
    }
    LiveScreen TreeTable:focus, LiveScreen TimelineView:focus { border: round $accent; }
    LiveScreen #processes { height: 1fr; }
    LiveScreen #processes.away { color: $foreground 50%; }
    LiveScreen #timeline { height: 40%; min-height: 7; }
    """

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._state: LiveState | None = None
        self._begun: LiveState | None = None
        """The state whose app in front got the cursor at first."""

    def compose(self) -> ComposeResult:
        yield LiveHeader()
        yield LineInput(_FILTER_HINT, id="filter")
        yield TreeTable(id="processes", empty=NO_PHONE, sort=ANON_SWAP)
        yield TimelineView(id="timeline")
        yield LineInput(_NOTE_HINT, id="note")
        yield KeyLine(keys.line_keys(keys.LIVE))

    def mounted(self) -> None:
        self.table.border_title = "Processes"

    @property
    def header(self) -> LiveHeader:
        return self._screen.query_one(LiveHeader)

    @property
    def table(self) -> TreeTable:
        return self._screen.query_one("#processes", TreeTable)

    @property
    def timeline(self) -> TimelineView:
        return self._screen.query_one(TimelineView)

    @property
    def filter_input(self) -> LineInput:
        return self._screen.query_one("#filter", LineInput)

    @property
    def note_input(self) -> LineInput:
        return self._screen.query_one("#note", LineInput)

    @property
    def row(self) -> LiveRow | None:
        """The row under the table's cursor."""
        place = self.table.place
        return place.level.rows[place.row] if place is not None and isinstance(place.level, LiveLevel) else None

    def show(self, state: LiveState | None, place: str = "", base: str = "") -> None:
        """Draws a state as it is now. `place`: which of the watched phones it is; `base`: the base's title."""
        self._state, table = state, self.table
        self.header.show(state, place, base)
        table.set_class(state is not None and state.is_away, "away")
        if state is None:
            table.say(NO_PHONE)
        elif state.last is None:
            table.say(state.error or "waiting for the first sample …")
        else:
            level = state.root()
            table.empty = "no process matches the filter"
            table.show(level, live_columns(state.unit))
            if state is not self._begun and (key := level.in_front()) is not None:
                table.go_to((key,))
            self._begun = state
            table.border_title = _table_title(state)
            table.show_footer(state.footer(level))
        self.draw_timeline()

    def draw_timeline(self) -> None:
        state = self._state
        timeline = state.timeline(self.row) if state is not None else None
        self.timeline.show(timeline, unit=state.unit if state is not None else "kB")

    # --- lines to type in

    def open_line(self, line: LineInput) -> None:
        line.display = True
        self._screen.set_focus(line)  # at once: what is typed next is meant for it

    def close_line(self, line: LineInput) -> None:
        """Clears a line and gives the focus back to the table."""
        line.value = ""
        line.display = False
        self._screen.set_focus(self.table)


def _table_title(state: LiveState) -> str:
    """The kind of the rows, their moment, and the mark that they are compared with."""
    title = "Apps" if state.by == "app" else "Processes"
    if state.tick is not None:
        title += f" at {clock_text(state.history.times[state.tick])} · esc: now"
    if state.history.marked_at is not None:
        title += f" · base at {clock_text(state.history.marked_at)}"
    return title
