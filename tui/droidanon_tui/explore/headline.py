"""Anon + swap, total PSS and the share of Google Play's limit, of an app, a process or all of a capture."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.headline import Headline, headline_of
from droidanon.analysis.limits.states import PlayState
from droidanon.escape import escape_text
from droidanon_tui.explore.facts import process_titles
from droidanon_tui.explore.sides import Side
from droidanon_tui.formats import unit_shape
from droidanon_tui.widgets.fit import SEPARATOR

if TYPE_CHECKING:
    from droidanon.analysis.view import View


_known: WeakKeyDictionary[View, dict[tuple[str, ...], Headline | None]] = WeakKeyDictionary()
"""The headlines of a capture by path: those of a whole phone take a tenth of a second."""


def headline_at(view: View, path: Sequence[str]) -> Headline | None:
    """The headline of an app, of one of its processes (name or title), or of all (no path); None if there is none."""
    known, place = _known.setdefault(view, {}), tuple(path)
    if place not in known:
        known[place] = _find_headline(view, place)
    return known[place]


def _find_headline(view: View, path: Sequence[str]) -> Headline | None:
    titles = process_titles(view)
    places = [
        place
        for place, process in enumerate(view.capture.processes)
        if not process.reference
        and (process.rows or process.status_kb)
        and (not path or process.app == path[0])
        and (len(path) < 2 or path[1] in (titles[place], process.name))
    ]
    return headline_of(view, places, path[0] if path else "") if places else None


def headline_line(side: Side, path: Sequence[str], unit: str) -> str:
    """The line of a capture, or of replicates by their means."""
    found = _of_side(side, path)
    if not found:
        return ""
    facts = [_fact("anon+swap", _mean(found, "anon_swap_kb"), unit) + "".join(f" ({each})" for each in _basis(found))]
    facts.append(_fact("total PSS", _mean(found, "total_pss_kb"), unit))
    return SEPARATOR.join([*facts, *_share(found[0])])


def diff_line(base: Side, new: Side, path: Sequence[str], unit: str) -> str:
    """The line of a diff: each number on both sides, and its change."""
    sides = _of_side(base, path), _of_side(new, path)
    if not any(sides):
        return ""
    facts = []
    for title, name in (("anon+swap", "anon_swap_kb"), ("total PSS", "total_pss_kb")):
        before, after = (_mean(side, name) for side in sides)
        shape, signed = unit_shape(unit), unit_shape(unit, signed=True)
        notes = [] if before is None or after is None else [signed(after - before)]
        notes += _basis([*sides[0], *sides[1]]) if name == "anon_swap_kb" else []
        facts.append(f"{title} {shape(before)} → {shape(after)} {unit}" + (f" ({', '.join(notes)})" if notes else ""))
    return SEPARATOR.join([*facts, *(_share(sides[1][0]) if sides[1] else ())])


def limit_facts(found: Headline, unit: str) -> str:
    """State, number, threshold and headroom of the process that is nearest to its limit, else of the largest; '' if
    there is no limit."""
    use = found.nearest or next(iter(found.uses), None)
    if use is None or use.anon_swap_kb is None:
        return ""
    shape = unit_shape(unit)
    whose = f"{escape_text(use.process.name[:60])}: " if found.processes > 1 else ""
    facts = [
        f"{whose}{use.state or 'state unknown'}",
        f"anon+swap {shape(use.anon_swap_kb)} {unit}" + (f" ({use.basis})" if use.basis == Basis.UPPER_BOUND else ""),
    ]
    headroom = use.play_headroom_kb
    if headroom is None:
        threshold = "no threshold of Play" if use.state == PlayState.CACHED else "Play's threshold unknown"
        return SEPARATOR.join([*facts, threshold])
    facts.append(f"{_percent(use.play_share)} of Play's threshold {shape(use.play_kb)}")
    facts.append(f"headroom {shape(headroom)}" if headroom >= 0 else f"{shape(-headroom)} above it")
    return SEPARATOR.join(facts)


def _of_side(side: Side, path: Sequence[str]) -> list[Headline]:
    return [found for view in side.views if (found := headline_at(view, path)) is not None]


def _mean(found: Sequence[Headline], name: str) -> int | None:
    """None if one of them is unknown."""
    values = [getattr(one, name) for one in found]
    return round(fmean(values)) if values and None not in values else None


def _fact(title: str, kb: int | None, unit: str) -> str:
    return f"{title} unknown" if kb is None else f"{title} {unit_shape(unit)(kb)} {unit}"


def _basis(found: Sequence[Headline]) -> list[str]:
    """A note if the number is not the one that Google Play uses, on any side."""
    return [Basis.UPPER_BOUND] if any(one.basis == Basis.UPPER_BOUND for one in found) else []


def _share(found: Headline) -> list[str]:
    use = found.nearest
    if use is None:
        return []
    whose = f"{escape_text(use.process.name[:60])}, " if found.processes > 1 else ""
    above = ", above it" if (use.play_share or 0) > 1 else ""
    return [f"{_percent(use.play_share)} of Play's limit ({whose}{use.state}{above})"]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"
