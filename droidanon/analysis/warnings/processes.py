"""Warnings about processes that some captures lack, so that their memory counts as 0 there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from droidanon.analysis.capture_facts import CaptureFacts, Side
from droidanon.analysis.match_names import without_numbers
from droidanon.analysis.match_processes import is_bare
from droidanon.model import Problem
from droidanon.wording import counted, listed

_MOST_NAMED = 5
_WHERE = "process set"


def process_warnings(base: Side, new: Side, renamed: Mapping[str, str]) -> list[Problem]:
    """Warnings about processes that only one side has, some captures lack, or one side could not read."""
    here, there = _counts(base, renamed), _counts(new, renamed)
    only = here - there, there - here
    return [
        *_bare_warnings(*only),
        *_one_sided_warnings(*only),
        *_partial_warnings(base, new),
        *_unread_warnings(base, new),
    ]


@dataclass(frozen=True, slots=True)
class PartialProcess:
    """A process that both sides have, but not every capture; counts the captures of base and new that lack it."""

    name: str
    missing: tuple[int, int]

    def words(self, sizes: tuple[int, int]) -> str:
        """`4 of 6 base captures`."""
        parts = zip(self.missing, sizes, ("base", "new"), strict=True)
        return " and ".join(f"{missing} of {size} {side} captures" for missing, size, side in parts if missing)


def partial_processes(base: Side, new: Side) -> list[PartialProcess]:
    """The processes that only some captures of a side have; numbers in names are ignored."""
    sides = [[_shapes(facts) for facts in side] for side in (base, new)]
    names: dict[str, str] = {}
    for shapes in (shapes for side in sides for shapes in side):
        names = {**shapes, **names}
    found = []
    for shape, name in sorted(names.items()):
        missing = [sum(shape not in shapes for shapes in side) for side in sides]
        if any(0 < count < len(side) for count, side in zip(missing, sides, strict=True)):
            found.append(PartialProcess(name, (missing[0], missing[1])))
    return found


def shape_of(name: str) -> str:
    """A process's name without its numbers, which differ from run to run."""
    return without_numbers(name) or name


def _shapes(facts: CaptureFacts) -> dict[str, str]:
    return {shape_of(process.name): process.name for process in facts.read if not is_bare(process.name)}


def _counts(side: Side, renamed: Mapping[str, str]) -> Counter[str]:
    """The largest number of processes of each name in a capture of a side."""
    most: Counter[str] = Counter()
    for facts in side:
        # Processes that could not be read exist nevertheless; kernel threads and the like have no memory.
        known = [process for process in facts.processes if process.rows or process.fidelity == "none"]
        most |= Counter(renamed.get(process.name, process.name) for process in known)
    return most


def _bare_warnings(base: Counter[str], new: Counter[str]) -> list[Problem]:
    """A warning about processes known only by pid that match none of the other side."""
    found = []
    for names, here, there in ((base, "base", "new"), (new, "new", "base")):
        count = sum(times for name, times in names.items() if is_bare(name))
        if count:
            verb = (
                "is known only by its pid and resembles" if count == 1 else "are known only by their pids and resemble"
            )
            text = f"{counted(count, 'process')} of {here} {verb} no process of {there}"
            found.append(Problem(_WHERE, text, "unmatched_pid"))
    return found


def _one_sided_warnings(base: Counter[str], new: Counter[str]) -> list[Problem]:
    found = []
    for names, side in ((base, "base"), (new, "new")):
        some = sorted(name for name in names.elements() if not is_bare(name))
        if some:
            text = f"{counted(len(some), 'process')} only in {side}: {listed(some, _MOST_NAMED)}"
            found.append(Problem(_WHERE, text, f"only_in_{side}"))
    return found


def _partial_warnings(base: Side, new: Side) -> list[Problem]:
    """One warning for all processes that some captures of a side lack."""
    found = partial_processes(base, new)
    if not found:
        return []
    sizes = len(base), len(new)
    if len(found) == 1:
        text = f"{found[0].name} is missing in {found[0].words(sizes)}, where its memory counts as 0"
    else:
        names = listed([f"{one.name} ({one.words(sizes)})" for one in found], _MOST_NAMED)
        text = f"{len(found)} processes are missing in some captures, where their memory counts as 0: {names}"
    return [Problem(_WHERE, text, "missing_process")]


def _unread_warnings(base: Side, new: Side) -> list[Problem]:
    """A warning about processes that only one side could read: on the other side their memory is unknown, not 0."""
    found = []
    read = [{process.name for facts in side for process in facts.read} for side in (base, new)]
    for words, here, side, there in (("base", read[1], base, read[0]), ("new", read[0], new, read[1])):
        unread = {process.name for facts in side for process in facts.processes if process.fidelity == "none"}
        names = sorted((unread & here) - there)
        if names:
            count = counted(len(names), "process")
            text = f"{count} could not be read in {words}, so the memory there is unknown: {listed(names, _MOST_NAMED)}"
            found.append(Problem(_WHERE, text, "unread_process"))
    return found
