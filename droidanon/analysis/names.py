"""The distinct names of a capture: what rule takes each, and how much memory has it."""

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
    """Names of one beginning that no rule knows, largest first, as they were printed."""

    category: str
    names: tuple[str, ...]
    heap: str
    total_kb: int | None
    vmas: int
    apps: tuple[str, ...]

    @property
    def seen(self) -> tuple[str, ...]:
        """The names as rules see them."""
        return tuple(dict.fromkeys(seen_name(name) for name in self.names))

    @property
    def beginnings(self) -> tuple[str, ...]:
        """Texts with which these names begin as rules see them; () where one of these says nothing of who made them."""
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
    """A row for each normalised name: its rule, category, heap, sub-heap, sums of counters (kB) and VMAs, largest
    first.

    Memory without a name has a row for each rule that takes some of it. `unknown` keeps the names no rule knows.
    """
    where = _unknown(view) if unknown else ~_is(view, NOT_REPORTED)
    found = breakdown(view, _KEYS, counters=counters, where=where, top=top)
    keys = {"name": found.rows.keys["normal_name"], **{key: found.rows.keys[key] for key in _KEYS[1:]}}
    return Breakdown(
        ("name", *_KEYS[1:]), Rows(keys, found.rows.numbers, found.rows.missing), found.totals, found.warnings
    )


def unknown_names(view: View) -> list[UnknownNames]:
    """The names that no rule knows, those of one category together, largest first."""
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
