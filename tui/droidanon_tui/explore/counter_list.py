"""The list of counters to show as columns, over the table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widgets import SelectionList
from textual.widgets._toggle_button import ToggleButton
from textual.widgets.selection_list import Selection

from droidanon_tui.formats import counter_title


class TickList(SelectionList[str]):
    """Textual's list draws an X in every box, ticked or not; only the colours differ. This one leaves the box empty."""

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        line = self.scroll_offset.y + y
        if line >= self.option_count or self.get_option_at_index(line).value in self.selected:
            return strip
        return Strip(Segment(" ", part.style) if part.text == ToggleButton.BUTTON_INNER else part for part in strip)


class ColumnsScreen(ModalScreen[tuple[str, ...] | None]):
    """Space selects, Enter applies, Escape cancels."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "apply", "apply", priority=True),
        Binding("escape", "cancel", "cancel"),
    ]
    DEFAULT_CSS = """
    ColumnsScreen { align: center middle; }
    ColumnsScreen SelectionList { width: 48; height: auto; max-height: 80%; }
    ColumnsScreen SelectionList, ColumnsScreen SelectionList:focus { border: round $accent; }
    """

    def __init__(self, counters: Sequence[str], shown: Collection[str]) -> None:
        super().__init__()
        self._counters = counters
        self._shown = shown

    def compose(self) -> ComposeResult:
        choices = [Selection(Content(counter_title(name)), name, name in self._shown) for name in self._counters]
        chooser = TickList(*choices)
        chooser.border_title = "Columns"
        chooser.border_subtitle = "space select · enter apply · esc cancel"
        yield chooser

    def action_apply(self) -> None:
        chosen = set(self.query_one(SelectionList).selected)
        self.dismiss(tuple(name for name in self._counters if name in chosen))

    def action_cancel(self) -> None:
        self.dismiss(None)

    @on(SelectionList.SelectedChanged)
    def _stop(self, event: SelectionList.SelectedChanged[str]) -> None:
        event.stop()
