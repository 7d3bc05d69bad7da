"""Screens that are laid out and drawn only once per change."""

from __future__ import annotations

from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget


class OneLayoutScreen(Screen[None]):
    """Its widgets have scroll bars always or never.

    Textual lays out and draws again for every widget that has another size now, since scroll bars may come or go, and
    draws a new screen for each of the events that make it.
    """

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Each widget draws its own focus: Textual would draw the whole screen once more."""

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        asking = {widget for widget in self.query(Widget) if widget._layout_required or widget._repaint_required}
        super()._refresh_layout(size, scroll)
        for widget in self._compositor.full_map.keys() - asking:
            if widget._layout_required:
                widget._layout_required = widget._repaint_required = False
                widget._exchange_repaint_regions()

    def _compositor_refresh(self) -> None:
        if self.app._batch_count:  # what ends the batch draws
            self._repaint_required = True
        else:
            super()._compositor_refresh()
