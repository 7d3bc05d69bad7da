"""Parses the state of every process from the activity manager's lists, Android 7 to 17.

`dumpsys activity lru` (Android 11 and later, AOSP ActivityManagerService.dumpLruEntryLocked):

      #82: vis  + 1 FGS  ---NFUATI 26051:com.example.app:remote/u0a281

The OOM list of `dumpsys activity processes` (AOSP ProcessList.dumpProcessOomList):

    Proc # 0: fg     T/A/TOP  LCMNFUA  t: 0 27235:com.example.notes/u0a392 (top-activity)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_LEVEL = r"#\s{0,4}\d{1,5}: (?P<level>[a-z]{2,5})\s{0,8}(?:\+\s{0,4}(?P<more>\d{1,3}))?\s{1,8}"
_OWNER = r"(?P<pid>\d{1,10}):(?P<name>\S.{0,300}?)/(?P<owner>u?\d\S{0,40}?)"
_LRU_LINE = re.compile(
    rf"^\s{{0,8}}{_LEVEL}(?P<code>[A-Z?]{{2,5}})\s{{1,8}}[-A-Z]{{1,20}}\s{{1,8}}{_OWNER}(?: act:\S+)?\s*$"
)
_OOM_LINE = re.compile(
    rf"^\s{{0,8}}(?:Proc|PERS) {_LEVEL}\S\s?/.?/(?P<code>[A-Z?]{{2,5}})\s.{{0,40}}?{_OWNER} \((?P<why>.{{0,200}})\)\s*$"
)
_LEVELS = {
    "ntv": -1000,
    "sys": -900,
    "pers": -800,
    "psvc": -700,
    "fg": 0,
    "vis": 100,
    "prcp": 200,
    "prcm": 225,
    "prcl": 250,
    "bkup": 300,
    "hvy": 400,
    "svc": 500,
    "home": 600,
    "prev": 700,
    "svcb": 800,
    "cch": 900,
}
"""The OOM adjustment at which each level begins (AOSP ProcessList.makeOomAdjString)."""
_LISTED_LEVELS = {
    "Native": -1000,
    "System": -900,
    "Persistent": -800,
    "Persistent Service": -700,
    "Foreground": 0,
    "Visible": 100,
    "Perceptible": 200,
    "Perceptible Medium": 225,
    "Perceptible Low": 250,
    "Backup": 300,
    "Heavy Weight": 400,
    "A Services": 500,
    "Home": 600,
    "Previous": 700,
    "B Services": 800,
    "Cached": 900,
}
"""The same for the lists in `dumpsys meminfo` (AOSP ActivityManagerService DUMP_MEM_OOM_LABEL)."""


@dataclass(frozen=True, slots=True)
class ListedState:
    """A process in one of the lists: its process state code (`TOP`, `FGS`, `CEM`, ...) and OOM adjustment."""

    pid: int
    name: str
    owner: str
    """The uid in Android's notation: `u0a392`, `u0a281i542` for an isolated process, `1000`."""
    code: str | None
    """None for `??` and `NONE`, which are not states."""
    oom_adj: int | None


def parse_process_states(lines: Iterable[str]) -> Mapping[int, ListedState]:
    """The processes by pid, from either list or both (`dumpsys activity lru` takes precedence); skips other lines."""
    found: dict[str, dict[int, ListedState]] = {"lru": {}, "oom": {}}
    for line in lines:
        if "#" not in line[:20]:
            continue
        for kind, pattern in (("lru", _LRU_LINE), ("oom", _OOM_LINE)):
            if match := pattern.match(line):
                found[kind][int(match["pid"])] = _state(match)
                break
    return {**found["oom"], **found["lru"]}


def _state(match: re.Match[str]) -> ListedState:
    base = _LEVELS.get(match["level"])
    code = match["code"]
    return ListedState(
        int(match["pid"]),
        match["name"],
        match["owner"],
        None if code == "NONE" or "?" in code else code,
        None if base is None else base + int(match["more"] or 0),
    )


def adj_of_level(level: str | None) -> int | None:
    """The OOM adjustment at which a level of `dumpsys meminfo` (`Cached`) begins; None if there is no such level."""
    return _LISTED_LEVELS.get(level or "")
