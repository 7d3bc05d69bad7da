"""What workers said, on the screens that it is for."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING

from droidanon.sources.sampling.sample import Sample
from droidanon_tui.messages import (
    CapturesListed,
    Compared,
    CompareFailed,
    DevicesListed,
    Fact,
    MomentFailed,
    MomentTaken,
    Opened,
    OpenFailed,
    Prepared,
    Progress,
    Replayed,
    Sampled,
    WatchFailed,
)

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon_tui.app import DroidanonApp


class News:
    """Of one app."""

    def __init__(self, app: DroidanonApp) -> None:
        self._app = app

    def take(self, fact: Fact) -> None:
        """Shows a fact."""
        app = self._app
        match fact:
            case Progress() as progress:
                app.working_screen().say(progress.text)
            case Opened(side=side, as_base=as_base):
                if as_base:
                    app.set_base(side)
                else:
                    app.show_opened(side)
                app.call_after_refresh(app.prepare, side)  # the first picture waits for nothing
            case Prepared():
                app.explore.describe()
                _settle_down()
            case OpenFailed() as failure:
                app.explore.is_waiting = False
                app.working_screen().show_failure(failure)
            case Compared() as compared:
                if compared.base is app.base and compared.new is app.current:
                    app.explore.show_diff(compared)
                gc.freeze()
                app.call_after_refresh(app.prepare_diff, compared.facts)
            case CompareFailed(error=error):
                app.explore.say(error)
            case DevicesListed() as listed:
                found = _with_known_models(listed, app.devices)
                app.devices = found.devices
                app.give_devices()
                app.library.show_devices(found)
            case Sampled() | WatchFailed() | MomentTaken() | MomentFailed() | Replayed() as news:
                self._of_live(news)
            case CapturesListed() as found:
                app.library.show_captures(found)

    def _of_live(self, news: Sampled | WatchFailed | MomentTaken | MomentFailed | Replayed) -> None:
        app = self._app
        state = app.watching.states.get(news.source)
        if state is None:  # no longer watched
            return
        match news:
            case Sampled(seen=seen):
                state.take(seen)
                if isinstance(seen, Sample):
                    app.watching.seen(state, seen)
            case Replayed():
                state.play(news)
            case WatchFailed(error=error):
                state.error = error
            case MomentTaken(moment=moment):
                app.watching.heard(state, news)
                if news.purpose == "base":
                    app.base_at(state, moment)
                elif news.purpose in ("diff", "open"):
                    app.open_in_explore(str(moment.path), compared=news.purpose == "diff")
                elif news.purpose == "keep":
                    app.refresh_library()
            case MomentFailed(purpose="follow", error=error):
                state.follow_error = error
        is_asked = isinstance(news, (MomentTaken, MomentFailed)) and news.purpose != "follow"
        if app.live.state is state and (app.screen is app.live or is_asked):
            match news:
                case MomentTaken():
                    app.live.moment_taken(news)
                case MomentFailed():
                    app.live.moment_failed(news)
                case _:
                    app.live.refresh_all()


def _settle_down() -> None:
    """What was read stays: it is looked through for garbage once and never in the midst of a key (a tenth of a second)."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _with_known_models(listed: DevicesListed, before: tuple[DeviceSummary, ...]) -> DevicesListed:
    """A phone that tells nothing of itself while it is offline keeps its name."""
    known = {device.serial: device.model for device in before}
    devices = (
        device if device.model else replace(device, model=known.get(device.serial, "")) for device in listed.devices
    )
    return replace(listed, devices=tuple(devices))
