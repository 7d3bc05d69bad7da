"""What the name of a file tells of its process and its time: `7.smaps`, `PROCESS-7/smaps`, `smaps_20260102_030405_7.txt`, ..."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import PurePosixPath

from droidanon.model import Process
from droidanon.procfs import package_of_process

PROC_TEXTS = frozenset({"smaps", "smaps_rollup", "maps", "showmap"})
"""Names that are those of the kernel's files (or the tool), not of a process."""
_PID = re.compile(r"(?:^|[-_])([0-9]{1,9})$")
_STAMP = r"([0-9]{8})_([0-9]{6})"
_TIMED_TEXT = re.compile(rf"smaps_{_STAMP}_([0-9]{{1,9}})")
_TIMED_FOLDER = re.compile(rf"(?:(.+)_)?{_STAMP}")


def process_of(name: str) -> Process:
    """The process of a file: its stem, of a file called smaps its folder's name. Digits at the end are the pid.

    The name keeps them, since what is before them may be anything; only `PROCESS-PID/smaps` says what is what.
    """
    path = PurePosixPath(name)
    if (timed := _TIMED_TEXT.fullmatch(path.stem)) is not None:
        return _process(path.parent.name or "smaps", int(timed[3]))
    if path.stem not in PROC_TEXTS or path.suffix not in ("", ".txt") or not path.parent.name:
        match = _PID.search(path.stem)
        bare = path.stem[: match.start()] if match else path.stem
        return _process(path.stem, int(match[1]) if match else None, package_of_process(bare))
    folder = path.parent.name
    if (stamped := _TIMED_FOLDER.fullmatch(folder)) is not None:
        return _process(stamped[1] or folder)
    match = _PID.search(folder)
    return _process((folder[: match.start()] if match else "") or folder, int(match[1]) if match else None)


def _process(name: str, pid: int | None = None, package: str | None = None) -> Process:
    return Process(name, pid=pid, package=package or package_of_process(name))


def time_of(name: str) -> str:
    """The time in the name of a file or its folder, as ISO 8601 (as if it were UTC); empty where there is none."""
    path = PurePosixPath(name)
    match = _TIMED_TEXT.fullmatch(path.stem) or _TIMED_FOLDER.fullmatch(path.parent.name)
    if match is None:
        return ""
    day, clock = match.groups()[-3:-1] if match.re is _TIMED_TEXT else match.groups()[-2:]
    try:
        return datetime.strptime(day + clock, "%Y%m%d%H%M%S").strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:  # digits that are no time
        return ""
