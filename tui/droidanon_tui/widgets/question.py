"""A question answered with a key."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from droidanon_tui.widgets.cells import wrap_lines

_WIDTH = 64


class QuestionScreen(ModalScreen[bool]):
    """Yes (`y`) or no (`n`, `esc`, `q`, `ctrl+c`, and every click next to it)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("n,escape,q,ctrl+c", "answer(False)", show=False),
    ]
    DEFAULT_CSS = """
    QuestionScreen { align: center middle; }
    QuestionScreen Vertical {
        width: 68; max-width: 100%; height: auto; border: round $warning; background: $surface; padding: 0 1;
    }
    QuestionScreen Static { color: $foreground; }
    """

    def __init__(self, question: str, yes: str) -> None:
        """`yes`: the action in one word."""
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content("\n".join(wrap_lines(self._question, _WIDTH))))
            keys = (("y", "bold $text-accent"), f" {self._yes}   ", ("n", "bold $text-accent"), " cancel")
            yield Static(Content.assemble("\n", *keys))

    def on_click(self) -> None:
        self.dismiss(False)

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)
