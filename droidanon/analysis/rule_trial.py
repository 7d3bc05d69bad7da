"""Tests users' rules: whether they match their examples, and which VMAs of a capture they match."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from droidanon.analysis.view import View
from droidanon.model import Capture
from droidanon.taxonomy.classify import classify_names
from droidanon.taxonomy.rules import RuleSet


@dataclass(frozen=True, slots=True)
class RuleMatches:
    """The VMAs that a rule matches in a capture. `instead_of`: their categories without users' rules."""

    vmas: int
    names: int
    total_kb: int | None
    instead_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleTrial:
    """One rule: its examples, their errors, and its matches (None: no capture was given)."""

    rule: str
    category: str
    place: str
    examples: int
    failures: tuple[str, ...]
    matches: RuleMatches | None = None


def try_rules(rules: RuleSet, capture: Capture | None = None) -> list[RuleTrial]:
    """Test each rule in a set that comes from a user's file."""
    matches = _matches(rules, capture) if capture is not None else {}
    return [
        RuleTrial(
            rule.id,
            rule.category,
            rules.places[rule.id],
            len(rules.texts[rule.id].examples),
            _failures(rules, rule.id),
            matches.get(rule.id),
        )
        for rule in rules.rules
        if rule.id in rules.places
    ]


def _failures(rules: RuleSet, rule: str) -> tuple[str, ...]:
    found = classify_names(rules.texts[rule].examples, rules=rules)
    return tuple(
        f"example {one.name!r} matches "
        + (f"the rule {one.rule!r} before it" if one.rule in rules.places else f"no rule of the file, but {one.rule!r}")
        for one in found
        if one.rule != rule
    )


def _matches(rules: RuleSet, capture: Capture) -> dict[str, RuleMatches]:
    view, plain = View(capture, rules=rules), View(capture)
    mine, before = view.classification.rule, plain.classification.category
    names = capture.vmas.name.codes
    counter = next((name for name in ("total_pss_kb", "pss_kb", "rss_kb") if name in view.counters), None)
    values = view.counter(counter)[0] if counter else None
    found = {}
    for rule in rules.places:
        rows = (
            np.flatnonzero((mine.codes == mine.values.index(rule)) & view.counted)
            if rule in mine.values
            else np.zeros(0, int)
        )
        found[rule] = RuleMatches(
            len(rows),
            len(np.unique(names[rows])),
            None if values is None else int(values[rows].sum()),
            tuple(sorted(before.values[code] for code in np.unique(before.codes[rows]))),
        )
    return found
