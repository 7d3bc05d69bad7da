"""Sentences and sections shared by the pages of comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from droidanon.analysis.sides import JUDGED
from droidanon.html_report.capture_origin import place_text, rules_text, source_text
from droidanon.html_report.figures.parts import FigureDict, kb, signed_kb
from droidanon.html_report.origins import CaptureOrigin, largest_share
from droidanon.html_report.page import FactList, Figure, HeadlineNumber, PageSection, Prose, Tone
from droidanon.model import Problem
from droidanon.report.families import headline_titles
from droidanon.rows import Rows
from droidanon.version import __version__
from droidanon.wording import NO_NAME, listed

_MOST_PLACES = 3


def headline_numbers(
    headline: Rows, number: str, origins: Sequence[CaptureOrigin], per: str = ""
) -> list[HeadlineNumber]:
    """One number per headline counter: `number` is its change (kB, or kB per unit), with both ends below it.

    anon + swap comes first and only once: the judged number if known. `origins`: captures with shares of the limit.
    """
    titled = headline_titles(headline)
    ends = ("first_kb", "last_kb") if "first_kb" in headline.numbers else ("base_kb", "new_kb")
    found: list[HeadlineNumber] = []
    names = list(headline.keys["counter"])
    for row, name in enumerate(names):
        if name == "anon_swap_kb" and JUDGED in names:
            continue
        first, last = (headline.number(end, row) for end in ends)
        detail = f"{kb(first)} → {kb(last)}{_percent(first, last)}"
        share, limit = None, ""
        if name in (JUDGED, "anon_swap_kb") and (largest := largest_share(origins)) is not None:
            share, limit = largest[0], f"; {largest[1]}"
        title = str(titled.keys["counter"][row])
        value = signed_kb(headline.number(number, row)) + (f" per {per}" if per else "")
        tone: Tone = "bad" if (share or 0) > 1 else ""
        found.append(HeadlineNumber(title, value, detail + limit, tone, share))
    return found


def figure_section(title: str, figure: FigureDict, summary: str, note: str = "") -> Figure:
    """A figure of this package as a section of the page."""
    return Figure(title, figure["data"], figure["layout"], summary, note)


def source_name(source: str) -> str:
    """A source as used in a title."""
    return source_text(source).removesuffix(".parquet")


def row_name(rows: Rows, by: Sequence[str], row: int) -> str:
    """The keys of a row as one text."""
    return " · ".join(str(rows.keys[key][row]) or NO_NAME for key in by)


def number_or_none(value: object) -> float | None:
    """A number of a total; None if unknown."""
    return float(value) if isinstance(value, int | float) else None


def _percent(first: float | None, last: float | None) -> str:
    return "" if not first or last is None else f" ({100 * (last - first) / first:+.1f} %)"


def minus_signs(text: str) -> str:
    """The text with typographic minus signs before numbers, as in tables."""
    return re.sub(r"(?<![\w.])-(?=\d)", "−", text)


def verdict_tone(verdict: object) -> Tone:
    """The emphasis of a verdict about memory; more memory is bad."""
    if verdict in ("higher", "grows"):
        return "bad"
    return "good" if verdict in ("lower", "shrinks") else ""


def interval_words(numbers: Mapping[str, Any], unit: str = "kB") -> str:
    """`95 % interval −10 kB to +200 kB`; empty if unknown."""
    low, high = numbers.get("low_kb"), numbers.get("high_kb")
    if low is None or high is None:
        return ""
    return f"95 % interval {signed_kb(low).replace('kB', unit)} to {signed_kb(high).replace('kB', unit)}"


def caveats(problems: Iterable[Problem], warnings: Iterable[Problem], notes: Iterable[Problem]) -> list[PageSection]:
    """Problems, reasons to doubt the result, and assumptions; a message about many places is shown once."""
    found: list[PageSection] = []
    for title, some in (("Problems", problems), ("Caveats", warnings), ("Notes", notes)):
        places: dict[str, list[str]] = {}
        for one in some:
            places.setdefault(one.message, []).append(place_text(one.where))
        items = [
            f"{listed(where, _MOST_PLACES)}: {message}" if where[0] else message for message, where in places.items()
        ]
        if items:
            found.append(Prose(title, items=items))
    return found


def made_facts(facts: Sequence[tuple[str, object]], rules: Mapping[str, Any] | None = None) -> FactList:
    """How a result was made: the known ones of the given facts, and the versions of the rules and droidanon."""
    known = [(label, str(value)) for label, value in facts if value not in ("", None)]
    of_rules = [("Rules", rules_text(rules))] if rules is not None else []
    return FactList("How this was made", [*known, *of_rules, ("Page made by", f"droidanon {__version__}")])
