"""Doubts about a comparison: what else differs between the sides than what was to be compared."""

from __future__ import annotations

from collections import Counter

from droidanon.analysis.view import View
from droidanon.model import Capture, Problem

_FACTS = {
    "model": "device model",
    "build": "build",
    "android": "Android release",
    "kernel": "kernel",
    "page_size": "page size",
    "abi": "ABI",
}
_MAX_NAMED = 5
_MUCH_SWAP_KB = 16 * 1024


def comparison_warnings(base: View, new: View, *, single: bool) -> tuple[Problem, ...]:
    """One warning for each difference that makes a delta doubtful; `single`: both sides are one process."""
    first, second = base.capture, new.capture
    found: list[Problem] = []
    for key, words in _FACTS.items():
        one, two = first.device.get(key), second.device.get(key)
        if one is not None and two is not None and one != two:
            found.append(Problem(words, f"differs: {one} against {two}"))
    if first.access and second.access and first.access != second.access:
        found.append(
            Problem("access", f"differs: {first.access} against {second.access}, so other processes could be read")
        )
    fidelity = [sorted({p.fidelity for p in side.processes if p.rows}) for side in (first, second)]
    if all(fidelity) and fidelity[0] != fidelity[1]:
        found.append(Problem("fidelity", f"differs: {', '.join(fidelity[0])} against {', '.join(fidelity[1])}"))
    if not single:
        found += _process_warnings(first, second)
    swap = [side.system.get("swap_used_kb") for side in (first, second)]
    if swap[0] is not None and swap[1] is not None and abs(swap[0] - swap[1]) > _MUCH_SWAP_KB:
        found.append(
            Problem("swap", f"the system's use of swap differs by {abs(swap[1] - swap[0]):,} kB between the sides")
        )
    for side, view in (("base", base), ("new", new)):
        found += [Problem(f"{side} {warning.where}", warning.message) for warning in view.warnings]
    if any(problem for problem in (*first.problems, *second.problems)):
        found.append(Problem("problems", "not everything could be read; `droidanon info` tells what"))
    return tuple(found)


def _process_warnings(base: Capture, new: Capture) -> list[Problem]:
    sets = [Counter(process.name for process in side.processes if not process.companion) for side in (base, new)]
    found = []
    for words, extra in (("only in base", sets[0] - sets[1]), ("only in new", sets[1] - sets[0])):
        names = sorted(extra.elements())
        if names:
            shown = ", ".join(names[:_MAX_NAMED]) + (
                f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
            )
            found.append(Problem("process set", f"{len(names)} {words}: {shown}"))
    return found
