"""Draws docs/images from the real app: every screen, dark and light, small and large (`python docs/screenshots.py [NAME ...]`)."""

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
SIZES = {"80x24": (80, 24), "160x50": (160, 50)}
THEMES = {"dark": "textual-dark", "light": "textual-light"}
README = {"explore": (120, 36), "diff": (120, 36), "treemap": (120, 36), "live": (120, 36)}
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
    Picture("heaps", ("g",), USED),
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
        print(app.save_screenshot(target.name, path=str(target.parent)))


async def main() -> None:
    """Every picture in every size and theme, and the README's."""
    os.environ.pop("NO_COLOR", None)
    os.environ["ANDROID_ADB_SERVER_PORT"] = "1"  # no phone: the same picture everywhere
    os.environ["TZ"] = "UTC"
    time.tzset()
    os.chdir(ROOT)
    wanted = sys.argv[1:]
    for picture in PICTURES:
        if wanted and picture.name not in wanted:
            continue
        if picture.name in README:
            await _draw(picture, README[picture.name], THEMES["dark"], f"{picture.name}.svg")
        for size in SIZES:
            for theme in THEMES:
                await _draw(picture, SIZES[size], THEMES[theme], f"tour/{picture.name}-{theme}-{size}.svg")


if __name__ == "__main__":
    asyncio.run(main())
