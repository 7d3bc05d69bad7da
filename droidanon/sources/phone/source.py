"""A phone over adb as a source."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field

from droidanon.errors import ProcessError
from droidanon.escape import escape_text
from droidanon.model import Capture
from droidanon.sources.adb.recognise import open_known_device
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import IDLE_SECONDS, ask
from droidanon.sources.phone.capture_pass import PhonePass
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress

_NAME = re.compile(r"[A-Za-z0-9_.:/@+-]+")


@dataclass(frozen=True, slots=True)
class AdbSource:
    """A phone, by serial or the only one."""

    serial: str | None = None
    options: PhoneOptions = field(default_factory=PhoneOptions)

    def describe(self) -> str:
        return f"the phone {self.serial} over adb" if self.serial else "the phone over adb"

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """Read one pass. If the connection breaks, everything received is kept, and the capture is partial."""
        if selection.app is not None and not _NAME.fullmatch(selection.app):
            raise ProcessError(f"{escape_text(selection.app)}: not the name of an app or process")
        return PhonePass(
            open_known_device(self.serial, self.options.serialno), self.options, selection, progress
        ).capture()


def ask_meminfo(device: Device, app: str) -> str:
    """The output of `dumpsys meminfo --local -a` for an app. (Without --local, the app would run a garbage
    collection.)"""
    if not _NAME.fullmatch(app):
        raise ProcessError(f"{escape_text(app)}: not the name of an app or process")
    return ask(device, f"dumpsys meminfo --local -a {shlex.quote(app)}", seconds=IDLE_SECONDS)
