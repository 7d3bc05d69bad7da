"""Warnings about how replicates were captured: their order, and captures of the same run of an app."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from droidanon.analysis.capture_facts import Side
from droidanon.model import Problem
from droidanon.wording import counted


def replicate_warnings(base: Side, new: Side, *, paired: bool) -> tuple[Problem, ...]:
    """Warnings about several captures per side; none if a source does not report times or processes' starts."""
    found = [*_same_run("base", base), *_same_run("new", new)]
    times = [_times(side) for side in (base, new)]
    if min(len(base), len(new)) > 1 and all(times):
        found += _pairs(*times) if paired else _order(*times)
    return tuple(found)


def _same_run(words: str, side: Side) -> list[Problem]:
    """A warning if most processes were not restarted between captures."""
    known: dict[str, list[tuple[int | None, int]]] = defaultdict(list)
    for facts in side:
        for process in facts.read:
            if process.start_time is not None:
                known[process.name].append((process.pid, process.start_time))
    again = {name: len(starts) - len(set(starts)) for name, starts in known.items() if len(set(starts)) < len(starts)}
    if not again or 2 * len(again) <= len(known):
        return []
    name = max(sorted(again), key=lambda name: again[name])
    runs, captures = len(set(known[name])), len(known[name])
    others = f" (and of {counted(len(again) - 1, 'other process')})" if len(again) > 1 else ""
    which = f"all {captures} captures are of the same run" if runs == 1 else f"{captures} captures are of {runs} runs"
    text = f"{which} of {name}{others}; restart the app before each"
    return [Problem(f"{words} replicates", text, "same_run")]


def _times(side: Side) -> list[str]:
    """The time of each capture, if all come from a device (a text only has the time at which it was read)."""
    times = [facts.created for facts in side]
    return times if all(times) and all("serial" in facts.device for facts in side) else []


def _order(base: Sequence[str], new: Sequence[str]) -> list[Problem]:
    """A warning if one side was finished before the other began."""
    for first, then, words in (
        (base, new, "all base captures were made before the new ones"),
        (new, base, "all new captures were made before the base ones"),
    ):
        if max(first) <= min(then):
            text = f"{words}, so drift looks like a change; alternate the sides"
            return [Problem("order", text, "not_alternated")]
    return []


def _pairs(base: Sequence[str], new: Sequence[str]) -> list[Problem]:
    """A warning if a pair was not finished before the next one began."""
    spans = [(min(pair), max(pair)) for pair in zip(base, new, strict=True)]
    if all(one[1] <= two[0] for one, two in pairwise(spans)):
        return []
    return [
        Problem(
            "pairs", "the pairs overlap in time, so drift differs within a pair; alternate the sides", "not_alternated"
        )
    ]
