"""The full texts of Explore: everything about a row, and all warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from droidanon.errors import DroidanonError
from droidanon.escape import escape_text
from droidanon_tui.explore.details import row_topic
from droidanon_tui.explore.facts import ViewFacts
from droidanon_tui.explore.rows import ANONYMOUS, USUAL_COUNTERS
from droidanon_tui.explore.state import ExploreState
from droidanon_tui.explore.tree import PERCENT, GroupLevel
from droidanon_tui.explore.vma_level import VmaLevel
from droidanon_tui.explore.vma_text import vma_sections
from droidanon_tui.formats import counter_title, format_percent, unit_shape
from droidanon_tui.widgets.open_rows import RowPlace
from droidanon_tui.widgets.text_sections import TextSection

if TYPE_CHECKING:
    from droidanon.taxonomy.explain import Explanation

_SUMMED = ("rss_kb", "swap_kb", "anon_swap_kb", "private_dirty_kb", "size_kb")
"""Counters of a group next to the usual ones."""


def explanation(state: ExploreState, place: RowPlace) -> tuple[str, list[TextSection]]:
    """A title and the sections about a row."""
    details = state.describe(place)
    level = place.level
    sections = [_meaning(state, place)]
    measured = [("", text) for text in (details.limits, details.facts) if text]
    if isinstance(level, VmaLevel):
        view, at = level.vmas.at(place.row)
        sections = [*vma_sections(view, at, state.unit), *sections]
    elif isinstance(level, GroupLevel):
        sections += [TextSection("Numbers", [*measured, *_numbers(state, level, place.row)])]
        sections += [_findings(level, place.row)]
    return details.heading or "Row", [section for section in sections if section.lines]


def _meaning(state: ExploreState, place: RowPlace) -> TextSection:
    """Purpose, growth, advice and rule of a name, category or heap."""
    from droidanon.taxonomy.explain import explain

    topic = row_topic(place)
    try:
        found = (
            explain(topic, android=state.side.view.android, rules=state.side.view.rules) if topic is not None else None
        )
    except DroidanonError:
        found = None
    return TextSection("Meaning", [] if found is None else _explained(found))


def _explained(found: Explanation) -> list[tuple[str, str]]:
    lines = [
        ("", found.summary),
        ("grows with", found.grows),
        ("try", found.advice),
        ("category", found.category),
        ("heap", " ▸ ".join(filter(None, [found.heap, found.sub_heap]))),
        ("rule", found.rule or ""),
        *(("note", note) for note in found.notes),
        ("source", found.source),
    ]
    return [(name, escape_text(text)) for name, text in lines if text]


def _numbers(state: ExploreState, level: GroupLevel, row: int) -> list[tuple[str, str]]:
    """A group's sums: the usual counters, or both sides of a diff."""
    shape = unit_shape(state.unit)
    if state.diff is not None:
        signed = unit_shape(state.unit, signed=True)
        counter = counter_title(state.counter)
        base, new, delta = (level.number(name, row) for name in ("base_kb", "new_kb", "delta_kb"))
        return [
            (f"{counter}, base", f"{shape(base)} {state.unit}"),
            (f"{counter}, new", f"{shape(new)} {state.unit}"),
            ("delta", f"{signed(delta)} {state.unit} ({format_percent(level.number(PERCENT, row))})"),
        ]
    wanted = dict.fromkeys((state.counter, *state.other_counters(), *USUAL_COUNTERS, ANONYMOUS, *_SUMMED))
    shown = [name for name in wanted if name in state.counters]
    texts = [shape(level.number(name, row)) for name in shown]
    width = max(map(len, texts), default=0)
    return [(counter_title(name), f"{text:>{width}} {state.unit}") for name, text in zip(shown, texts, strict=True)]


def _findings(level: GroupLevel, row: int) -> TextSection:
    """All findings about an app."""
    from droidanon.report.finding_line import finding_line

    facts = level.tree.facts
    found = facts.findings.get(level.word(row), ()) if isinstance(facts, ViewFacts) and level.kind(row) == "app" else ()
    return TextSection("Findings", [("", escape_text(finding_line(one))) for one in found])


def warning_sections(state: ExploreState) -> list[TextSection]:
    """All warnings of the capture or the diff, and the problems of its captures."""
    sections = [TextSection("Warnings", [("", text) for text in state.warnings()])]
    sides = [state.side, *state.side.more]
    if state.diff is not None:
        sides += [state.diff.base, *state.diff.base.more]
    for side in sides:
        problems = [("", escape_text(str(problem))) for problem in side.capture.problems]
        sections.append(TextSection(f"Problems of {side.title}", problems))
    return [section for section in sections if section.lines]
