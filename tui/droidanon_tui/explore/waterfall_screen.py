"""The waterfall of a diff: the steps from base to new."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from droidanon_tui import keys
from droidanon_tui.explore.waterfall import STEP, StepLevel, StepRow, step_columns
from droidanon_tui.formats import unit_shape
from droidanon_tui.widgets.key_line import KeyLine
from droidanon_tui.widgets.main_screen import KeyedScreen
from droidanon_tui.widgets.tree_table import TreeTable


class WaterfallScreen(KeyedScreen, Screen[Hashable]):
    """Returns the key of the chosen row; esc returns None."""

    KEYS = keys.WATERFALL
    DEFAULT_CSS = """
    WaterfallScreen #what { height: 1; padding: 0 1; background: $panel; }
    WaterfallScreen TreeTable { height: 1fr; border: round $accent; border-subtitle-color: $foreground; }
    """

    def __init__(self, title: str, steps: Sequence[StepRow], unit: str) -> None:
        super().__init__()
        self._title = title
        self._steps = StepLevel(steps)
        self._unit = unit

    def compose(self) -> ComposeResult:
        yield Static(Content.assemble(("Waterfall", "bold"), f"  {self._title}"), id="what")
        yield TreeTable(id="steps", sort=STEP, enter_opens=False)
        yield KeyLine(keys.line_keys(keys.WATERFALL))

    def on_mount(self) -> None:
        table = self.query_one(TreeTable)
        table.show(self._steps, step_columns(self._unit))
        floor = unit_shape(self._unit)(self._steps.floor_kb)
        table.show_footer(f"bars begin at {floor} {self._unit}" if self._steps.floor_kb else "bars begin at 0")
        table.focus()

    @on(TreeTable.Chosen)
    def choose(self, event: TreeTable.Chosen) -> None:
        key = self._steps.steps[event.place.row].key
        if key is not None:
            self.dismiss(key)
