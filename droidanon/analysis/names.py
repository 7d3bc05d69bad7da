"""The distinct names of a capture, with their rules and their memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from droidanon.analysis.breakdown import Breakdown, breakdown
from droidanon.analysis.view import View
from droidanon.columns import BoolArray
from droidanon.model import NOT_REPORTED
from droidanon.rows import Rows
from droidanon.taxonomy.classify import ANONYMOUS, UNKNOWN_RULE, WORD, seen_name

_KEYS = ("normal_name", "rule", "category", "heap", "sub_heap")


@dataclass(frozen=True, slots=True)
class UnknownNames:
    """Names with a common prefix that match no rule, largest first, as printed."""

    category: str
    names: tuple[str, ...]
    heap: str
    total_kb: int | None
    vmas: int
    apps: tuple[str, ...]

    @property
    def seen(self) -> tuple[str, ...]:
        """The names as rules see them (normalised)."""
        return tuple(dict.fromkeys(seen_name(name) for name in self.names))

    @property
    def beginnings(self) -> tuple[str, ...]:
        """The common prefixes of these names as rules see them; () if they do not indicate who allocated the memory."""
        found = []
        for anonymous in (True, False):
            names = [name for name in self.seen if name.startswith(ANONYMOUS) == anonymous]
            if names:
                pairs = zip(min(names), max(names), strict=False)
                found.append("".join(first for first, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)))
        return tuple(found) if all(WORD.search(one.removeprefix(ANONYMOUS)) for one in found) else ()


def name_rows(
    view: View, *, unknown: bool = False, counters: Sequence[str] | None = None, top: int | None = None
) -> Breakdown:
    """One row per normalised name: its rule, category, heap, sub-heap, sums of counters (kB) and VMAs, largest
    first.

    Memory without a name has one row per rule that matches some of it. `unknown` keeps the names that match no rule.
    """
    where = _unknown(view) if unknown else ~_is(view, NOT_REPORTED)
    found = breakdown(view, _KEYS, counters=counters, where=where, top=top)
    keys = {"name": found.rows.keys["normal_name"], **{key: found.rows.keys[key] for key in _KEYS[1:]}}
    return Breakdown(
        ("name", *_KEYS[1:]), Rows(keys, found.rows.numbers, found.rows.missing), found.totals, found.warnings
    )


def unknown_names(view: View) -> list[UnknownNames]:
    """The names that match no rule, grouped by category, largest first."""
    where = _unknown(view)
    counter = next((name for name in ("total_pss_kb", "pss_kb", "rss_kb", "size_kb") if name in view.counters), None)
    counters = (counter,) if counter else ()
    found = []
    groups = breakdown(view, ("category",), counters=counters, where=where).rows
    names = breakdown(view, ("category", "name", "heap"), counters=counters, where=where).rows
    apps = breakdown(view, ("category", "app"), counters=counters, where=where).rows
    for row, category in enumerate(groups.keys["category"]):
        mine = [at for at, value in enumerate(names.keys["category"]) if value == category]
        found.append(
            UnknownNames(
                str(category),
                tuple(str(names.keys["name"][at]) for at in mine),
                str(names.keys["heap"][mine[0]]),
                int(groups.numbers[counter][row]) if counter else None,
                int(groups.numbers["vmas"][row]),
                tuple(
                    str(app)
                    for value, app in zip(apps.keys["category"], apps.keys["app"], strict=True)
                    if value == category
                ),
            )
        )
    return found


def _unknown(view: View) -> BoolArray:
    return _is(view, UNKNOWN_RULE)


def _is(view: View, rule: str) -> BoolArray:
    return view.classification.rule.matches(lambda value: value == rule)
