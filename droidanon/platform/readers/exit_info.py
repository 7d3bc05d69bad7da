"""Parses `dumpsys activity exit-info`, which tells how processes ended, in the forms of Android 11 to 17.

AOSP: core/java/android/app/ApplicationExitInfo.java `dump`,
services/core/java/com/android/server/am/AppExitInfoTracker.java `dumpHistoryProcessExitInfo`,
core/java/android/util/DebugUtils.java `sizeValueToString`. Android 11 prints one key per line, later releases several.
A build with `anrInfo` prints no newline after it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Literal

from droidanon.platform.readers.procfs import parse_number

HEADER = "(dumpsys activity exit-info)"
"""What the first line contains; the words before it differ between releases."""
FIRST_ANDROID, FIRST_SDK = 11, 30
"""The first release that records exits."""
_MARK = "ApplicationExitInfo #"
_AFTER_ANR = r"^(?: anrInfo=[^\n]{0,400}?)?[ \t]*"
_ENTRY = re.compile(rf"{_AFTER_ANR}{_MARK}\d{{1,4}}:", re.MULTILINE)
_PACKAGE = re.compile(rf"{_AFTER_ANR}package: (\S{{1,256}})[ \t\r]*$", re.MULTILINE)
_KEY = re.compile(
    r"(?:^|(?<=\s))(timestamp|pid|realUid|packageUid|definingUid|user|process|reason|subreason|status|importance|pss|rss)="
)
_DESCRIPTION = re.compile(r"(?:^|(?<=\s))description=")
_AFTER_DESCRIPTION = re.compile(r"(?:^|\s)state=(?:empty|\d{1,9} bytes)\s+trace=")
_LONGEST_ENTRY = 1 << 14
_CODE = re.compile(r"(\d{1,6})(?: \((.{0,200}?)\))?\s*", re.DOTALL)
_SIZE = re.compile(r"(\d{1,12})(?:[.,\u066b](\d{1,3}))?([KMGTP]?B)?")
_UNITS_KB = {"KB": 1, "MB": 1024, "GB": 1024**2, "TB": 1024**3, "PB": 1024**4}
_LIMITER = "MemoryLimiter"
_BUDDHIST_YEARS = 543
"""The calendar of the Thai locale (CLDR) is this many years ahead."""
_LAST_GREGORIAN_YEAR = 2400


class ExitReason(IntEnum):
    """REASON_* of ApplicationExitInfo.java."""

    UNKNOWN = 0
    EXIT_SELF = 1
    SIGNALED = 2
    LOW_MEMORY = 3
    CRASH = 4
    CRASH_NATIVE = 5
    ANR = 6
    INITIALIZATION_FAILURE = 7
    PERMISSION_CHANGE = 8
    EXCESSIVE_RESOURCE_USAGE = 9
    USER_REQUESTED = 10
    USER_STOPPED = 11
    DEPENDENCY_DIED = 12
    OTHER = 13
    FREEZER = 14
    PACKAGE_STATE_CHANGE = 15
    PACKAGE_UPDATED = 16
    MEMORY_LIMITER = 17
    ANOMALY = 18


_LOW_MEMORY_SUBREASONS = frozenset({5, 6, 30})
"""SUBREASON_LARGE_CACHED, _MEMORY_PRESSURE and _OOM_KILL."""

MemoryCause = Literal["limiter", "low memory", ""]


@dataclass(frozen=True, slots=True)
class ProcessExit:
    """How one process ended; None means unknown.

    `time` has no zone if the phone's is unknown. `reason` and `subreason` are Android's codes, with its labels.
    `importance` is that of RunningAppProcessInfo. `pss_kb` and `rss_kb` were measured by Android some time before the
    exit, and are rounded to two or three digits. `uid` is the package's. `status` is an exit code or a signal.
    """

    package: str
    process: str
    pid: int
    time: datetime
    reason: int
    uid: int | None = None
    user: int | None = None
    reason_label: str = ""
    subreason: int | None = None
    subreason_label: str = ""
    status: int | None = None
    importance: int | None = None
    pss_kb: int | None = None
    rss_kb: int | None = None
    description: str = ""

    @property
    def memory_cause(self) -> MemoryCause:
        """`limiter` if Android 17's memory limiter killed it, `low memory` if it was killed because memory was low."""
        if self.reason == ExitReason.MEMORY_LIMITER or (
            self.reason == ExitReason.OTHER and _LIMITER in self.description
        ):
            return "limiter"
        low = self.reason == ExitReason.LOW_MEMORY or self.subreason in _LOW_MEMORY_SUBREASONS
        return "low memory" if low else ""

    @property
    def identity(self) -> tuple[str, int, datetime]:
        """Distinguishes this exit from the phone's other exits."""
        return self.process, self.pid, self.time


def has_exits(text: str) -> bool:
    """Whether the text contains the output of `dumpsys activity exit-info`."""
    return HEADER in text or _MARK in text


def parse_exit_info(text: str) -> list[ProcessExit]:
    """The exits in a text, newest first, without duplicates. Skips torn entries and any without pid, time or reason."""
    first, last = text.find(_MARK), text.rfind(_MARK)
    if first < 0:
        return []
    text = text[max(0, text.rfind("package: ", 0, first) - _LONGEST_ENTRY) : last + _LONGEST_ENTRY]
    found: dict[tuple[str, int, datetime], ProcessExit] = {}
    for package, entry in _entries(text):
        one = _read(package, entry)
        if one is not None:
            found.setdefault(one.identity, one)
    return sorted(found.values(), key=lambda one: one.time, reverse=True)


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """The package and the text of each entry."""
    heads = sorted([*_ENTRY.finditer(text), *_PACKAGE.finditer(text)], key=lambda head: head.start())
    package = ""
    for place, head in enumerate(heads):
        if head.re is _PACKAGE:
            package = head[1]
            continue
        end = heads[place + 1].start() if place + 1 < len(heads) else len(text)
        yield package, text[head.end() : min(end, head.end() + _LONGEST_ENTRY)]


def _read(package: str, entry: str) -> ProcessExit | None:
    start = _DESCRIPTION.search(entry)
    if start is None:  # a torn text, whose last value may be cut off
        return None
    values = _values(entry[: start.start()])
    pid, time = parse_number(values.get("pid", "")), _time(values.get("timestamp", ""))
    reason, label = _code(values.get("reason", ""))
    if pid is None or time is None or reason is None:
        return None
    subreason, subreason_label = _code(values.get("subreason", ""))
    return ProcessExit(
        package,
        values.get("process", ""),
        pid,
        time,
        reason,
        parse_number(values.get("packageUid", "")),
        parse_number(values.get("user", "")),
        label,
        subreason,
        subreason_label,
        parse_number(values.get("status", "")),
        parse_number(values.get("importance", "")),
        size_kb(values.get("pss", "")),
        size_kb(values.get("rss", "")),
        _description(entry[start.end() :]),
    )


def _values(head: str) -> dict[str, str]:
    """The values of an entry before its description, which is free text that may contain keys."""
    keys = list(_KEY.finditer(head))
    values: dict[str, str] = {}
    for place, key in enumerate(keys):
        end = keys[place + 1].start() if place + 1 < len(keys) else len(head)
        values.setdefault(key[1], head[key.end() : end].strip())
    return values


def _description(tail: str) -> str:
    """The description at the start of the rest of an entry."""
    after = _AFTER_DESCRIPTION.search(tail)
    text = (tail.partition("\n")[0] if after is None else tail[: after.start()]).strip()
    return "" if text == "null" else text


def _code(text: str) -> tuple[int | None, str]:
    match = _CODE.fullmatch(text)
    return (None, "") if match is None else (int(match[1]), match[2] or "")


def _time(text: str) -> datetime | None:
    """Parse a time in the digits and calendar of the phone's language. Android prints no zone; one means damage."""
    plain = _plain_digits(text)
    year = plain[:4]
    if year.isdecimal() and int(year) > _LAST_GREGORIAN_YEAR:
        plain = f"{int(year) - _BUDDHIST_YEARS:04d}{plain[4:]}"  # now, because of February 29
    try:
        time = datetime.fromisoformat(plain)
    except ValueError:
        return None
    return time if time.tzinfo is None else None


def size_kb(text: str) -> int | None:
    """A size in kB, as `DebugUtils.sizeValueToString` prints it (`55MB`, in German `1,9GB`).

    None for any other text, and for 0, which means that Android had not yet measured the process.
    """
    match = _SIZE.fullmatch(_plain_digits(text.strip()))
    if match is None:
        return None
    number = float(f"{match[1]}.{match[2] or 0}")
    return round(number * _UNITS_KB.get(match[3] or "", 1 / 1024)) or None


def _plain_digits(text: str) -> str:
    return text if text.isascii() else "".join(str(unicodedata.digit(char, char)) for char in text[:64])
