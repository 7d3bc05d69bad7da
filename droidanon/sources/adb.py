"""A phone over adb as a source."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from droidanon.errors import AccessError, DeviceError, DroidanonError, ProcessError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.sources.adb_server import open_device
from droidanon.sources.adb_stream import IDLE_SECONDS, ask, stream
from droidanon.sources.collected import Collected, collect
from droidanon.sources.collector import command, new_marker, parse_frames
from droidanon.sources.source import ENDED, Progress, choose, make_capture, unreadable, where_of

_NAME = re.compile(r"[A-Za-z0-9_.:/@+-]+")


@dataclass(frozen=True, slots=True)
class AdbSource:
    """A phone by its serial, or the only one."""

    serial: str | None = None

    def describe(self) -> str:
        return f"the phone {self.serial} over adb" if self.serial else "the phone over adb"

    def read(self, *, app: str | None = None, pid: int | None = None, progress: Progress | None = None) -> Capture:
        """One pass in one shell session. What had arrived is kept if the connection breaks: the capture is partial."""
        if app is not None and not _NAME.fullmatch(app):
            raise ProcessError(f"{escape_text(app)}: not the name of an app or process")
        device = open_device(self.serial)
        marker = new_marker()
        collected = Collected()
        broken: list[str] = []
        with closing(stream(device, command(marker, app, pid))) as chunks:
            frames = parse_frames(_until_broken(chunks, broken), marker, keep_cut=True)
            collect(frames, progress=progress, into=collected, own=marker)
        if not collected.whole and not broken:
            broken.append("the phone ended the session before it was done")
        problems = [Problem(f"adb:{device.serial}", message) for message in broken]
        return _capture(collected, device.serial, app, pid, problems)


def _until_broken(chunks: Iterator[bytes], broken: list[str]) -> Iterator[bytes]:
    """The chunks up to where the connection breaks; why it did goes into `broken`."""
    try:
        yield from chunks
    except (OSError, DeviceError) as error:
        broken.append(f"the connection broke: {error}")


def _capture(collected: Collected, serial: str, app: str | None, pid: int | None, problems: list[Problem]) -> Capture:
    where = escape_text(serial)
    lost = "" if collected.whole else problems[0].message
    try:
        kept = choose(collected.readings, app, pid, collected.names)
        if not kept:
            raise ProcessError(f"{where}: no process was listed; see `adb shell ls /proc`")
        if (first := unreadable(kept)) is not None:
            who = f"{escape_text(where_of(first.process))} on {where}"
            if ENDED in first.error:
                raise ProcessError(f"{who}: {escape_text(first.error)}; start it and try again")
            raise AccessError(f"{who}: {escape_text(first.error)}, read as {_access(collected)}. {_way_out(collected)}")
    except DroidanonError as error:
        if lost:  # it may be among what did not arrive
            raise DeviceError(
                f"{where}: {escape_text(lost)} (nothing had arrived yet); check the cable and try again"
            ) from error
        raise
    device: dict[str, str | int] = {"serial": serial, **collected.device}
    return make_capture(
        kept, source=f"adb:{serial}", access=_access(collected), app=app or "", device=device, system=collected.system,
        problems=problems, partial=not collected.whole,
    )  # fmt: skip


def _access(collected: Collected) -> str:
    return "root" if collected.uid == 0 else "shell"


def _way_out(collected: Collected) -> str:
    """What to do where smaps are denied."""
    if collected.uid == 0:
        return "Even root is refused: a policy of the phone's maker or kernel says no"
    if collected.device.get("build_type") in ("userdebug", "eng"):
        return "This build lets you: adb root, then try again"
    return "On a userdebug build or an emulator: adb root, then try again; on a user build other apps can't be read this way"


def ask_meminfo(serial: str | None, app: str) -> str:
    """What `dumpsys meminfo --local -a` says of an app. (Without --local the app is made to collect its garbage.)"""
    if not _NAME.fullmatch(app):
        raise ProcessError(f"{escape_text(app)}: not the name of an app or process")
    return ask(open_device(serial), f"dumpsys meminfo --local -a {shlex.quote(app)}", seconds=IDLE_SECONDS)
