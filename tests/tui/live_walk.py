"""Live's screen in a test: the app over it, and waiting for what it shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from droidanon_tui.app import DroidanonApp
from droidanon_tui.live.screen import LiveScreen
from textual.pilot import Pilot

from tests.tui.live_builders import START, FakeSampler
from tests.tui.reading import screen_text, settle
from tests.waiting import PATIENCE_S

SIZE = (120, 36)


def live(application: DroidanonApp) -> LiveScreen:
    screen = application.screen
    assert isinstance(screen, LiveScreen)
    return screen


def ended(application: DroidanonApp) -> bool:
    """Whether a series has been played to its end."""
    state = live(application).state
    return state is not None and state.replay is not None and state.replay.ended


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Until what workers tell has been handled and a condition holds."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        await settle(pilot)
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError(screen_text(pilot.app))  # type: ignore[arg-type]


async def seen(pilot: Pilot[None], sampler: FakeSampler) -> None:
    await until(pilot, sampler.given.is_set)
    await settle(pilot)


def opened(folder: Path, source: str = "adb:29041FDH") -> DroidanonApp:
    return DroidanonApp(source, captures=folder, live=True, clock=lambda: 0.0, wall=lambda: START)
