"""Background jobs of the Library: list devices and captures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event

from droidanon.errors import DroidanonError
from droidanon_tui.errors import one_line
from droidanon_tui.library.messages import CapturesListed, DevicesListed

PLUG_SECONDS = 1.0
"""Seconds between two questions to adb."""


def list_devices() -> DevicesListed:
    """The devices that adb lists."""
    from droidanon.sources.phone import devices

    try:
        return DevicesListed(tuple(devices.list_devices()))
    except (DroidanonError, OSError) as error:
        return DevicesListed((), one_line(error))


def device_changes(ended: Event) -> Iterator[None]:
    """Yields whenever the set of devices, or the state of one, has changed; stops when `ended` is set.

    It begins with no devices: a phone that appears right after the first listing is not missed.
    """
    from droidanon.sources.phone import devices

    known: tuple[tuple[str, str], ...] = ()
    while not ended.wait(PLUG_SECONDS):
        now = devices.plugged()
        if now != known:
            yield
        known = now


def list_captures(folders: Sequence[Path]) -> CapturesListed:
    """The captures of some folders, each once, newest first."""
    from droidanon.store import library

    try:
        found = {item.path.resolve(): item for folder in folders for item in library.list_captures(folder)}
        return CapturesListed(tuple(sorted(found.values(), key=lambda item: item.created, reverse=True)))
    except (DroidanonError, OSError) as error:
        return CapturesListed((), one_line(error))
