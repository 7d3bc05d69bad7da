"""The content of a page, taken from a screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon_tui.explore.screen import ExploreScreen
from droidanon_tui.library.screen import LibraryScreen
from droidanon_tui.live.screen import LiveScreen
from droidanon_tui.widgets.main_screen import MainScreen

if TYPE_CHECKING:
    from droidanon_tui.explore.sides import Side


@dataclass(frozen=True, slots=True)
class PageContent:
    """The content of a page: an open capture, its diff against `base`, or a source to read."""

    title: str
    side: Side | None = None
    base: Side | None = None
    source: str = ""
    app: str = ""
    """Only this app; empty for all."""
    counter: str = ""
    by: str = "category"


def content_of(screen: MainScreen) -> PageContent | str:
    """The content of a screen or, if that cannot be a page, advice on what to do instead."""
    if isinstance(screen, ExploreScreen):
        return _explored(screen)
    if isinstance(screen, LiveScreen):
        return _watched(screen)
    if isinstance(screen, LibraryScreen) and (item := screen.chosen_capture) is not None and not item.error:
        return PageContent(item.path.stem, source=str(item.path))
    return "choose a capture or a series below: o writes its HTML page"


def _explored(screen: ExploreScreen) -> PageContent | str:
    state = screen.state
    if state is None:
        return "no capture is open"
    app = state.app_path[0] if state.app_path else ""
    base = screen.host.base if state.diff is not None else None
    return PageContent(state.side.title, state.side, base, app=app, counter=state.counter, by=state.by)


def _watched(screen: LiveScreen) -> PageContent | str:
    state = screen.state
    if state is not None and state.replay is not None:
        return PageContent(state.replay.name, source=state.source, app=state.followed)
    if state is not None and state.recording is not None:
        return PageContent(state.recording.folder.name, source=str(state.recording.folder))
    return "a page needs a recording: R records the app"
