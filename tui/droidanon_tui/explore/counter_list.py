"""The list of counters to show as columns, over the table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import Input, SelectionList
from textual.widgets._toggle_button import ToggleButton
from textual.widgets.selection_list import Selection

from droidanon_tui.explore.choices import counter_choices
from droidanon_tui.widgets.pick_list import NO_MATCH, Choice, matching


class TickList(SelectionList[str]):
    """Textual's list draws an X in every box, ticked or not; only the colours differ. This one leaves the box empty."""

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        line = self.scroll_offset.y + y
        if line >= self.option_count or self.get_option_at_index(line).value in self.selected:
            return strip
        return Strip(Segment(" ", part.style) if part.text == ToggleButton.BUTTON_INNER else part for part in strip)


class _FilterLine(Input):
    """Leaves the space bar to the list."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return key != "space" and super().check_consume_key(key, character)


class ColumnsScreen(ModalScreen[tuple[str, ...] | None]):
    """What is typed filters the list, as in the list of counters; space selects, Enter applies, Escape cancels."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "apply", "apply", priority=True),
        Binding("escape", "cancel", "cancel"),
        Binding("space", "tick", "select", priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    ColumnsScreen { align: center middle; }
    ColumnsScreen Vertical {
        width: 90%; max-width: 62; height: auto; max-height: 80%; border: round $accent; background: $background;
        border-title-color: $foreground; border-subtitle-color: $foreground;
    }
    ColumnsScreen Input { border: none; height: 1; padding: 0 1; background: $surface; }
    ColumnsScreen SelectionList, ColumnsScreen SelectionList:focus {
        border: none; height: auto; max-height: 1fr; background: $background;
    }
    """

    def __init__(self, counters: Sequence[str], shown: Collection[str]) -> None:
        super().__init__()
        self._choices = counter_choices(counters)
        self._counters = counters
        self._chosen = set(shown)

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = "Columns"
            frame.border_subtitle = "type to filter · space select · enter apply · esc cancel"
            filter_line = _FilterLine(placeholder="filter", compact=True)
            filter_line.cursor_blink = False
            yield filter_line
            chooser = TickList(*self._selections(self._choices))
            chooser.can_focus = False  # keys go to the filter
            yield chooser

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.query_one(TickList).highlighted = 0

    def _selections(self, choices: Sequence[Choice]) -> list[Selection[str]]:
        return [Selection(Content(choice.title), choice.key, choice.key in self._chosen) for choice in choices]

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        chooser, found = self.query_one(TickList), matching(self._choices, event.value)
        with self.prevent(SelectionList.SelectedChanged):
            chooser.clear_options()
            chooser.add_options(self._selections(found))
        chooser.highlighted = 0 if found else None
        self.query_one(Vertical).border_title = "Columns" if found else NO_MATCH

    @on(SelectionList.SelectionToggled)
    def _toggled(self, event: SelectionList.SelectionToggled[str]) -> None:
        event.stop()
        self._chosen ^= {event.selection.value}

    def action_tick(self) -> None:
        chooser = self.query_one(TickList)
        if chooser.highlighted is not None:
            chooser.toggle(chooser.get_option_at_index(chooser.highlighted))

    def action_move(self, step: int) -> None:
        chooser = self.query_one(TickList)
        if step > 0:
            chooser.action_cursor_down()
        else:
            chooser.action_cursor_up()

    def action_apply(self) -> None:
        self.dismiss(tuple(name for name in self._counters if name in self._chosen))

    def action_cancel(self) -> None:
        self.dismiss(None)

    @on(SelectionList.SelectedChanged)
    def _stop(self, event: SelectionList.SelectedChanged[str]) -> None:
        event.stop()
