"""A status message: one line in response to a key, removed at the next key or after a while."""

from __future__ import annotations

from enum import Enum

from droidanon.escape import escape_text

SECONDS = 6.0
"""How long a message is shown if no key is pressed."""


class Lasting(Enum):
    """How long a message stays."""

    BRIEFLY = "briefly"
    """Until the next key, or for a few seconds."""
    UNTIL_READ = "until read"
    """An error: until a key that comes after it was on the screen for a moment."""
    UNTIL_REPLACED = "until replaced"
    """It is about something that goes on."""


class StatusMessage:
    """The text of a screen's status line; '' for none."""

    def __init__(self) -> None:
        self.text = ""
        self._lasting = Lasting.BRIEFLY
        self._since: float | None = None
        """When it was first seen on the screen."""

    @property
    def is_error(self) -> bool:
        return bool(self.text) and self._lasting is Lasting.UNTIL_READ

    def say(self, text: str, *, lasting: bool = False, error: bool = False) -> None:
        """`lasting`: it stays until the next message, because it describes something ongoing.

        `error`: it stays until it has been read.
        """
        self.text = escape_text(text)
        self._lasting = Lasting.UNTIL_REPLACED if lasting else Lasting.UNTIL_READ if error else Lasting.BRIEFLY
        self._since = None

    def forget(self) -> bool:
        """Drops a message at a key unless it stays; returns whether it dropped one."""
        stays = self._lasting is Lasting.UNTIL_REPLACED or (self._lasting is Lasting.UNTIL_READ and self._since is None)
        forgotten = bool(self.text) and not stays
        if forgotten:
            self.text = ""
        return forgotten

    def is_over(self, now: float) -> bool:
        """Whether the message has been shown for long enough. `now`: seconds of a monotonic clock."""
        if self._since is None:
            self._since = now
        return bool(self.text) and self._lasting is Lasting.BRIEFLY and now - self._since >= SECONDS
