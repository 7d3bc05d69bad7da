"""A few pictures: what cells can't say is whether it looks right."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from droidanon_tui.app import DroidanonApp
from droidanon_tui.live.moments import Moment
from textual.pilot import Pilot

from droidanon.sources.phone.devices import DeviceSummary
from tests.tui.builders import app, grown, saved
from tests.tui.live_builders import PHONE, START, live_state, sample
from tests.tui.reading import settle

Compare = Callable[..., bool]


def pressing(*keys: str) -> Callable[[Pilot[None]], object]:
    async def run(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await pilot.press(*keys)
        await settle(pilot)

    return run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose name is the same in every run."""
    monkeypatch.chdir(tmp_path)
    Path("captures").mkdir()
    return Path("captures")


@pytest.fixture
def opened(folder: Path) -> DroidanonApp:
    return app(folder, saved(folder))


@pytest.fixture
def compared(folder: Path) -> DroidanonApp:
    return app(folder, saved(folder, grown(), "after-use"), base=saved(folder))


def test_explore_120(snap_compare: Compare, opened: DroidanonApp) -> None:
    assert snap_compare(opened, terminal_size=(120, 36), run_before=pressing("right", "right"))


def test_explore_80(snap_compare: Compare, opened: DroidanonApp) -> None:
    assert snap_compare(opened, terminal_size=(80, 24), run_before=pressing())


def test_apps_over_the_table_80(snap_compare: Compare, opened: DroidanonApp) -> None:
    assert snap_compare(opened, terminal_size=(80, 24), run_before=pressing("p"))


def test_heaps_filtered_120(snap_compare: Compare, opened: DroidanonApp) -> None:
    keys = ("G", "slash", *"dalvik")
    assert snap_compare(opened, terminal_size=(120, 36), run_before=pressing(*keys))


def test_diff_120(snap_compare: Compare, compared: DroidanonApp) -> None:
    assert snap_compare(compared, terminal_size=(120, 36), run_before=pressing("a", "right", "right"))


def test_diff_80(snap_compare: Compare, compared: DroidanonApp) -> None:
    assert snap_compare(compared, terminal_size=(80, 24), run_before=pressing())


def test_library_120(snap_compare: Compare, folder: Path, devices: Callable[..., None]) -> None:
    devices(
        DeviceSummary("29041FDH", "device", "Pixel 8", "16", "userdebug", "root", 4096),
        DeviceSummary("emulator-5554", "unauthorized", advice="unlock the phone and accept the question"),
    )
    saved(folder)
    # The size of a file depends on the versions of libraries: a picture at this width has no such column.
    assert snap_compare(app(folder), terminal_size=(100, 30), run_before=pressing())


def test_empty_library_80(snap_compare: Compare, folder: Path) -> None:
    assert snap_compare(app(folder), terminal_size=(80, 24), run_before=pressing())


@pytest.fixture
def watched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> DroidanonApp:
    """Live with a phone that was watched for 50 seconds; its app was read in full at five of them."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    state = live_state(50, growth=400)
    moments = state.moments_of("com.example.app")
    for second, native in ((8, 40_000), (18, 44_000), (28, 61_000), (38, 60_000), (48, 78_000)):
        parts = (("java", 52_000), ("native", native), ("code", 30_000), ("graphics", 9_000), ("stack", 1_400))
        note = "gallery opened" if second == 28 else ""
        moments.add(Moment(START + second, "com.example.app", Path(f"{second}.parquet"), parts, note, 0.6))
    state.followed, state.base = "com.example.app", moments[1]
    state.history.mark()
    state.take(sample(50, growth=500))
    application = app(folder)
    application.live.sessions.states[state.source] = state
    application.devices = (PHONE,)
    application.live.state = state
    return application


def test_live_120(snap_compare: Compare, watched: DroidanonApp) -> None:
    assert snap_compare(watched, terminal_size=(120, 36), run_before=pressing("2"))


def test_live_80(snap_compare: Compare, watched: DroidanonApp) -> None:
    assert snap_compare(watched, terminal_size=(80, 24), run_before=pressing("2", "tab", "left", "left"))
