"""How replicates were taken: doubts about their order, and about captures that are no replicates of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

from droidanon.analysis.capture_facts import Side
from droidanon.model import Problem


def replicate_warnings(base: Side, new: Side, *, paired: bool) -> tuple[Problem, ...]:
    """Doubts about several captures a side. Of sources that do not tell when they were taken, or of which process, none."""
    found = [*_taken_again("base", base), *_taken_again("new", new)]
    times = [_times(side) for side in (base, new)]
    if min(len(base), len(new)) > 1 and all(times):
        found += _pairs(*times) if paired else _order(*times)
    return tuple(found)


def _taken_again(words: str, side: Side) -> list[Problem]:
    """A warning where most processes were not started anew for each capture."""
    known: dict[str, list[tuple[int | None, int]]] = defaultdict(list)
    for facts in side:
        for process in facts.read:
            if process.start_time is not None:
                known[process.name].append((process.pid, process.start_time))
    again = {name: len(starts) - len(set(starts)) for name, starts in known.items() if len(set(starts)) < len(starts)}
    if not again or 2 * len(again) <= len(known):
        return []
    name = max(sorted(again), key=lambda name: again[name])
    starts = len(set(known[name]))
    text = f"{name} was started {'once' if starts == 1 else f'{starts} times'} for {len(known[name])} captures"
    others = len(again) - 1
    more = f", nor were {others} more process{'es' if others > 1 else ''} started anew for each" if others else ""
    advice = "captures of one process are not independent, so start the app anew for each"
    return [Problem(f"{words} replicates", f"{text}{more}: {advice}")]


def _times(side: Side) -> list[str]:
    """When each capture was made, where a device made them all (of a text there is only when it was read)."""
    times = [facts.created for facts in side]
    return times if all(times) and all("serial" in facts.device for facts in side) else []


def _order(base: Sequence[str], new: Sequence[str]) -> list[Problem]:
    """A warning where one side was finished before the other began."""
    for first, then, words in (
        (base, new, "base was captured before new"),
        (new, base, "new was captured before base"),
    ):
        if max(first) <= min(then):
            text = f"all of {words}: what drifts meanwhile looks like a change; take the sides in turn"
            return [Problem("order", text)]
    return []


def _pairs(base: Sequence[str], new: Sequence[str]) -> list[Problem]:
    """A warning where a pair was not finished before the next one began."""
    spans = [(min(pair), max(pair)) for pair in zip(base, new, strict=True)]
    if all(one[1] <= two[0] for one, two in pairwise(spans)):
        return []
    return [Problem("pairs", "the sides were not captured in turn, so what drifts differs within a pair")]
