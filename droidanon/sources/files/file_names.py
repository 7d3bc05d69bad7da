"""Process and time in the names of files: `7.smaps`, `PROCESS-7/smaps`, `smaps_20260102_030405_7.txt`, ..."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from pathlib import PurePosixPath

from droidanon.platform.readers.procfs import package_of_process
from droidanon.sources.facts import ProcessFacts

PROC_TEXTS = frozenset({"smaps", "smaps_rollup", "maps", "showmap"})
"""Names of the kernel's files (or of the tool), not of a process."""
_PID = re.compile(r"(?:^|[-_])([0-9]{1,9})$")
_PID_FIRST = re.compile(r"([0-9]{1,9})_smaps_file")
"""File names of Gracker's smaps_parser.py."""
_STAMP = r"([0-9]{8})_([0-9]{6})"
_TIMED_TEXT = re.compile(rf"smaps_{_STAMP}_([0-9]{{1,9}})")
_TIMED_FOLDER = re.compile(rf"(?:(.+)_)?{_STAMP}")


@lru_cache(maxsize=64)
def path_of(name: str) -> PurePosixPath:
    """The path of a file, cached because several readers need it (and parsing it takes longer than reading an empty
    file)."""
    return PurePosixPath(name)


def process_of(name: str) -> ProcessFacts:
    """The process of a file: its stem, or its folder's name for a file named smaps. Digits at the end are the pid.

    The name keeps the digits, since the text before them may be anything; only `PROCESS-PID/smaps` is unambiguous.
    """
    path = path_of(name)
    if (timed := _TIMED_TEXT.fullmatch(path.stem)) is not None:
        return _process(path.parent.name or "smaps", int(timed[3]))
    if path.stem not in PROC_TEXTS or path.suffix not in ("", ".txt") or not path.parent.name:
        match = _PID.search(path.stem) or _PID_FIRST.fullmatch(path.stem)
        bare = path.stem[: match.start()] if match else path.stem
        return _process(path.stem, int(match[1]) if match else None, package_of_process(bare))
    folder = path.parent.name
    if (stamped := _TIMED_FOLDER.fullmatch(folder)) is not None:
        return _process(stamped[1] or "smaps")
    match = _PID.search(folder)
    return _process((folder[: match.start()] if match else "") or folder, int(match[1]) if match else None)


def _process(name: str, pid: int | None = None, package: str | None = None) -> ProcessFacts:
    return ProcessFacts(name, pid=pid, package=package or package_of_process(name))


def timed_text(name: str) -> tuple[str, int] | None:
    """Time and pid of `smaps_YYYYmmdd_HHMMSS_PID.txt`, as youtube/cobalt's smaps_capture.py writes it; None of
    others.
    """
    match = _TIMED_TEXT.fullmatch(path_of(name).stem)
    time = _iso(match[1] + match[2]) if match else ""
    return (time, int(match[3])) if match and time else None


def timed_folder(name: str) -> tuple[str, str] | None:
    """Time and app of `APP_YYYYmmdd_HHMMSS` (or without an app), as Gracker's live_dumper.py calls its folders; None of
    others.
    """
    match = _TIMED_FOLDER.fullmatch(name)
    time = _iso(match[2] + match[3]) if match else ""
    return (time, match[1] or "") if match and time else None


def time_of(name: str) -> str:
    """The time in the name of a file or its folder; empty if there is none."""
    path = path_of(name)
    found = timed_text(path.name) or timed_folder(path.parent.name)
    return found[0] if found else ""


def _iso(digits: str) -> str:
    """`YYYYmmddHHMMSS` as ISO 8601, treated as UTC; empty if the digits are not a valid time."""
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return ""
