"""Reads process exits from a phone, a series, or the output of `dumpsys activity exit-info`."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal

from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.platform.exit_words import exit_record
from droidanon.platform.phone_zone import phone_zone
from droidanon.platform.readers.exit_info import ProcessExit, has_exits, parse_exit_info
from droidanon.sources import archives, whole_stream
from droidanon.sources.files.contents import Item, archive_items, folder_items
from droidanon.sources.files.normalise_text import normalise_text, utf16_order
from droidanon.sources.resolve import Live, Resolved

_ZONE = re.compile(r"\[persist\.sys\.timezone\]: \[([A-Za-z0-9_+/-]{1,64})\]")
_ARCHIVES_IN_ONE_ANOTHER = 2
_HEAD = 512


@dataclass(frozen=True, slots=True)
class LastSeen:
    """The last sample or capture of a series before a process's exit; unknown numbers are None."""

    kind: Literal["sample", "capture"]
    time: str
    """By the clock of the series, ISO 8601 in UTC."""
    before_s: float
    """Seconds before the exit."""
    anon_swap_kb: int | None
    rss_kb: int | None


@dataclass(frozen=True, slots=True)
class ExitList:
    """The exits from a source, newest first, and the notes and problems found while reading them."""

    source: str
    exits: tuple[ProcessExit, ...]
    app: str = ""
    """Only exits of this package were asked for."""
    notes: Sequence[Problem] = ()
    problems: Sequence[Problem] = ()
    series_times: Sequence[str] = ()
    """For each exit its time by the clock of the series, ISO 8601 in UTC; empty for other sources."""
    last_seen: Sequence[LastSeen | None] = ()
    """For each exit, if the source is a series."""

    def about_memory(self) -> ExitList:
        """Only the kills by the memory limiter and for low memory."""
        places = [place for place, one in enumerate(self.exits) if one.memory_cause]
        return replace(
            self,
            exits=tuple(self.exits[place] for place in places),
            series_times=[self.series_times[place] for place in places] if self.series_times else (),
            last_seen=[self.last_seen[place] for place in places] if self.last_seen else (),
        )


SERIES_KEYS = (
    "series_time",
    "last_seen",
    "last_seen_time",
    "last_seen_before_s",
    "last_anon_swap_kb",
    "last_rss_kb",
)
"""The keys that only exits of a series have."""


def exit_records(found: ExitList) -> list[dict[str, Any]]:
    """The exits as flat objects with `EXIT_KEYS`, and for a series also `SERIES_KEYS`."""
    records = [exit_record(one) for one in found.exits]
    if not found.series_times:
        return records
    for record, time, seen in zip(records, found.series_times, found.last_seen, strict=True):
        values = (seen.kind, seen.time, seen.before_s, seen.anon_swap_kb, seen.rss_kb) if seen else (None,) * 5
        record.update(zip(SERIES_KEYS, (time, *values), strict=True))
    return records


def read_exits(found: Resolved, app: str | None = None) -> ExitList:
    """Read the exits of one or all apps from a phone or files.

    Args:
        found: the resolved source.
        app: a package.

    Raises:
        UsageError: the source has no exits: this computer, or a capture.
        InputError: the file does not exist, or has no output of `dumpsys activity exit-info`.
        DeviceError: no phone, or the phone does not respond or is older than Android 11.
        ProcessError: `app` is not a package name.
    """
    if isinstance(found, Live):
        return _of_phone(found, app)
    return _of_texts(found.text, app)


def _of_phone(found: Live, app: str | None) -> ExitList:
    from droidanon.sources.adb.recognise import open_known_device
    from droidanon.sources.phone.exits import ask_exits
    from droidanon.sources.phone.source import AdbSource

    if not isinstance(found.source, AdbSource):
        raise UsageError(f"{escape_text(found.text)}: only Android keeps the exits of processes; use adb: or a text")
    device = open_known_device(found.source.serial, found.source.options.serialno)
    answer = ask_exits(device, app)
    problems = () if answer.complete else (Problem(device.source, "dumpsys ran out of time; exits may be missing"),)
    return ExitList(device.source, answer.exits, app or "", problems=problems)


def _of_texts(source: str, app: str | None) -> ExitList:
    where = escape_text(source)
    path = source.removeprefix("bugreport:")
    zones: set[str] = set()
    exits: list[ProcessExit] = []
    known = False
    for item in _items(path, where):
        if b"\0" in item.data[:_HEAD] and utf16_order(item.data[:_HEAD]) is None:
            continue
        text = normalise_text(item.data).data.decode("utf-8", "backslashreplace")
        zones.update(_ZONE.findall(text))
        known = known or has_exits(text)
        exits += parse_exit_info(text)
    if not known:
        raise InputError(
            f"{where}: contains no output of `dumpsys activity exit-info`; "
            "pass a phone (adb:), a bug report or that output"
        )
    zone = phone_zone(zones.pop()) if len(zones) == 1 else None
    unique = {one.identity: one for one in exits if app in (None, one.package)}
    chosen = sorted(unique.values(), key=lambda one: one.time, reverse=True)
    notes = [] if zone or not chosen else [Problem(where, "times are local to the phone; its time zone is unknown")]
    return ExitList(source, tuple(replace(one, time=one.time.replace(tzinfo=zone)) for one in chosen), app or "", notes)


def _items(path: str, where: str) -> Iterator[Item]:
    """The files to search: a file, folder, archive or stdin."""
    try:
        if path == "-":
            yield from _file_items(whole_stream.seekable(sys.stdin.buffer, where), "stdin", where)
        elif Path(path).is_dir():
            for item in folder_items(Path(path)):
                yield from _opened(item)
        else:
            with Path(path).open("rb") as file:
                yield from _file_items(whole_stream.seekable(file, where), path, where)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{where}: no such file or folder") from error
    except OSError as error:
        raise InputError(f"{where}: {error.strerror or error}") from error
    except ValueError as error:  # a path that contains NUL
        raise InputError(f"{where}: not a path ({error})") from error


def _file_items(file: IO[bytes], name: str, where: str, depth: int = _ARCHIVES_IN_ONE_ANOTHER) -> Iterator[Item]:
    start = file.read(_HEAD)
    file.seek(0)
    if not archives.is_archive(start):
        yield Item(escape_text(name), whole_stream.read_whole(file, where))
        return
    for item in archive_items(file, name):
        yield from _opened(item, depth)


def _opened(item: Item, depth: int = 1) -> Iterator[Item]:
    """A file, or its members if it is an archive (such as a bug report in an archive)."""
    if depth and archives.is_archive(item.data[:_HEAD]):
        yield from _file_items(io.BytesIO(item.data), item.name, item.name, depth - 1)
    else:
        yield item
