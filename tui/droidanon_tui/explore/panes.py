"""Explore's title lines and its details pane."""

from __future__ import annotations

import textwrap

from textual.app import ComposeResult
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from droidanon_tui.explore.details import Details
from droidanon_tui.explore.sides import Side
from droidanon_tui.explore.state import ExploreState
from droidanon_tui.formats import counter_title
from droidanon_tui.widgets.base_mark import SIGN
from droidanon_tui.widgets.cells import fit_text
from droidanon_tui.widgets.fit import SEPARATOR, best_facts, first_facts, spread
from droidanon_tui.widgets.header import Header

_TALL = 30
"""Lines from which on several warnings are shown."""
_MOST = 3
_NAME = "Explore"
_LEAST_HEIGHT, _MOST_HEIGHT = 6, 10
"""Of the details with their frame."""
_LEAST_SENTENCE = 16
"""The shortest useful part of a sentence, in cells."""


class TitleBand(Header):
    """The open capture, its grouping and counter; a status message takes the headline's place,
    so that nothing below moves."""

    DEFAULT_CSS = """
    TitleBand { height: auto; layout: vertical; }
    TitleBand Static { height: 1; padding: 0 1; }
    TitleBand #what { background: $panel; }
    TitleBand #headline.status { color: $text-warning; }
    TitleBand #warnings { color: $text-warning; display: none; height: auto; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state: ExploreState | None = None
        self._base: Side | None = None
        self._warnings: list[str] = []
        self._height = 0

    def compose(self) -> ComposeResult:
        yield Static(id="what")
        yield Static(id="headline")
        yield Static(id="how")
        yield Static(id="warnings")

    def show(self, state: ExploreState | None, base: Side | None) -> None:
        """The lines for a state."""
        self._state, self._base = state, base
        self._warnings = state.warnings() if state is not None else []
        self.draw()

    def draw(self) -> None:
        if not self.is_mounted:
            return
        width = max(0, self.size.width - 2)
        state = self._state
        what = _what(state, width) if state is not None else Content.styled("Explore", "bold")
        how = _how(state, self._base, width) if state is not None else Content("")
        self.query_one("#what", Static).update(what, layout=False)
        self.query_one("#how", Static).update(how, layout=False)
        headline = self.status.text or (first_facts(state.headline(), width) if state is not None else "")
        line = self.query_one("#headline", Static)
        line.display = bool(headline)
        line.set_class(bool(self.status.text), "status")
        line.update(Content(fit_text(headline, width)), layout=False)
        lines = _warning_lines(self._warnings, _MOST if self.screen.size.height >= _TALL else 1, width)
        warnings = self.query_one("#warnings", Static)
        warnings.display = bool(lines)
        # A layout costs a frame, so it is done only if the height changes.
        warnings.update(Content("\n".join(fit_text(line, width) for line in lines)), layout=len(lines) != self._height)
        self._height = len(lines)


def _warning_lines(warnings: list[str], most: int, width: int) -> list[str]:
    """The first warnings, and the key that shows them in full if they are not."""
    lines = [fit_text(f"⚠ {warning}", width) for warning in warnings[:most]]
    more = len(warnings) - most
    if more > 0 or any(line.endswith("…") for line in lines):
        hint = f"  ! shows {f'{more} more' if more > 0 else 'all'}"
        lines[-1] = fit_text(lines[-1].rstrip(), max(0, width - len(hint))).rstrip() + hint
    return lines


def _what(state: ExploreState, width: int) -> Content:
    """The open capture and its device; at the right how it was read."""
    side = state.side
    room = width - len(_NAME) - 2
    if state.diff is not None:
        left, right = best_facts([state.comparison()], side.provenance, room, side.least)
    else:
        left, right = best_facts([side.title, *side.device_facts], side.provenance, room, side.least)
    return spread(Content.assemble((_NAME, "bold"), f"  {left}"), Content.styled(right, "$text-muted"), width)


def _how(state: ExploreState, base: Side | None, width: int) -> Content:
    """The shown app, the grouping and the counter; a click on these opens their lists."""
    marked = ""
    if base is not None and state.diff is None:
        marked = f"{SIGN} this is the base   " if base is state.side else f"{SIGN} base: {base.title}   "
    by, counter, scope = f"by {state.by} ▾", f"{counter_title(state.counter)} ▾", state.scope()
    if len(scope) + len(marked) + len(by) + len(counter) + 5 > width:
        marked = ""
    right = Content.assemble((marked, "$text-accent"), _button(by, "grouping"), "   ", _button(counter, "counter"))
    return spread(Content.styled(scope, "bold"), right, width)


def _button(text: str, action: str) -> Content:
    """A text that runs an action of the screen if it is clicked."""
    return Content.styled(text, Style.parse("$text-accent") + Style.from_meta({"@click": f"screen.{action}"}))


def _one_line(details: Details, width: int) -> str:
    """Whole facts, and some of the description if there is room."""
    facts = first_facts(SEPARATOR.join(part for part in (details.limits, details.facts) if part), width)
    room = width - len(facts) - len(SEPARATOR)
    text = SEPARATOR.join(part for part in (facts, details.sentence) if part) if room >= _LEAST_SENTENCE else facts
    return fit_text(text, width)


class DetailsPane(Static):
    """The description of the cursor's row: a pane, or one line."""

    DEFAULT_CSS = """
    DetailsPane { height: 6; border: round $primary 50%; padding: 0 1; border-title-color: $foreground;
        border-subtitle-color: $foreground; }
    DetailsPane.short { height: 1; border: none; color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._details: Details | None = None

    def set_height(self, screen: int) -> None:
        """The height for a screen's: one line, or a frame of about a sixth of the screen."""
        self.set_class(screen < _TALL, "short")
        self.styles.height = 1 if screen < _TALL else max(_LEAST_HEIGHT, min(screen // 6, _MOST_HEIGHT))
        self._draw()

    def show(self, details: Details | None) -> None:
        self._details = details
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        details = self._details
        if details is None:
            self.border_title = self.border_subtitle = None
            self.update("", layout=False)
        elif self.has_class("short"):
            self.update(Content(_one_line(details, max(0, self.size.width - 2))), layout=False)
        else:
            # Content, since a str would be read as markup.
            heading = fit_text(details.heading, max(10, self.size.width - 10)).rstrip()
            self.border_title = Content(heading or " ")
            lines, is_cut = self._wrapped(details)
            self.border_subtitle = "i shows all" if is_cut else None
            self.update(Content("\n".join(lines)), layout=False)

    def _wrapped(self, details: Details) -> tuple[list[str], bool]:
        """As many lines as fit, and whether something was left out; measurements come before advice."""
        width, height = max(20, self.content_size.width), max(1, self.content_size.height)
        texts = (details.sentence, details.limits, details.facts)
        lines = [line for text in texts for line in textwrap.wrap(text, width, max_lines=2, placeholder=" …")]
        advice = textwrap.wrap(details.advice, width, max_lines=max(1, height - len(lines)), placeholder=" …")
        lines += advice
        is_cut = len(lines) > height or any(line.endswith("…") for line in lines)
        return [fit_text(line, width) for line in lines[:height]], is_cut
