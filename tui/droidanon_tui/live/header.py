"""The header of Live: the phone, the base, the phone's memory, the sampling interval and its cost, problems."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from droidanon.escape import escape_text
from droidanon_tui.live.state import LiveState
from droidanon_tui.widgets.base_mark import base_mark
from droidanon_tui.widgets.cells import fit_text
from droidanon_tui.widgets.fit import first_facts, spread
from droidanon_tui.widgets.header import Header


class LiveHeader(Header):
    """Two lines, and a third for a problem. A status message takes the place of the phone's memory, so that nothing
    below moves."""

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
        self._base = ""

    def compose(self) -> ComposeResult:
        yield Static(id="what")
        yield Static(id="memory")
        yield Static(id="trouble")

    def show(self, state: LiveState | None, place: str, base: str) -> None:
        """`place`: which of the watched phones this is; `base`: the title of the base."""
        self._state, self._place, self._base = state, place, base
        self.draw()

    def draw(self) -> None:
        if not self.is_mounted:
            return
        width, state = max(0, self.size.width - 2), self._state
        title, pace, memory, recording, trouble = "", "", "", "", ""
        if state is not None:
            title, pace, memory, trouble = f"  {state.title()}", state.pace(), state.memory(), state.trouble()
            if state.recording is not None:
                recording = f"● recording to {escape_text(str(state.recording.folder))}"
        base = base_mark(self._base, width // 2)
        what = Content.assemble(("Live", "bold"), first_facts(title, width - len("Live") - base.cell_length - 2))
        self.query_one("#what", Static).update(spread(what, base, width), layout=False)
        right = "   ".join(part for part in (recording, self._place, pace) if part)
        room = width - len(right) - 2 * bool(right)
        facts = Content(first_facts(memory, room))
        if status := self.status.text:
            right, room = (right, room) if cell_len(status) <= room else ("", width)
            facts = Content.styled(fit_text(status, room).rstrip(), "$text-warning")
        self.query_one("#memory", Static).update(
            spread(facts, Content.styled(right, "$text-accent" if recording else "$text-muted"), width), layout=False
        )
        news = self.query_one("#trouble", Static)
        news.display = bool(trouble)
        news.update(Content(fit_text(trouble, width)), layout=False)
