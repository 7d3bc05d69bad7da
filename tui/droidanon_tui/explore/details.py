"""The texts of the details pane about the cursor's row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from droidanon.counters import INHERITED, OWN
from droidanon.errors import DroidanonError
from droidanon.escape import escape_text
from droidanon.wording import NO_NAME, counted
from droidanon_tui.explore.address_strip import address_strip
from droidanon_tui.explore.facts import DiffFacts, IndexArray, ViewFacts
from droidanon_tui.explore.headline import headline_at, limit_facts
from droidanon_tui.explore.tree import GroupLevel
from droidanon_tui.explore.vma_level import VmaLevel
from droidanon_tui.formats import counter_title, unit_shape
from droidanon_tui.widgets.open_rows import RowPlace

_STRIP_WIDTH = 28
_FINDINGS = 3

if TYPE_CHECKING:
    from droidanon.taxonomy.rules import RuleSet


@dataclass(frozen=True, slots=True)
class Details:
    """Heading, the rule's sentences, and the row's measurements."""

    heading: str
    sentence: str = ""
    advice: str = ""
    facts: str = ""
    limits: str = ""
    """The state and the limit of an app or process."""


def row_topic(place: RowPlace) -> str | None:
    """The topic that explains a row: its name, category, heap or app; None if there is none."""
    level = place.level
    if isinstance(level, VmaLevel):
        view, at = level.vmas.at(place.row)
        return view.capture.vmas.name[at]
    if not isinstance(level, GroupLevel):
        return None
    kind, path = level.kind(place.row), level.group_path(place.row)
    return level.word(place.row) if kind == "name" else ".".join(path) if kind == "category" else path[-1]


def describe(place: RowPlace, android: int | None, counter: str, unit: str, rules: RuleSet | None = None) -> Details:
    """The details of a row of Explore's tree."""
    level = place.level
    if isinstance(level, VmaLevel):
        return _describe_vma(place, level, android, rules)
    if not isinstance(level, GroupLevel):
        return Details("")
    kind, word = level.kind(place.row), level.word(place.row)
    path = level.group_path(place.row)
    heading = (".".join if level.tree.grouping.kind(0) == "category" else " ▸ ".join)(path)
    if kind == "name":
        heading = " ▸ ".join(filter(None, [heading, word or NO_NAME]))
    sentence, advice = _explained(row_topic(place) or "", android, rules)
    facts = _measured(level, place.row, counter, unit)
    if (sure := level.significance(place.row)) is not None:
        facts = f"{sure.sentence(unit)} · {facts}"
    limits = _limits(level, path, unit) if kind in ("app", "process") else ""
    if kind == "app":
        advice = _findings(level, path[-1]) or advice
    return Details(escape_text(heading[:200]), sentence, advice, facts, limits)


def _limits(level: GroupLevel, path: Sequence[str], unit: str) -> str:
    facts = level.tree.facts
    view = facts.view if isinstance(facts, ViewFacts) else facts.new if isinstance(facts, DiffFacts) else None
    found = headline_at(view, path) if view is not None else None
    return limit_facts(found, unit) if found is not None else ""


def _findings(level: GroupLevel, app: str) -> str:
    """The first findings about an app; the rest is printed by `droidanon insights`."""
    from droidanon.report.finding_line import finding_line

    facts = level.tree.facts
    found = facts.findings.get(app, ()) if isinstance(facts, ViewFacts) else ()
    texts = [escape_text(finding_line(one)) for one in found[:_FINDINGS]]
    return "Findings: " + "; ".join([*texts, "see droidanon insights"]) if texts else ""


def _describe_vma(place: RowPlace, level: VmaLevel, android: int | None, rules: RuleSet | None) -> Details:
    name = row_topic(place) or ""
    sentence, advice = _explained(name, android, rules)
    facts = " · ".join(part for part in (level.vmas.label(place.row), level.vmas.flags(place.row)) if part)
    return Details(escape_text(name[:200] or NO_NAME), sentence, advice, escape_text(facts))


def _explained(topic: str, android: int | None, rules: RuleSet | None) -> tuple[str, str]:
    """The rule's sentence; and causes of growth and advice, in one line."""
    from droidanon.taxonomy.explain import explain

    try:
        found = explain(topic, android=android, rules=rules)
    except DroidanonError:
        return "", ""
    parts = [("Grows with: ", found.grows), ("Try: ", found.advice), ("rule ", found.rule)]
    advice = "  ".join(f"{lead}{escape_text(str(text))}" for lead, text in parts if text)
    return escape_text(found.summary), advice


def _measured(level: GroupLevel, row: int, counter: str, unit: str) -> str:
    """The number of VMAs, and the largest one by the counter."""
    rows = level.facts_of(row)
    facts = level.tree.facts
    if not isinstance(facts, ViewFacts):
        names, processes = (
            int(np.count_nonzero(np.bincount(facts.key(key).codes[rows]))) for key in ("name", "process")
        )
        changed = int(np.count_nonzero(facts.number("delta_kb")[0][rows]))
        counts = f"{counted(names, 'name')} in {counted(processes, 'process')}"
        return f"{counts} · {changed:,} of {len(rows):,} changed (a name counts once per process)"
    values, _ = facts.view.counter(counter)
    largest = facts.largest_vma(rows, counter)
    start = int(facts.view.capture.vmas.start[largest])
    amount = unit_shape(unit)(int(values[largest]))
    count = counted(int(facts.view.groups.sizes[rows].sum()), "VMA")
    line = f"{count} · largest {amount} {unit} {counter_title(counter)} at {start:x}"
    if level.kind(row) == "app" and (freed := _freed(facts, rows, unit)) is not None:
        line += f" · {freed}"
    if (shares := _shares(facts, rows, unit)) is not None:
        line += f" · {shares}"
    strip = _strip(facts, rows)
    return f"{line} · addresses {strip}" if strip else line


def _freed(facts: ViewFacts, rows: IndexArray, unit: str) -> str | None:
    """The range of RAM that killing the app frees: from USS to PSS (docs/app.md); None if either is unknown."""
    sums = []
    for name in ("uss_kb", "pss_kb"):
        if name not in facts.view.counters:
            return None
        values, missing = facts.number(name)
        if missing is not None and missing[rows].any():
            return None
        sums.append(int(values[rows].sum()))
    shape = unit_shape(unit)
    return f"a kill frees {shape(sums[0])} to {shape(max(sums))} {unit} of RAM (USS to PSS)"


def _shares(facts: ViewFacts, rows: IndexArray, unit: str) -> str | None:
    """The RSS in own and in inherited pages; None if that is unknown (yet), or nothing is inherited."""
    if INHERITED not in facts.view.counters or not facts.is_prepared:
        return None
    (inherited, unknown), (own, _) = facts.number(INHERITED), facts.number(OWN)
    if (unknown is not None and unknown[rows].any()) or not inherited[rows].any():
        return None
    shape = unit_shape(unit)
    return f"own {shape(int(own[rows].sum()))}, inherited {shape(int(inherited[rows].sum()))} {unit} of RSS"


def _strip(facts: ViewFacts, rows: IndexArray) -> str:
    """The places of the VMAs in their process's addresses; empty if they belong to several processes."""
    vmas, firsts = facts.view.capture.vmas, facts.view.groups.firsts
    first, last = int(vmas.process[firsts[rows[0]]]), int(vmas.process[firsts[rows[-1]]])  # both ascend
    if first != last:
        return ""
    return address_strip(vmas, np.arange(*vmas.bounds_of(first)), facts.vma_index(rows), _STRIP_WIDTH)
