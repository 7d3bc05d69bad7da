"""The TUI's end of a browser page: validates sizes, and ends with the server."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from functools import partial

from textual import messages
from textual.app import App
from textual.drivers.web_driver import WebDriver

MOST_COLUMNS, MOST_LINES = 1000, 500
"""More than any screen has: a picture of 99,999,999 columns would take gigabytes."""


class PageDriver(WebDriver):
    """Needed with Textual 8, whose driver accepts any size and keeps running without the server."""

    def __init__(
        self, app: App[object], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._loop = asyncio.get_running_loop()
        self._write = partial(self._write_or_drop)
        if self._size is not None:
            self._size = _bounded(*self._size) or (80, 24)

    def _write_or_drop(self, data: bytes) -> int:
        """Writes to the server; drops output once the server has ended, so that the app can shut down properly."""
        with suppress(BrokenPipeError):
            return os.write(self.fileno, data)
        return len(data)

    def on_meta(self, packet_type: str, payload: dict[str, object]) -> None:
        if packet_type == "resize":
            size = _bounded(payload.get("width"), payload.get("height"))
            if size is None:
                return
            payload = {**payload, "width": size[0], "height": size[1]}
        super().on_meta(packet_type, payload)

    def run_input_thread(self) -> None:
        """Ends the app when the server closes its end or is killed."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            asyncio.run_coroutine_threadsafe(self._app._post_message(messages.ExitApp()), self._loop)


def _bounded(width: object, height: object) -> tuple[int, int] | None:
    """A valid screen size; None if invalid."""
    if type(width) is not int or type(height) is not int or width < 1 or height < 1:
        return None
    return min(width, MOST_COLUMNS), min(height, MOST_LINES)
