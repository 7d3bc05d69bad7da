"""Doubts about a comparison: what else differs between the sides than what was to be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median

from droidanon.analysis.capture_facts import CaptureFacts, Side
from droidanon.model import Problem, Process
from droidanon.wording import listed

_FACTS = {
    "serial": "device",
    "model": "device model",
    "build": "build",
    "android": "Android release",
    "kernel": "kernel",
    "page_size": "page size",
    "abi": "ABI",
}
_APP_FACTS: Mapping[str, Callable[[Process], str | None]] = {
    "debuggable": lambda p: None if p.debuggable is None else "debuggable" if p.debuggable else "release",
    "compile filter": lambda p: p.compile_filter,
    "app ABI": lambda p: p.abi,
}
_MAX_NAMED = 5
_MUCH_SWAP_KB, _MUCH_SWAP_PART = 16 * 1024, 0.05
_TICKS_A_SECOND = 100
"""USER_HZ, the unit of /proc/PID/stat's start time on every Android."""
_MUCH_TIMES = 2.0
_UPTIME_MATTERS_S, _AGE_MATTERS_S = 600.0, 60.0


def comparison_warnings(
    base: Side, new: Side, *, single: bool, renamed: Mapping[str, str] | None = None
) -> tuple[Problem, ...]:
    """One warning for each difference that makes a delta doubtful.

    `single`: all captures are of one process; `renamed`: processes of new that are base's, called otherwise.
    """
    found: list[Problem] = []
    for key, words in _FACTS.items():
        found += _differs(words, *([facts.device.get(key) for facts in side] for side in (base, new)))
    for problem in _differs("access", *([facts.access or None for facts in side] for side in (base, new))):
        found.append(Problem(problem.where, f"{problem.message}, so other processes could be read"))
    found += _scope_warnings(base, new)
    found += _differs("preparation", *([facts.prepared for facts in side] for side in (base, new)))
    found += _differs("fidelity", *([_fidelity(facts) for facts in side] for side in (base, new)))
    found += _app_warnings(base, new)
    if not single:
        found += _process_warnings(base, new, renamed or {})
    found += _state_warnings(base, new)
    for words, side in (("base", base), ("new", new)):
        for warning in dict.fromkeys(warning for facts in side for warning in facts.warnings):
            found.append(Problem(f"{words} {warning.where}", warning.message))
    if any(facts.has_problems for facts in (*base, *new)):
        found.append(Problem("problems", "not everything could be read; `droidanon info` tells what"))
    return tuple(found)


def series_warnings(series: Side, *, single: bool) -> tuple[Problem, ...]:
    """What changed on the way through a series beside what grew; `single`: each capture is of one process."""
    found: list[Problem] = []
    for key, words in _FACTS.items():
        values = sorted({str(facts.device[key]) for facts in series if facts.device.get(key) is not None})
        if len(values) > 1:
            found.append(Problem(words, f"changes on the way: {listed(values, _MAX_NAMED)}"))
    if len({_fidelity(facts) for facts in series}) > 1:
        found.append(Problem("fidelity", "changes on the way: some captures tell less than others"))
    found += _restarts(series)
    if not single:
        sets = [{process.name for process in facts.read} for facts in series]
        passing = sorted(sets[0].union(*sets) - sets[0].intersection(*sets))
        if passing:
            found.append(
                Problem("process set", f"{len(passing)} are in some captures only: {listed(passing, _MAX_NAMED)}")
            )
    found += dict.fromkeys(warning for facts in series for warning in facts.warnings)
    if any(facts.has_problems for facts in series):
        found.append(Problem("problems", "not everything could be read; `droidanon info` tells what"))
    return tuple(found)


def _restarts(series: Side) -> list[Problem]:
    """Processes of one name that were another one from some capture on."""
    found: dict[str, list[int]] = {}
    before: dict[str, tuple[int | None, int | None]] = {}
    for place, facts in enumerate(series, start=1):
        counts = Counter(process.name for process in facts.read)
        for process in facts.read:
            if counts[process.name] > 1 or process.pid is None:
                continue
            now = process.pid, process.start_time
            if before.get(process.name, now) != now:
                found.setdefault(process.name, []).append(place)
            before[process.name] = now
    return [
        Problem(
            name,
            f"started anew before capture {listed([str(place) for place in places], _MAX_NAMED)}: growth begins again there",
        )
        for name, places in sorted(found.items())
    ]


def _scope_warnings(base: Side, new: Side) -> list[Problem]:
    """Sides that were not asked for the same processes: what is not in one of them was not looked at, and counts as 0."""
    scopes = [sorted({facts.app for facts in side}) for side in (base, new)]
    if scopes[0] == scopes[1]:
        return []
    words = [listed([app or "all processes" for app in scope], _MAX_NAMED) for scope in scopes]
    app = next((app for scope in scopes for app in scope if app), "")
    return [Problem("scope", f"base has {words[0]}, new has {words[1]}: with --app {app} like is compared with like")]


def _fidelity(facts: CaptureFacts) -> str | None:
    return ", ".join(sorted({process.fidelity for process in facts.read})) or None


def _differs(words: str, base: Sequence[str | int | None], new: Sequence[str | int | None]) -> list[Problem]:
    """A warning where a known fact of the sides' captures differs between them, or within one."""
    sides = [sorted({str(value) for value in side if value is not None}) for side in (base, new)]
    one, two = sides
    if one and two and one != two:
        return [Problem(words, f"differs: {listed(one, _MAX_NAMED)} against {listed(two, _MAX_NAMED)}")]
    if max(len(one), len(two)) > 1:
        return [Problem(words, f"mixed within a side: {listed(one if len(one) > 1 else two, _MAX_NAMED)}")]
    return []


def _app_warnings(base: Side, new: Side) -> list[Problem]:
    """Apps that were built or compiled otherwise."""
    found = []
    for words, value_of in _APP_FACTS.items():
        sides = []
        for side in (base, new):
            values: dict[str, set[str]] = {}
            for process in (process for facts in side for process in facts.read):
                value = value_of(process)
                if value is not None:
                    values.setdefault(process.app, set()).add(value)
            sides.append(values)
        one, two = sides
        apart = sorted(app for app in set(one) & set(two) if one[app] != two[app])
        if apart:
            app = apart[0]
            text = f"{app}: {listed(sorted(one[app]), _MAX_NAMED)} against {listed(sorted(two[app]), _MAX_NAMED)}"
            found.append(
                Problem(words, f"differs: {text}" + (f", and {len(apart) - 1} more apps" if apart[1:] else ""))
            )
    return found


def _process_warnings(base: Side, new: Side, renamed: Mapping[str, str]) -> list[Problem]:
    sets: list[Counter[str]] = []
    for side in (base, new):
        most: Counter[str] = Counter()
        for facts in side:
            # Those that could not be read are there all the same; kernel threads and the like have no memory.
            known = [process for process in facts.processes if process.rows or process.fidelity == "none"]
            most |= Counter(renamed.get(process.name, process.name) for process in known)
        sets.append(most)
    found = []
    apart = sets[0] - sets[1], sets[1] - sets[0]
    bare = [sum(count for name, count in names.items() if name.isdecimal()) for names in apart]
    if any(bare):
        counts = f"{bare[0]} processes of base and {bare[1]} of new"
        found.append(
            Problem("process set", f"{counts} have only a pid for a name, and are like none of the other side")
        )
    for words, extra in zip(("only in base", "only in new"), apart, strict=True):
        names = sorted(name for name in extra.elements() if not name.isdecimal())
        if names:
            found.append(Problem("process set", f"{len(names)} {words}: {listed(names, _MAX_NAMED)}"))
    return [*found, *_unread_warnings(base, new)]


def _unread_warnings(base: Side, new: Side) -> list[Problem]:
    """Processes that one side could read only: on the other their memory is missing, and not gone."""
    found = []
    read = [{process.name for facts in side for process in facts.read} for side in (base, new)]
    for words, here, side, there in (("base", read[1], base, read[0]), ("new", read[0], new, read[1])):
        unread = {process.name for facts in side for process in facts.processes if process.fidelity == "none"}
        names = sorted((unread & here) - there)
        if names:
            text = f"{len(names)} could not be read in {words}, where their memory is not known: {listed(names, _MAX_NAMED)}"
            found.append(Problem("process set", text))
    return found


def _state_warnings(base: Side, new: Side) -> list[Problem]:
    """The phone's state: its use of swap, how long it was up, and how old the processes were."""
    found = []
    swap = [_middle(facts.system.get("swap_used_kb") for facts in side) for side in (base, new)]
    if swap[0] is not None and swap[1] is not None:
        apart = abs(swap[1] - swap[0])
        if apart > max(_MUCH_SWAP_KB, _MUCH_SWAP_PART * min(swap[0], swap[1])):
            found.append(Problem("swap", f"the system's use of swap differs by {apart:,.0f} kB between the sides"))
    uptime = [_middle(facts.system.get("uptime_s") for facts in side) for side in (base, new)]
    found += _times("uptime", uptime, _UPTIME_MATTERS_S)
    ages = [_ages(side) for side in (base, new)]
    both = set(ages[0]) & set(ages[1])
    if both:
        changed = [name for name in sorted(both) if _times("", [ages[0][name], ages[1][name]], _AGE_MATTERS_S)]
        if 2 * len(changed) > len(both):
            name = max(changed, key=lambda name: abs(ages[0][name] - ages[1][name]))
            more = f" (and of {len(changed) - 1} more processes)" if changed[1:] else ""
            found += _times(f"age of {name}{more}", [ages[0][name], ages[1][name]], _AGE_MATTERS_S)
    return found


def _times(words: str, seconds: Sequence[float | None], matters: float) -> list[Problem]:
    """A warning where one time is more than twice the other."""
    one, two = seconds
    if one is None or two is None or abs(one - two) < matters or max(one, two) < _MUCH_TIMES * min(one, two):
        return []
    return [Problem(words, f"differs: {_duration(one)} against {_duration(two)}")]


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _ages(side: Side) -> dict[str, float]:
    """The middle age (s) of each process whose name is once in a capture."""
    found: dict[str, list[float]] = {}
    for facts in side:
        counts = Counter(process.name for process in facts.read)
        for process in facts.read:
            age = process.age_s
            uptime = facts.system.get("uptime_s")
            if age is None and uptime is not None and process.start_time is not None:
                age = uptime - process.start_time / _TICKS_A_SECOND
            if age is not None and counts[process.name] == 1:
                found.setdefault(process.name, []).append(age)
    return {name: median(ages) for name, ages in found.items()}


def _middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
