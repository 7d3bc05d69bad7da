"""Background jobs of the Library: list devices and captures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from droidanon.errors import DroidanonError
from droidanon_tui.errors import one_line
from droidanon_tui.library.messages import CapturesListed, DevicesListed

if TYPE_CHECKING:
    from droidanon.sources.phone.devices import DeviceSummary

PLUG_SECONDS = 1.0
"""Seconds between two questions to adb."""


def list_devices() -> DevicesListed:
    """The devices that adb lists."""
    from droidanon.sources.phone import devices

    try:
        return DevicesListed(tuple(devices.list_devices()))
    except (DroidanonError, OSError) as error:
        return DevicesListed((), one_line(error))


def device_changes(ended: Event, shown: Callable[[], Sequence[DeviceSummary]]) -> Iterator[None]:
    """Yields whenever the devices or their states differ from those `shown`, until `ended` is set.

    Compares with `shown` rather than its own last result, because another listing may have shown an intermediate state.
    A phone that did not respond also counts as a difference.
    """
    from droidanon.sources.phone import devices

    while not ended.wait(PLUG_SECONDS):
        known = tuple((one.serial, one.state) for one in shown() if one.state != "device" or one.access != "none")
        if devices.plugged() != known:
            yield


def list_captures(folders: Sequence[Path]) -> CapturesListed:
    """The captures of several folders without duplicates, newest first."""
    from droidanon.store import library

    try:
        found = {item.path.resolve(): item for folder in folders for item in library.list_captures(folder)}
        return CapturesListed(tuple(sorted(found.values(), key=lambda item: item.created, reverse=True)))
    except (DroidanonError, OSError) as error:
        return CapturesListed((), one_line(error))
