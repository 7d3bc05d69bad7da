"""Handles keys in the order typed: each one acts, and its effect is drawn, before the next.

Needed with Textual 8, which sends a key to the widget focused when the key arrives. If `/scudo` is typed fast, the word
would go to the table.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from textual import constants
from textual.app import App
from textual.events import Event, Key, Paste
from textual.widgets import Input, OptionList

_MOST_ROUNDS = 200
"""Rounds of the event loop that one key is waited for: what goes on longer (a clock, a spinner) does not belong to
it."""
_FRAME_SECONDS = 1 / constants.MAX_FPS
_PAGING = frozenset({"pageup", "pagedown"})
Forward = Callable[[Event], Awaitable[None]]


class KeyQueue:
    """Handles an app's keys and pastes one at a time."""

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._drawn = 0.0

    async def take(self, event: Event, forward: Forward) -> bool:
        """Handles a key or paste; returns False for any other event. `forward` is the app's default event handler."""
        if not isinstance(event, (Key, Paste)) or event.is_forwarded:
            return False
        app = self._app
        app.app_focus = True
        with app.batch_update():
            is_text = await self._type(event, forward)
            more_to_come = is_text and app.message_queue_size
            if not more_to_come:
                await self._settle()
        if more_to_come:
            app.screen.check_idle()
        else:
            self._draw()
        return True

    def _draw(self) -> None:
        """Draws now, without waiting for Textual's next frame, but at most once per frame."""
        screen, now = self._app.screen, time.monotonic()
        if now - self._drawn < _FRAME_SECONDS:
            screen.check_idle()
            return
        self._drawn = now
        with screen._context():
            screen._on_timer_update()

    async def _type(self, event: Key | Paste, forward: Forward) -> bool:
        """Passes an event to its receiver; returns whether it was text for an input line."""
        app, focused = self._app, self._app.focused
        if isinstance(event, Key) and event.key in _PAGING and self._has_list_without_room():
            return False
        if isinstance(focused, Input) and (
            isinstance(event, Paste) or focused.check_consume_key(event.key, event.character)
        ):
            event._set_forwarded()
            await focused.on_event(event)
            return True
        if isinstance(event, Paste) or not (
            await app._check_bindings(event.key, priority=True) or await app._check_bindings(event.key)
        ):
            await forward(event)
        return False

    def _has_list_without_room(self) -> bool:
        """Whether a list has a height of 0 lines; paging such a list raises an error in Textual 8."""
        return any(not chooser.scrollable_content_region for chooser in self._app.screen.query(OptionList))

    async def _settle(self) -> None:
        """Waits until the screen is mounted and no widget on it has an unread message."""
        for _ in range(_MOST_ROUNDS):
            screen = self._app.screen
            if screen.is_mounted and not any(node.message_queue_size for node in screen.walk_children(with_self=True)):
                return
            await asyncio.sleep(0)
