"""What the job that writes a page reports."""

from __future__ import annotations

from textual.message import Message


class PageWritten(Message):
    """A page was written, or could not be: `text` says which."""

    def __init__(self, text: str, *, error: bool = False) -> None:
        super().__init__()
        self.text = text
        self.error = error
