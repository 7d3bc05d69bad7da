"""Series of files that other tools recorded in a folder, with times in the names.

`smaps_YYYYmmdd_HHMMSS_PID.txt` by youtube/cobalt's smaps_capture.py, `[PACKAGE_]YYYYmmdd_HHMMSS/smaps.txt` by Gracker's
Android-App-Memory-Analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from droidanon.escape import escape_text
from droidanon.model import Problem
from droidanon.sources.files.file_names import timed_folder, timed_text
from droidanon.store.series import IMPORTED, Series, SeriesCapture
from droidanon.wording import counted, listed

_ROUND_S = 30.0
"""The largest time between texts of one capture (cobalt's interval is whole minutes)."""
_OF_A_DUMP = ("smaps.txt", "smaps", "showmap.txt", "meminfo.txt")
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Round:
    """The texts of one point in time: file names, or the name of one folder."""

    time: str
    names: tuple[str, ...]


def timed_series(folder: Path) -> Series | None:
    """A folder with texts, or dumps of one app, from at least two times as a series; None for any other folder.

    OSError if it can't be listed.
    """
    rounds = timed_rounds(folder)
    if len(rounds) < 2:
        return None
    first = _seconds(rounds[0].time)
    captures = tuple(
        SeriesCapture(
            one.names[0] if len(one.names) == 1 else f"#{number}", one.time, begun_s=_seconds(one.time) - first
        )
        for number, one in enumerate(rounds, 1)
    )
    where = escape_text(str(folder))
    used = {name for one in rounds for name in one.names}
    others = sorted(path.name for path in folder.iterdir() if path.name not in used)
    size = counted(len(rounds), "capture")
    notes = [f"read as a series of {size}, with the times in their names (in the recorder's time zone)"]
    if len(used) > len(rounds):
        notes.append(
            f"{len(used)} texts: texts of different pids within {_ROUND_S:.0f} s of each other form one capture"
        )
    if others:
        named = listed([escape_text(name) for name in others], _MOST_NAMED)
        notes.append(f"left out (empty, or no time in the name): {named}")
    return Series(
        folder,
        captures,
        source=str(folder),
        started=rounds[0].time,
        ended=rounds[-1].time,
        state=IMPORTED,
        notes=tuple(Problem(where, note) for note in notes),
    )


def timed_rounds(folder: Path) -> list[Round]:
    """The rounds of a folder, oldest first; none if its dumps are of several apps, or if it has texts and dumps."""
    texts, dumps, apps = [], [], set()
    for path in folder.iterdir():
        if (text := timed_text(path.name)) is not None and _is_text(path):
            texts.append((*text, path.name))
        elif (dump := timed_folder(path.name)) is not None and any(_is_text(path / name) for name in _OF_A_DUMP):
            dumps.append(Round(dump[0], (path.name,)))
            apps.add(dump[1])
    if (texts and dumps) or len(apps) > 1:
        return []
    return sorted(dumps, key=lambda one: (one.time, one.names)) or _by_round(sorted(texts))


def _is_text(path: Path) -> bool:
    """Whether it is a nonempty file (an empty one is a failed reading)."""
    return path.is_file() and path.stat().st_size > 0


def _by_round(texts: Sequence[tuple[str, int, str]]) -> list[Round]:
    """Group ordered texts (time, pid, name) by pass."""
    found: list[Round] = []
    pids: set[int] = set()
    before = 0.0
    for time, pid, name in texts:
        now = _seconds(time)
        if found and pid not in pids and now - before <= _ROUND_S:
            found[-1] = Round(found[-1].time, (*found[-1].names, name))
        else:
            found.append(Round(time, (name,)))
            pids = set()
        pids.add(pid)
        before = now
    return found


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()
