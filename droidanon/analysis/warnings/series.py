"""Warnings about other changes than growth during a series."""

from __future__ import annotations

from collections import Counter

from droidanon.analysis.capture_facts import Side
from droidanon.analysis.warnings.comparability import DEVICE_FACTS, MOST_NAMED, UNREAD, fidelities, slug
from droidanon.model import Problem
from droidanon.wording import counted, listed


def series_warnings(series: Side, *, single: bool) -> tuple[Problem, ...]:
    """One warning per kind of change; `single`: every capture is of one process."""
    found: list[Problem] = []
    for key, label in DEVICE_FACTS.items():
        values = sorted({str(facts.device[key]) for facts in series if facts.device.get(key) is not None})
        if len(values) > 1:
            text = f"changes within the series: {listed(values, MOST_NAMED)}"
            found.append(Problem(label, text, f"changing_{slug(label)}"))
    if len({fidelities(facts) for facts in series}) > 1:
        text = "changes within the series: some captures have less detail than others"
        found.append(Problem("fidelity", text, "changing_fidelity"))
    found += _restarts(series)
    if not single:
        found += _missing_processes(series)
    found += dict.fromkeys(warning for facts in series for warning in facts.warnings)
    if any(facts.has_problems for facts in series):
        found.append(UNREAD)
    return tuple(found)


def _missing_processes(series: Side) -> list[Problem]:
    sets = [{process.name for process in facts.read} for facts in series]
    some = sorted(sets[0].union(*sets) - sets[0].intersection(*sets))
    if not some:
        return []
    verb = "is" if len(some) == 1 else "are"
    count = counted(len(some), "process")
    text = f"{count} {verb} missing in some captures, where the memory counts as 0: {listed(some, MOST_NAMED)}"
    return [Problem("process set", text, "missing_process")]


def _restarts(series: Side) -> list[Problem]:
    """Processes that restarted between two captures, i.e. have another pid or start time."""
    found: dict[str, list[str]] = {}
    before: dict[str, tuple[int | None, int | None]] = {}
    for place, facts in enumerate(series, start=1):
        counts = Counter(process.name for process in facts.read)
        for process in facts.read:
            if counts[process.name] > 1 or process.pid is None:
                continue
            now = process.pid, process.start_time
            if before.get(process.name, now) != now:
                found.setdefault(process.name, []).append(str(place))
            before[process.name] = now
    return [
        Problem(
            name,
            f"restarted before capture {listed(places, MOST_NAMED)}, so growth starts again there",
            "restarted",
        )
        for name, places in sorted(found.items())
    ]
