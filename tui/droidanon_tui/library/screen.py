"""The Library: devices and captures; where one starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from droidanon.escape import escape_text
from droidanon_tui import keys
from droidanon_tui.library.rows import (
    NO_CAPTURES,
    NO_DEVICES,
    capture_columns,
    capture_level,
    device_columns,
    device_level,
)
from droidanon_tui.messages import CapturesListed, DevicesListed, OpenFailed
from droidanon_tui.widgets.flat import Flat
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.tree_table import TreeTable

if TYPE_CHECKING:
    from droidanon_tui.app import DroidanonApp


class LibraryScreen(Screen[None]):
    """Devices above, captures below."""

    BINDINGS = keys.bindings(keys.LIBRARY)
    app: DroidanonApp
    DEFAULT_CSS = """
    LibraryScreen #title { height: 1; background: $panel; padding: 0 1; }
    LibraryScreen #status { height: 1; padding: 0 1; color: $text-muted; }
    LibraryScreen TreeTable { border: round $primary 50%; border-title-color: $foreground; border-subtitle-color: $foreground; }
    LibraryScreen TreeTable:focus { border: round $accent; }
    LibraryScreen #devices { height: 7; }
    LibraryScreen #captures { height: 1fr; }
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._captures: CapturesListed | None = None
        self._selected: dict[str, None] = {}
        """Paths, in the order in which they were selected."""

    def compose(self) -> ComposeResult:
        yield Static(Content.assemble(("Library", "bold"), f"  {escape_text(str(self._folder))}"), id="title")
        yield TreeTable(id="devices", empty="looking for phones …", sort="serial", descending=False, enter_opens=False)
        yield TreeTable(id="captures", empty="looking for captures …", sort="when", enter_opens=False)
        yield Static(id="status")
        yield KeyLine(keys.line_keys(keys.LIBRARY))

    def on_mount(self) -> None:
        self.devices.border_title = "Devices"
        self.captures.border_title = "Captures"
        self.captures.focus()
        self.action_refresh()

    @property
    def devices(self) -> TreeTable:
        return self.query_one("#devices", TreeTable)

    @property
    def captures(self) -> TreeTable:
        return self.query_one("#captures", TreeTable)

    def say(self, text: str) -> None:
        """One line under the tables."""
        if self.is_mounted:
            self.query_one("#status", Static).update(Content(escape_text(text)))

    def action_refresh(self) -> None:
        self.app.list_devices()
        self.app.list_captures()

    # --- what workers found

    def show_devices(self, message: DevicesListed) -> None:
        if not self.is_mounted:  # it looks for itself when it is
            return
        if message.error:
            self.devices.say(escape_text(message.error))
        elif not message.devices:
            self.devices.say(NO_DEVICES)
        else:
            self.devices.show(device_level(message.devices), device_columns())

    def show_captures(self, message: CapturesListed) -> None:
        if message.error:
            self.captures.say(escape_text(message.error))
        elif not message.captures:
            self.captures.say(NO_CAPTURES)
        else:
            self._captures = message
            there = {str(item.path) for item in message.captures}
            self._selected = {path: None for path in self._selected if path in there}
            base = self.app.base.sources if self.app.base else ()
            level = capture_level(message.captures, base, self._selected)
            self.captures.show(level, capture_columns(self.app.unit))
            count = len(message.captures)
            selected = f" · {len(self._selected):,} selected" if self._selected else ""
            self.captures.border_subtitle = f"{count:,} capture{'s' if count != 1 else ''}{selected}"

    def show_failure(self, message: OpenFailed) -> None:
        self.say(f"{message.source}: {message.error}" if message.source not in message.error else message.error)

    # --- keys

    def _chosen(self, table: TreeTable) -> object | None:
        place = table.place
        if place is None or not isinstance(place.level, Flat):
            return None
        item: object = place.level.records[place.row].item
        return item

    def _capture_source(self) -> str | None:
        """The capture under the cursor as a source."""
        item = self._chosen(self.captures)
        if item is None:
            self.say("no capture to choose yet: space captures from a phone, o opens the sample")
            return None
        if error := getattr(item, "error", ""):
            self.say(error)
            return None
        return str(getattr(item, "path", ""))

    def _sources(self) -> tuple[str, ...]:
        """The selection, or else the capture under the cursor."""
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
            self.say(f"{getattr(item, 'serial', '')} is {state}: it can't be read")
            return None
        return f"adb:{getattr(item, 'serial', '')}"

    def chosen_device(self) -> str | None:
        """The device under the cursor as a source, if it can be read."""
        item = self._chosen(self.devices) if self.is_mounted else None
        return f"adb:{getattr(item, 'serial', '')}" if getattr(item, "state", "") == "device" else None

    @on(TreeTable.Chosen)
    def choose(self, event: TreeTable.Chosen) -> None:
        if event.table.id == "devices":
            if source := self._device_source():
                self.app.watch_live(source)
        elif source := self._capture_source():
            if Path(source).is_dir():  # a series
                self.app.watch_live(source)
            else:
                self.app.open_in_explore(source)

    @on(TreeTable.Moved, "#devices")
    def advise(self, event: TreeTable.Moved) -> None:
        """A device that can't be used (fully) has its advice in the line below."""
        if event.table.has_focus:
            self.say(getattr(self._chosen(event.table), "advice", ""))

    def action_capture(self) -> None:
        if source := self._device_source():
            self.say(f"capturing from {source} …")
            self.app.capture_now(source)

    def action_mark(self) -> None:
        if sources := self._sources():
            self.app.mark_base(*sources)
            self._drop_selection()

    def action_diff(self) -> None:
        if self.app.base is None:
            self.say("mark a base first: m on a capture (or on several that x selected), then d on another")
        elif sources := self._sources():
            self.app.open_in_explore(*sources, compared=True)
            self._drop_selection()

    def action_sample(self) -> None:
        self.app.open_sample()

    def back(self) -> bool:
        """The selection goes; else nothing is behind the Library."""
        if self._selected:
            self._drop_selection()
            return True
        self.say("q quits")
        return True
