"""A list to pick one thing from, with a filter: type some of its name, then Enter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

NO_MATCH = "nothing matches the filter"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to pick. `about` is a few words that the filter searches, too."""

    key: str
    title: str
    about: str = ""

    def matches(self, words: Sequence[str]) -> bool:
        """Whether all words are in it."""
        text = f"{self.title} {self.key} {self.about}".casefold()
        return all(word in text for word in words)

    def rank(self, text: str) -> int:
        """Titles that begin with the filter's text come first, then those that contain it."""
        title = self.title.casefold()
        return 0 if title.startswith(text) else 1 if text in title else 2


def matching(choices: Sequence[Choice], text: str) -> list[Choice]:
    """The choices that a filter finds, the best first."""
    folded = text.strip().casefold()
    found = [choice for choice in choices if choice.matches(folded.split())]
    return sorted(found, key=lambda choice: choice.rank(folded)) if folded else found


class PickScreen(ModalScreen[str | None]):
    """Returns the key of the choice; Escape returns None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "cancel", "cancel"),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    PickScreen { align: center middle; }
    PickScreen Vertical {
        width: 90%; max-width: 84; height: auto; max-height: 90%; border: round $accent; background: $background;
        border-title-color: $foreground; border-subtitle-color: $foreground;
    }
    PickScreen Input { border: none; height: 1; padding: 0 1; background: $surface; }
    PickScreen OptionList { border: none; height: auto; max-height: 16; background: $background; padding: 0; }
    PickScreen Static { height: 2; padding: 0 1; color: $text-muted; }
    """

    def __init__(self, title: str, choices: Sequence[Choice], current: str) -> None:
        super().__init__()
        self._title = title
        self._choices = choices
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical() as frame:
            frame.border_title = self._title
            frame.border_subtitle = "type to filter · ↓ ↑ · enter choose · esc cancel"
            filter_line = Input(placeholder="filter", compact=True)
            filter_line.cursor_blink = False
            yield filter_line
            options = OptionList(compact=True)
            options.can_focus = False  # keys go to the filter
            yield options
            yield Static()

    def on_mount(self) -> None:
        self._show(self._choices)
        self.query_one(Input).focus()

    def _show(self, choices: Sequence[Choice]) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        width = max(len(choice.title) for choice in self._choices)
        options.add_options([Option(self._line(choice, width), choice.key) for choice in choices])
        keys = [choice.key for choice in choices]
        if keys:
            options.highlighted = keys.index(self._current) if self._current in keys and choices is self._choices else 0
        else:
            self.query_one(Static).update(Content(NO_MATCH))

    def _line(self, choice: Choice, width: int) -> Content:
        mark = "• " if choice.key == self._current else "  "
        return Content(f"{mark}{choice.title:<{width}}  {choice.about}").truncate(
            min(int(self.app.size.width * 0.9), 84) - 4, ellipsis=True
        )

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        event.stop()
        text = event.value
        self._show(matching(self._choices, text) if text.strip() else self._choices)

    @on(Input.Submitted)
    def _choose_highlighted(self, event: Input.Submitted) -> None:
        event.stop()
        option = self.query_one(OptionList).highlighted_option
        if option is not None:
            self.dismiss(option.id)

    @on(OptionList.OptionHighlighted)
    def _describe(self, event: OptionList.OptionHighlighted) -> None:
        """Shows the full description, which may be cut in the list."""
        event.stop()
        found = next((choice.about for choice in self._choices if choice.key == event.option_id), "")
        self.query_one(Static).update(Content(found))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(event.option.id)

    def action_move(self, step: int) -> None:
        options = self.query_one(OptionList)
        if step > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_cancel(self) -> None:
        self.dismiss(None)
