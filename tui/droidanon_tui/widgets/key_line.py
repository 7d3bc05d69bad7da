"""The bottom line: the screen's keys, as many as fit, each of which can be clicked."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.widget import Widget

from droidanon_tui.key_tables.key import Key
from droidanon_tui.key_tables.widgets import LINE_KEYS


class KeyLine(Widget):
    """Keys with their labels; the last ones (help, quit) are always there. While something is typed, its keys only."""

    DEFAULT_CSS = """
    KeyLine { dock: bottom; height: 1; background: $panel; color: $foreground; }
    """
    ALWAYS = 2

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._keys = list(keys)
        self._is_typing = False
        self._spots: list[tuple[int, int, Key]] = []

    def show(self, keys: Sequence[Key]) -> None:
        """Other keys."""
        if list(keys) != self._keys:
            self._keys = list(keys)
            self.refresh()

    def show_typing(self, is_typing: bool) -> None:
        """Whether the keys go to a line of input."""
        self._is_typing = is_typing
        self.refresh()

    def render(self) -> Content:
        parts: list[Content] = []
        self._spots = []
        left = 1
        keys = LINE_KEYS if self._is_typing else self._keys
        last = keys[-self.ALWAYS :]
        reserved = sum(self._width(key, key.label) for key in last)
        wanted = sum(self._width(key, key.label) for key in keys if key.prominent)
        is_narrow = wanted + reserved >= self.size.width
        for index, key in enumerate(keys):
            label = key.short or key.label if is_narrow else key.label
            width = self._width(key, label)
            if index < len(keys) - self.ALWAYS and left + width + reserved > self.size.width:
                continue
            self._spots.append((left, left + width - 2, key))
            parts += [Content.styled(key.face, "bold $text-accent"), Content(f" {label}  ")]
            left += width
        return Content(" ") + Content("").join(parts)

    @staticmethod
    def _width(key: Key, label: str) -> int:
        return len(key.face) + len(label) + 3

    async def on_click(self, event: events.Click) -> None:
        for left, right, key in self._spots:
            if left <= event.x < right:
                await self.run_action(key.action if "." in key.action else f"screen.{key.action}")
