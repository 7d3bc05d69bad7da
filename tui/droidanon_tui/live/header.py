"""The header of Live: the phone, the sampling interval and its cost, the phone's memory, problems."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from droidanon.escape import escape_text
from droidanon_tui.live.state import LiveState
from droidanon_tui.widgets.cells import fit_text
from droidanon_tui.widgets.fit import first_facts, spread
from droidanon_tui.widgets.header import Header


class LiveHeader(Header):
    """Two lines, and a third for a problem, or for a status message if there is no problem."""

    DEFAULT_CSS = """
    LiveHeader { height: auto; layout: vertical; }
    LiveHeader Static { height: 1; padding: 0 1; }
    LiveHeader #what { background: $panel; }
    LiveHeader #trouble { color: $text-warning; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._state: LiveState | None = None
        self._place = ""

    def compose(self) -> ComposeResult:
        yield Static(id="what")
        yield Static(id="memory")
        yield Static(id="trouble")

    def show(self, state: LiveState | None, place: str) -> None:
        """`place`: which of the watched phones this is."""
        self._state, self._place = state, place
        self.draw()

    def draw(self) -> None:
        if not self.is_mounted:
            return
        width, state = max(0, self.size.width - 2), self._state
        title, pace, memory, right, trouble = "", "", "", "", ""
        if state is not None:
            title, pace, memory, trouble = f"  {state.title()}", state.pace(), state.memory(), state.trouble()
            recording = (
                f"● recording to {escape_text(str(state.recording.folder))}" if state.recording is not None else ""
            )
            right = "   ".join(part for part in (recording, self._place) if part)
        what = Content.assemble(("Live", "bold"), first_facts(title, width - len("Live") - len(pace) - 2))
        self.query_one("#what", Static).update(spread(what, Content.styled(pace, "$text-muted"), width), layout=False)
        self.query_one("#memory", Static).update(
            spread(
                Content(first_facts(memory, width - len(right) - 2 * bool(right))),
                Content.styled(right, "$text-accent"),
                width,
            ),
            layout=False,
        )
        line = trouble or self.status.text
        news = self.query_one("#trouble", Static)
        news.display = bool(line)
        news.update(Content(fit_text(line, width)), layout=False)
