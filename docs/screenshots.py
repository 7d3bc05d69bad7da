"""Draws docs/images from the real app: every screen, dark and light (`python docs/screenshots.py [NAME ...]`)."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from droidanon_tui.app import DroidanonApp
from droidanon_tui.live.jobs import by_category
from droidanon_tui.live.moments import Moment
from droidanon_tui.live.state import LiveState
from textual.pilot import Pilot

from docs.animation import Frame, animate
from docs.picture_phone import DEVICE, START, capture_of, minute
from droidanon.store.parquet import save_capture
from testphone.phone.catalogue import EXAMPLE_PACKAGE
from testphone.phone.model import ModelPhone

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SAMPLES = Path("captures/samples")
COLD, USED, WHOLE = (
    str(SAMPLES / f"{name}.parquet") for name in ("1-example-cold-start", "2-example-after-use", "3-whole-phone")
)
SIZES = {"160x50": (160, 50)}
THEMES = {"dark": "textual-dark", "light": "textual-light"}
ANIMATED = (100, 30)
Prepare = Callable[[DroidanonApp, "Pilot[None]"], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    """A screen: what is opened, what is done before, and the keys that lead there."""

    name: str
    keys: tuple[str, ...] = ()
    source: str | None = None
    base: str | None = None
    prepare: Prepare | None = None


async def _watched(app: DroidanonApp, pilot: Pilot[None]) -> None:
    """Live has been on for a minute; the example app was read in full every ten seconds."""
    phone = ModelPhone(seed=1, processes=40)
    state = LiveState("adb:MODEL0001")
    state.device = DEVICE
    app.devices = (DEVICE,)
    moments = state.moments_of(EXAMPLE_PACKAGE)
    for begin in range(0, 60, 10):
        captured = capture_of(phone, START + begin)
        for place, sample in enumerate(minute(phone, 10)):
            state.take(replace(sample, time=START + begin + place))
        note = {20: "gallery opened", 40: "scrolled"}.get(begin, "")
        moments.add(Moment(START + begin, EXAMPLE_PACKAGE, Path(f"{begin}.parquet"), by_category(captured), note, 0.6))
        if begin == 10:
            state.history.mark()
            state.base = moments[1]
    app.live.sessions.states[state.source] = state
    app.live.state = state
    await pilot.press("2")


async def _followed(app: DroidanonApp, pilot: Pilot[None]) -> None:
    await _watched(app, pilot)
    state = app.live.state
    assert state is not None
    state.followed = EXAMPLE_PACKAGE
    app.live.refresh_all()


async def _replicates(app: DroidanonApp, _: Pilot[None]) -> None:
    """Five captures against five, of starts of the app that are never quite the same."""
    folder = Path(tempfile.mkdtemp())
    sides: dict[str, list[str]] = {"before fix": [], "after fix": []}
    for number in range(10):
        label = "after fix" if number % 2 else "before fix"  # taken in turn
        growth = (6, 2, 7, 3, 5, 1, 7, 2, 6, 2)[number]
        made = capture_of(ModelPhone(seed=number + 1, processes=16), START + 60 * number, growth=growth)
        made = replace(made, labels={"version": label})
        sides[label].append(str(save_capture(made, folder / f"{number}.parquet")))
    app.read(*sides["before fix"], as_base=True)
    await app.wait_idle()
    app.open_in_explore(*sides["after fix"])
    await app.wait_idle()


PICTURES = (
    Picture("library"),
    Picture("explore", ("down",), USED),
    Picture("vmas", ("down", "right", "down", "right", "down", "right", "down", "down"), USED),
    Picture("heaps", ("G",), USED),
    Picture("filter", ("slash", *"app:example >1MB"), WHOLE),
    Picture("treemap", ("t", "right"), USED),
    Picture("diff", ("down", "down"), USED, COLD),
    Picture("waterfall", ("W", "down"), USED, COLD),
    Picture("replicates", (), prepare=_replicates),
    Picture("live", ("down",), prepare=_watched),
    Picture("timeline", ("tab", "left"), prepare=_followed),
    Picture("palette", ("ctrl+p", *"base"), USED),
    Picture("help", ("question_mark",), USED),
)


async def _draw(picture: Picture, size: tuple[int, int], theme: str, file: str) -> None:
    app = DroidanonApp(source=picture.source, base=picture.base, captures=SAMPLES, wall=lambda: START)
    async with app.run_test(size=size) as pilot:
        app.theme = theme
        await app.wait_idle()
        if picture.prepare is not None:
            await picture.prepare(app, pilot)
        for key in picture.keys:
            await pilot.press({" ": "space", ":": "colon", ">": "greater_than_sign"}.get(key, key))
            await app.wait_idle()
        await pilot.pause(0.3)
        target = IMAGES / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(app.export_screenshot(simplify=True), encoding="utf-8")
        print(target)


async def _optimising() -> list[Frame]:
    """Live, the base marked, the app used, the diff."""
    frames: list[Frame] = []
    phone, folder = ModelPhone(seed=1, processes=40), Path(tempfile.mkdtemp())
    state = LiveState("adb:MODEL0001")
    state.device = DEVICE
    app = DroidanonApp(captures=SAMPLES, wall=lambda: START)
    async with app.run_test(size=ANIMATED) as pilot:

        async def show(title: str, seconds: float) -> None:
            await app.wait_idle()
            await pilot.pause(0.3)
            frames.append(Frame(app.export_screenshot(title=title, simplify=True), seconds))

        def use(seconds: int) -> None:
            begin = len(state.history.times)
            for place, sample in enumerate(minute(phone, seconds)):
                state.take(replace(sample, time=START + begin + place))
            app.live.refresh_all()

        app.theme = THEMES["dark"]
        await app.wait_idle()
        app.live.sessions.states[state.source] = app.live.state = state
        use(30)
        await pilot.press("2")
        await show("Live starts on the app in front", 2.5)
        before = save_capture(
            replace(capture_of(phone, START, growth=1), labels={"time": "base"}), folder / "a.parquet"
        )
        state.history.mark()
        app.read(str(before), as_base=True)
        await show("m marks the base", 2.0)
        app.live.say("")
        for _ in range(3):
            use(10)
            await show("use the app", 1.0)
        after = save_capture(replace(capture_of(phone, START, growth=9), labels={"time": "now"}), folder / "b.parquet")
        app.open_in_explore(str(after))
        await show("d compares the present with the base", 5.0)
    return frames


async def main() -> None:
    """Every picture in every size and theme, and the README's animation."""
    os.environ.pop("NO_COLOR", None)
    os.environ["ANDROID_ADB_SERVER_PORT"] = "1"  # no phone: the same picture everywhere
    os.environ["TZ"] = "UTC"
    time.tzset()
    os.chdir(ROOT)
    wanted = sys.argv[1:]
    if not wanted or "live" in wanted:
        (IMAGES / "live.svg").write_text(animate(await _optimising()), encoding="utf-8")
    for picture in PICTURES:
        if wanted and picture.name not in wanted:
            continue
        for size in SIZES:
            for theme in THEMES:
                await _draw(picture, SIZES[size], THEMES[theme], f"tour/{picture.name}-{theme}-{size}.svg")


if __name__ == "__main__":
    asyncio.run(main())
