"""What the jobs that list devices and captures report."""

from __future__ import annotations

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
