"""Messages from the jobs that list devices and captures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary
    from droidanon.store.library import CaptureSummary


class DevicesListed(Message):
    """The devices that adb lists, or why it lists none."""

    def __init__(self, devices: tuple[DeviceSummary, ...], error: str = "") -> None:
        super().__init__()
        self.devices = devices
        self.error = error


class CapturesListed(Message):
    """The captures of the Library's folders, newest first, or why they could not be listed."""

    def __init__(self, captures: tuple[CaptureSummary, ...], error: str = "") -> None:
        super().__init__()
        self.captures = captures
        self.error = error


class CapturesChanged(Message):
    """Captures were renamed, labelled, deleted or restored, or why that failed. `renamed`: an old and a new path."""

    def __init__(self, text: str, *, failed: bool = False, renamed: tuple[Path, Path] | None = None) -> None:
        super().__init__()
        self.text = text
        self.failed = failed
        self.renamed = renamed
