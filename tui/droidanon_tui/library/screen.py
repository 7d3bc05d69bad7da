"""The Library: devices and captures, the first screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from textual import on
from textual.widgets import Input

from droidanon.errors import UsageError
from droidanon.escape import escape_text
from droidanon.store.editing import check_name, format_labels, parse_labels
from droidanon.store.series import SUFFIX
from droidanon.wording import counted
from droidanon_tui import keys
from droidanon_tui.library.list_screen import ListScreen
from droidanon_tui.library.messages import CapturesChanged
from droidanon_tui.library.rows import NO_DEVICES
from droidanon_tui.widgets.question import QuestionScreen
from droidanon_tui.widgets.text_input import LineInput
from droidanon_tui.widgets.tree_table import TreeTable

_NO_CAPTURE = "no capture yet: space captures from a phone, O opens the sample"


@dataclass(frozen=True, slots=True)
class Edit:
    """What the input line below the captures edits: the labels of captures, or the name of one."""

    paths: tuple[Path, ...]
    is_name: bool


class LibraryScreen(ListScreen):
    """Devices above, captures below."""

    KEYS = keys.LIBRARY
    BINDINGS = keys.bindings(keys.LIBRARY)

    _edit: Edit | None = None

    # --- what keys act on

    def _capture_path(self) -> Path | None:
        """The capture under the cursor, if it can be opened."""
        item = self.chosen_capture
        if item is None:
            self.say(_NO_CAPTURE)
            return None
        if item.error:
            self.say(item.error, error=True)
            return None
        return item.path

    def _paths(self) -> tuple[Path, ...]:
        """The selected captures, else the capture under the cursor."""
        if self.state.selected:
            return tuple(self.state.selected)
        path = self._capture_path()
        return (path,) if path is not None else ()

    def _device_source(self) -> str | None:
        """The device under the cursor as a source."""
        item = self.chosen_row(self.devices)
        if item is None:
            self.say(NO_DEVICES)
            return None
        state = getattr(item, "state", "")
        if state != "device":
            self.say(f"{getattr(item, 'serial', '')} is {state} and can't be read", error=True)
            return None
        return f"adb:{getattr(item, 'serial', '')}"

    def chosen_device(self) -> str | None:
        """The device under the cursor as a source, if it can be read."""
        item = self.chosen_row(self.devices) if self.has_widgets else None
        return f"adb:{getattr(item, 'serial', '')}" if getattr(item, "state", "") == "device" else None

    # --- opening and comparing

    @on(TreeTable.Chosen)
    def choose(self, event: TreeTable.Chosen) -> None:
        if event.table.id == "devices":
            if source := self._device_source():
                self.host.watch_live(source)
        elif path := self._capture_path():
            if path.is_dir():  # a series
                self.host.watch_live(str(path))
            else:
                self.host.open_in_explore(str(path))

    def action_choose(self) -> None:
        """Enter in an empty table, which the table leaves to the screen."""
        self.say(NO_DEVICES if self.devices.has_focus else _NO_CAPTURE)

    def action_capture(self) -> None:
        if source := self._device_source():
            self.say(f"capturing from {source} …", lasting=True)
            self.host.capture_now(source)

    def action_select(self) -> None:
        if path := self._capture_path():
            self.state.toggle(path)
            self.draw_captures()
            self.captures.action_down()

    def _drop_selection(self) -> None:
        self.state.selected = {}
        self.draw_captures()

    def action_mark(self) -> None:
        if paths := self._paths():
            self.host.mark_base(*map(str, paths))
            self._drop_selection()

    def action_diff(self) -> None:
        if not self.host.base_title:
            self.say("no base: m marks a capture (or those that x selected) as the base; then press d on another")
        elif paths := self._paths():
            self.host.open_in_explore(*map(str, paths), compared=True)
            self._drop_selection()

    def action_sample(self) -> None:
        self.host.open_sample()

    # --- filter

    def action_filter(self) -> None:
        self._open_line(self.filter_input)

    @on(Input.Changed, "#filter")
    def filter_changed(self, event: Input.Changed) -> None:
        self.state.set_filter(event.value)
        self.draw_captures()

    @on(Input.Submitted, "#filter")
    def filter_done(self, event: Input.Submitted) -> None:
        event.input.display = bool(event.value)
        self.set_focus(self.captures)

    def show_filter(self, text: str) -> None:
        """Lists the captures that match a filter."""
        self.filter_input.value = text
        self.filter_input.display = bool(text)

    # --- labels and names

    def action_labels(self) -> None:
        if paths := self._paths():
            self._ask(Edit(paths, is_name=False), format_labels(self.state.labels_of(paths)))

    def action_rename(self) -> None:
        item = self.chosen_capture
        if item is None:
            self.say(_NO_CAPTURE)
        else:
            self._ask(Edit((item.path,), is_name=True), item.path.name.removesuffix(SUFFIX))

    def _ask(self, edit: Edit, text: str) -> None:
        self._edit = edit
        line = self.edit_input
        names = escape_text(self.state.name(edit.paths[0]))
        what = names if len(edit.paths) == 1 else f"{len(edit.paths):,} selected captures"
        line.border_title = what
        line.placeholder = "new name" if edit.is_name else "labels: KEY=VALUE, KEY=VALUE"
        line.value = text
        line.cursor_position = len(text)
        kind = "name" if edit.is_name else "labels" if len(edit.paths) == 1 else "common labels"
        self.say(f"{kind} of {what}: Enter saves, esc cancels", lasting=True)
        self._open_line(line)

    @property
    def edit_input(self) -> LineInput:
        return self.query_one("#edit", LineInput)

    @on(Input.Submitted, "#edit")
    def edit_done(self, event: Input.Submitted) -> None:
        edit = self._edit
        if edit is None:
            return
        try:
            self._change(edit, event.value)
        except UsageError as error:
            self.say(str(error), lasting=True)  # until what is typed is right
            return
        self._close_edit()

    def _change(self, edit: Edit, text: str) -> None:
        if edit.is_name:
            self.host.rename_capture(edit.paths[0], check_name(text))
        else:
            self.host.label_captures(self.state.relabelled(edit.paths, parse_labels(text)))

    def _close_edit(self) -> None:
        self._edit = None
        self.say("")
        self.edit_input.display = False
        self.set_focus(self.captures)

    def _open_line(self, line: LineInput) -> None:
        line.display = True
        self.set_focus(line)  # at once: what is typed next is meant for it

    # --- deleting

    def action_delete(self) -> None:
        paths = self._deletable()
        if not paths:
            self.say(_NO_CAPTURE)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.host.delete_captures(paths)

        names = [self.state.name(path) for path in paths]
        listed = "\n".join(f"  {name}" for name in names[:8]) + (f"\n  and {len(names) - 8} more" if names[8:] else "")
        kept = "The folder .trash keeps what is deleted; U restores it."
        question = f"Delete {counted(len(paths), 'capture')}?\n\n{listed}\n\n{kept}"
        self.app.push_screen(QuestionScreen(question, "delete"), answered)

    def _deletable(self) -> Sequence[Path]:
        """The selected captures, or the one under the cursor, which may be damaged."""
        item = self.chosen_capture
        return tuple(self.state.selected) or ((item.path,) if item is not None else ())

    def action_restore(self) -> None:
        self.host.restore_captures()

    def captures_changed(self, message: CapturesChanged) -> None:
        """Reports a change, or why it failed."""
        if not message.failed:
            self.state.selected = {}
        self.say(message.text, error=message.failed)

    # --- back

    def back(self) -> bool:
        """Closes the input line, then clears the selection, then the filter; there is no screen before the Library."""
        if self._edit is not None:
            self._close_edit()
        elif self.state.selected and not self.filter_input.has_focus:
            self._drop_selection()
        elif self.filter_input.display:
            self.filter_input.value = ""
            self.filter_input.display = False
            self.set_focus(self.captures)
        else:
            self.say("press q to quit")
        return True
