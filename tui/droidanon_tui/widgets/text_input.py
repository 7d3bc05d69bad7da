"""A line to type in: a filter, a note."""

from __future__ import annotations

from textual.widgets import Input


class LineInput(Input):
    """Hidden until it is needed. Its cursor does not blink: only information moves."""

    DEFAULT_CSS = """
    LineInput, LineInput.-textual-compact { height: 1; border: none; padding: 0 1; background: $surface; }
    """

    def __init__(self, hint: str, *, id: str) -> None:
        super().__init__(placeholder=hint, id=id, compact=True)
        self.cursor_blink = False
        self.display = False
