"""The Library: devices and captures, the first screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from droidanon.escape import escape_text
from droidanon.wording import counted
from droidanon_tui import keys
from droidanon_tui.library.messages import CapturesListed, DevicesListed
from droidanon_tui.library.rows import (
    NO_CAPTURES,
    NO_DEVICES,
    capture_columns,
    capture_level,
    device_columns,
    device_level,
)
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.main_screen import MainScreen
from droidanon_tui.widgets.records import RecordLevel
from droidanon_tui.widgets.status import StatusMessage
from droidanon_tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from droidanon_tui.host import Host


class LibraryScreen(MainScreen):
    """Devices above, captures below."""

    BINDINGS = keys.bindings(keys.LIBRARY)
    DEFAULT_CSS = """
    LibraryScreen #title { height: 1; background: $panel; padding: 0 1; }
    LibraryScreen #status { height: 1; padding: 0 1; color: $text-muted; }
    LibraryScreen TreeTable {
        border: round $primary 50%; border-title-color: $foreground; border-subtitle-color: $foreground;
    }
    LibraryScreen TreeTable:focus { border: round $accent; }
    LibraryScreen #devices { height: 7; }
    LibraryScreen #captures { height: 1fr; }
    """

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        self._captures: CapturesListed | None = None
        self._status = StatusMessage()
        self._selected: dict[str, None] = {}
        """The selected paths, in the order of selection."""

    def compose(self) -> ComposeResult:
        yield Static(Content.assemble(("Library", "bold"), f"  {escape_text(str(self._host.folder))}"), id="title")
        yield TreeTable(id="devices", empty="looking for phones …", sort="serial", descending=False, enter_opens=False)
        yield TreeTable(id="captures", empty="looking for captures …", sort="when", enter_opens=False)
        yield Static(id="status")
        yield KeyLine(keys.line_keys(keys.LIBRARY))

    def on_mount(self) -> None:
        self.devices.border_title = "Devices"
        self.captures.border_title = "Captures"
        self.captures.focus()
        self._draw_status()
        self.action_refresh()

    @property
    def devices(self) -> TreeTable:
        return self.query_one("#devices", TreeTable)

    @property
    def captures(self) -> TreeTable:
        return self.query_one("#captures", TreeTable)

    def say(self, text: str, *, lasting: bool = False) -> None:
        """A status message, below the tables."""
        self._status.say(text, lasting=lasting)
        self._draw_status()

    @property
    def status(self) -> str:
        return self._status.text

    def forget_status(self) -> None:
        if self._status.forget():
            self._draw_status()

    def _draw_status(self) -> None:
        if self.has_widgets:
            self.query_one("#status", Static).update(Content(self._status.text))

    def action_refresh(self) -> None:
        self._host.list_devices()
        self._host.list_captures()

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
        self._leave_empty_pane()

    def show_captures(self, message: CapturesListed) -> None:
        if not self.has_widgets:  # it asks for them when it is
            return
        if message.error:
            self.captures.say(escape_text(message.error))
        elif not message.captures:
            self.captures.say(NO_CAPTURES)
        else:
            self._captures = message
            there = {str(item.path) for item in message.captures}
            self._selected = {path: None for path in self._selected if path in there}
            level = capture_level(message.captures, self._host.base_sources, self._selected)
            self.captures.show(level, capture_columns(self._host.settings_file.settings.unit))
            count = len(message.captures)
            selected = f" · {len(self._selected):,} selected" if self._selected else ""
            self.captures.border_subtitle = f"{counted(count, 'capture')}{selected}"
        self._leave_empty_pane()

    def _leave_empty_pane(self) -> None:
        """Moves the focus to the phones if there are some, and no captures: keys in an empty pane do nothing."""
        if self.captures.has_focus and self.captures.rows is None and self.devices.rows is not None:
            self.devices.focus()

    # --- keys

    def _chosen(self, table: TreeTable) -> object | None:
        place = table.place
        if place is None or not isinstance(place.level, RecordLevel):
            return None
        item: object = place.level.records[place.row].item
        return item

    def _capture_source(self) -> str | None:
        """The capture under the cursor as a source."""
        item = self._chosen(self.captures)
        if item is None:
            self.say("no capture yet: space captures from a phone, o opens the sample")
            return None
        if error := getattr(item, "error", ""):
            self.say(error)
            return None
        return str(getattr(item, "path", ""))

    def _sources(self) -> tuple[str, ...]:
        """The selected captures, else the capture under the cursor."""
        if self._selected:
            return tuple(self._selected)
        source = self._capture_source()
        return (source,) if source else ()

    def action_select(self) -> None:
        if (source := self._capture_source()) and self._captures is not None:
            if self._selected.pop(source, self) is self:
                self._selected[source] = None
            self.show_captures(self._captures)
            self.captures.action_down()

    def _drop_selection(self) -> None:
        self._selected = {}
        if self._captures is not None:
            self.show_captures(self._captures)

    def _device_source(self) -> str | None:
        """The device under the cursor as a source."""
        item = self._chosen(self.devices)
        if item is None:
            self.say(NO_DEVICES)
            return None
        state = getattr(item, "state", "")
        if state != "device":
            self.say(f"{getattr(item, 'serial', '')} is {state} and can't be read")
            return None
        return f"adb:{getattr(item, 'serial', '')}"

    def chosen_device(self) -> str | None:
        """The device under the cursor as a source, if it can be read."""
        item = self._chosen(self.devices) if self.has_widgets else None
        return f"adb:{getattr(item, 'serial', '')}" if getattr(item, "state", "") == "device" else None

    @on(TreeTable.Chosen)
    def choose(self, event: TreeTable.Chosen) -> None:
        if event.table.id == "devices":
            if source := self._device_source():
                self._host.watch_live(source)
        elif source := self._capture_source():
            if Path(source).is_dir():  # a series
                self._host.watch_live(source)
            else:
                self._host.open_in_explore(source)

    def action_choose(self) -> None:
        """Enter in an empty table, which the table leaves to the screen."""
        self.say(
            NO_DEVICES if self.devices.has_focus else "no capture yet: space captures from a phone, o opens the sample"
        )

    @on(TreeTable.Moved, "#devices")
    def advise(self, event: TreeTable.Moved) -> None:
        """Shows how to get (full) access to the device under the cursor."""
        if event.table.has_focus:
            self.say(getattr(self._chosen(event.table), "advice", ""))

    def action_capture(self) -> None:
        if source := self._device_source():
            self.say(f"capturing from {source} …", lasting=True)
            self._host.capture_now(source)

    def action_mark(self) -> None:
        if sources := self._sources():
            self._host.mark_base(*sources)
            self._drop_selection()

    def action_diff(self) -> None:
        if not self._host.base_sources:
            self.say("no base: m marks a capture (or those that x selected) as the base; then press d on another")
        elif sources := self._sources():
            self._host.open_in_explore(*sources, compared=True)
            self._drop_selection()

    def action_sample(self) -> None:
        self._host.open_sample()

    def back(self) -> bool:
        """Drops the selection; there is no step back from the Library."""
        if self._selected:
            self._drop_selection()
        else:
            self.say("press q to quit")
        return True
