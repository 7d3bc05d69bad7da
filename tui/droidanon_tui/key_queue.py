"""Keys in the order in which they are typed: what one sets going is done before the next is looked at, and makes one picture."""

from __future__ import annotations

import asyncio

from textual.events import Event, Key, Paste
from textual.widgets import Input, OptionList

from droidanon_tui.shutdown import OrderlyApp

_MOST_ROUNDS = 200
"""Of the event loop, that one key is waited for: what goes on longer (a clock, a spinner) is no key's."""
_PAGING = frozenset({"pageup", "pagedown"})


class TypedAheadApp(OrderlyApp):
    """Textual forwards a key to the widget that has the focus when the key comes, and acts later: of `/scudo` typed fast
    the word would go to the table. Here a key acts at once."""

    async def on_event(self, event: Event) -> None:
        if not isinstance(event, (Key, Paste)) or event.is_forwarded:
            await super().on_event(event)
            return
        self.app_focus = True
        screen = self.screen
        with self.batch_update():
            is_text = await self._type(event)
            more_to_come = is_text and self.message_queue_size
            if not more_to_come and screen is self.screen:
                await self._settle()
        if screen is not self.screen:
            await self._settle()
        self.screen.check_idle()

    async def _type(self, event: Key | Paste) -> bool:
        """Hands an event to whom it is for; whether that was a line of text."""
        focused = self.focused
        if isinstance(event, Key) and event.key in _PAGING and self._has_list_without_room():
            return False
        if isinstance(focused, Input) and (
            isinstance(event, Paste) or focused.check_consume_key(event.key, event.character)
        ):
            event._set_forwarded()
            await focused.on_event(event)
            return True
        if isinstance(event, Paste) or not (
            await self._check_bindings(event.key, priority=True) or await self._check_bindings(event.key)
        ):
            await super().on_event(event)
        return False

    def _has_list_without_room(self) -> bool:
        """Whether a list is shown in no lines at all: Textual (8.2) fails when such a one is paged."""
        return any(not chooser.scrollable_content_region for chooser in self.screen.query(OptionList))

    async def _settle(self) -> None:
        """Until the screen is there and nobody on it has a message that is not read."""
        for _ in range(_MOST_ROUNDS):
            screen = self.screen
            if screen.is_mounted and not any(node.message_queue_size for node in screen.walk_children(with_self=True)):
                return
            await asyncio.sleep(0)
