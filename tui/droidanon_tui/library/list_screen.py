"""What the Library shows: devices above, captures below, a line to type in, and a line about the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from droidanon.escape import escape_text
from droidanon.store.editing import format_labels
from droidanon.wording import counted
from droidanon_tui import keys
from droidanon_tui.key_tables.key import Key
from droidanon_tui.library.messages import CapturesListed, DevicesListed
from droidanon_tui.library.rows import (
    NO_CAPTURES,
    NO_DEVICES,
    NO_MATCH,
    capture_columns,
    capture_level,
    device_columns,
    device_level,
)
from droidanon_tui.library.state import LibraryState
from droidanon_tui.widgets.base_mark import base_mark
from droidanon_tui.widgets.cells import fit_text
from droidanon_tui.widgets.fit import spread
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.main_screen import MainScreen
from droidanon_tui.widgets.records import RecordLevel
from droidanon_tui.widgets.status import StatusMessage
from droidanon_tui.widgets.text_input import LineInput
from droidanon_tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon.store.library import CaptureSummary
    from droidanon_tui.host import Host

_FILTER_HINT = "filter: words, or name: app: device: label: and a word, such as label:build=1.2"
_LEAST_HEIGHT = 4
"""Of the pane of devices, with a message that needs two lines."""


class ListScreen(MainScreen):
    """Devices and captures over their state."""

    DEFAULT_CSS = """
    ListScreen #title { height: 1; background: $panel; padding: 0 1; }
    ListScreen #status { height: 1; padding: 0 1; color: $text-muted; }
    ListScreen #status.error { color: $text-warning; }
    ListScreen TreeTable {
        border: round $primary 50%; border-title-color: $foreground; border-subtitle-color: $foreground;
    }
    ListScreen TreeTable:focus { border: round $accent; }
    ListScreen #devices { height: 4; max-height: 30%; }
    ListScreen #captures { height: 1fr; }
    """

    def __init__(self, host: Host) -> None:
        super().__init__()
        self.host = host
        self.state = LibraryState(host.folder)
        self._listed = False
        self._status = StatusMessage()

    def compose(self) -> ComposeResult:
        yield Static(id="title")
        yield TreeTable(id="devices", empty="looking for phones …", sort="serial", descending=False, enter_opens=False)
        yield LineInput(_FILTER_HINT, id="filter")
        yield TreeTable(id="captures", empty="looking for captures …", sort="when", enter_opens=False)
        yield LineInput("", id="edit")
        yield Static(id="status")
        yield KeyLine(keys.line_keys(keys.LIBRARY))

    def on_mount(self) -> None:
        self.devices.border_title = "Devices"
        self.captures.border_title = "Captures"
        self.query_one("#edit", LineInput).select_on_focus = False  # what is there is edited, not replaced
        self.captures.focus()
        self._draw_title()
        self.draw_status()
        self.action_refresh()

    def on_resize(self) -> None:
        self._draw_title()
        self.draw_status()

    @property
    def devices(self) -> TreeTable:
        return self.query_one("#devices", TreeTable)

    @property
    def captures(self) -> TreeTable:
        return self.query_one("#captures", TreeTable)

    @property
    def filter_input(self) -> LineInput:
        return self.query_one("#filter", LineInput)

    def action_refresh(self) -> None:
        self.host.list_devices()
        self.host.list_captures()

    # --- title and status

    def _draw_title(self) -> None:
        width = max(0, self.size.width - 2)
        folder = escape_text(str(self.host.folder))
        base = base_mark(self.host.base_title, width // 2)
        left = Content.assemble(("Library", "bold"), f"  {folder}")
        self.query_one("#title", Static).update(spread(left, base, width), layout=False)

    def say(self, text: str, *, lasting: bool = False, error: bool = False) -> None:
        """A status message, below the tables."""
        self._status.say(text, lasting=lasting, error=error)
        self.draw_status()

    @property
    def status(self) -> str:
        return self._status.text

    @property
    def message(self) -> StatusMessage | None:
        return self._status if self.has_widgets else None

    def draw_status(self) -> None:
        """The status message; without one, more about the row under the cursor."""
        if self.has_widgets:
            line = self.query_one("#status", Static)
            line.set_class(self._status.is_error, "error")
            text = self._status.text or self._about_row()
            line.update(Content(fit_text(text, max(0, self.size.width - 2)).rstrip()))

    def _about_row(self) -> str:
        """How to get (full) access to the device, or the capture's path and labels."""
        if self.devices.has_focus:
            device = self.chosen_row(self.devices)
            return str(getattr(device, "advice", "")) if device is not None else ""
        item = self.chosen_capture
        if item is None:
            return ""
        labels = format_labels(item.labels or {})
        return " · ".join(part for part in (str(item.path), labels, item.error) if part)

    def base_changed(self) -> None:
        """Shows the base in the title and in the list."""
        if self.has_widgets:
            self._draw_title()
            self.draw_captures()

    # --- results of jobs

    def show_devices(self, message: DevicesListed) -> None:
        if not self.has_widgets:  # it asks for them when it is
            return
        if message.error:
            self.devices.say(escape_text(message.error))
        elif not message.devices:
            self.devices.say(NO_DEVICES)
        else:
            self.devices.show(device_level(message.devices), device_columns())
        self.devices.styles.height = max(_LEAST_HEIGHT, len(message.devices) + 3)  # a frame and a header
        self._leave_empty_pane()

    def show_captures(self, message: CapturesListed) -> None:
        if not self.has_widgets:  # it asks for them when it is
            return
        self._listed = True
        self.state.take(message.captures)
        if message.error:
            self.captures.say(escape_text(message.error))
        else:
            self.draw_captures()
        self._leave_empty_pane()

    def draw_captures(self) -> None:
        """The captures that match the filter."""
        if not self._listed:
            return
        state, table = self.state, self.captures
        shown = state.shown()
        if not state.captures:
            table.say(NO_CAPTURES)
        elif not shown:
            table.say(NO_MATCH)
        else:
            columns = capture_columns(
                self.host.settings_file.settings.unit,
                max(len(state.name(item.path)) for item in state.captures),
                labelled=any(item.labels for item in state.captures),
            )
            table.show(capture_level(state, self.host.base_sources), columns)
        self._draw_counts(len(shown))
        self.draw_status()

    def _draw_counts(self, shown: int) -> None:
        state = self.state
        count = counted(len(state.captures), "capture")
        parts = [f"{shown:,} of {count}" if state.is_filtered else count]
        parts += [f"{len(state.selected):,} selected"] if state.selected else []
        self.captures.show_footer(" · ".join(parts))

    def _leave_empty_pane(self) -> None:
        """Moves the focus from an empty pane, in which no key does anything, to the other one."""
        if self.captures.has_focus and self.captures.rows is None and self.devices.rows is not None:
            self.devices.focus()
        elif self.devices.has_focus and self.devices.rows is None and self.captures.rows is not None:
            self.captures.focus()

    # --- the row under the cursor

    @on(events.DescendantFocus)
    @on(TreeTable.Moved)
    def row_changed(self) -> None:
        self.query_one(KeyLine).show(self._line_keys())
        self.draw_status()

    def _line_keys(self) -> list[Key]:
        """The keys that do something in the pane that has the focus."""
        pane = self.devices if self.devices.has_focus else self.captures
        if pane.rows is None:
            return keys.line_keys(keys.LIBRARY)
        return keys.line_keys(keys.LIBRARY, {"device" if pane is self.devices else "capture"})

    def chosen_row(self, table: TreeTable) -> DeviceSummary | CaptureSummary | None:
        place = table.place
        if place is None or not isinstance(place.level, RecordLevel):
            return None
        item: DeviceSummary | CaptureSummary = place.level.records[place.row].item
        return item

    @property
    def chosen_capture(self) -> CaptureSummary | None:
        """The capture under the cursor."""
        from droidanon.store.library import CaptureSummary

        item = self.chosen_row(self.captures)
        return item if isinstance(item, CaptureSummary) else None
