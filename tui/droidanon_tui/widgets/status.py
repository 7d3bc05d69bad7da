"""A status message: one line that answers a key, and is gone at the next one."""

from __future__ import annotations

from droidanon.escape import escape_text


class StatusMessage:
    """The text of a screen's status line; '' for none."""

    def __init__(self) -> None:
        self.text = ""
        self._lasting = False

    def say(self, text: str, *, lasting: bool = False) -> None:
        """`lasting`: it stays until another message, since it is about something that goes on."""
        self.text, self._lasting = escape_text(text), lasting

    def forget(self) -> bool:
        """Drops a message that does not last; whether there was one."""
        forgotten = bool(self.text) and not self._lasting
        if forgotten:
            self.text = ""
        return forgotten
