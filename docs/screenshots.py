"""Draws docs/images/*.svg from the real app and the bundled captures: `python docs/screenshots.py [CAPTURE BASE]`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = Path("captures/samples")
IMAGES = ROOT / "docs" / "images"
SIZE = (120, 36)


async def _draw(name: str, keys: list[str], *, source: str | None, base: str | None = None) -> None:
    from droidanon_tui.app import DroidanonApp

    app = DroidanonApp(source=source, base=base, captures=SAMPLES)
    async with app.run_test(size=SIZE) as pilot:
        await app.wait_idle()
        for key in keys:
            await pilot.press(key)
            await app.wait_idle()
        await pilot.pause()
        IMAGES.mkdir(exist_ok=True)
        print(app.save_screenshot(f"{name}.svg", path=str(IMAGES)))


async def main() -> None:
    """One picture of each screen."""
    os.environ.pop("NO_COLOR", None)
    os.environ["ANDROID_ADB_SERVER_PORT"] = "1"  # no phone: the same picture everywhere
    os.chdir(ROOT)
    first, second = sorted(SAMPLES.glob("*example*.parquet"))
    new, base = sys.argv[1:3] if len(sys.argv) > 2 else (str(second), str(first))
    await _draw("explore", ["down", "down", "down"], source=new)
    await _draw("heaps", ["g"], source=new)
    await _draw("diff", ["down", "down"], source=new, base=base)
    await _draw("treemap", ["t", "right"], source=new)
    await _draw("library", [], source=None)
    await _draw("help", ["question_mark"], source=new)


if __name__ == "__main__":
    asyncio.run(main())
