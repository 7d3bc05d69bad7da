"""Checks that names keep their meaning: the heap in every release, category, and effect on unnamed neighbours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from droidanon.taxonomy.classify import UNKNOWN_RULE, classify_names, unknown_category
from droidanon.taxonomy.heaps import LIBRARY_HEAP
from droidanon.taxonomy.unnamed import name_facts

_RELEASES = (9, 10, 11, 15, 16, 17)
"""One release for each distinct set of heap rules (taxonomy/heaps.toml)."""
_Meaning = tuple[object, ...]


class SameClass:
    """Compares the meaning of names before and after redaction; `hashed_word` gives the replacement of a word."""

    def __init__(self, hashed_word: Callable[[str], str]) -> None:
        self._hashed_word = hashed_word

    def check(self, names: Sequence[str], redacted: Sequence[str]) -> list[bool]:
        """Which names have the same meaning after redaction."""
        changed = [place for place, name in enumerate(names) if name != redacted[place]]
        before = _meanings([names[place] for place in changed])
        after = _meanings([redacted[place] for place in changed])
        found = [True] * len(names)
        for place, old, new in zip(changed, before, after, strict=True):
            found[place] = old == new and self._same_word(names[place], redacted[place], old)
        return found

    def _same_word(self, name: str, redacted: str, meaning: _Meaning) -> bool:
        """Whether a name without a rule, whose category is its first word, keeps that word or has its replacement."""
        if meaning[0] != UNKNOWN_RULE:
            return True
        old, new = unknown_word(name), unknown_word(redacted)
        return new in (old, self._hashed_word(old)) if old else not new


def unknown_word(name: str) -> str:
    """The word that gives a name without a rule its category."""
    return unknown_category(name).partition(".")[2]


def _meanings(names: Sequence[str]) -> list[_Meaning]:
    if not names:
        return []
    by_release = [classify_names(names, android=release) for release in _RELEASES]
    libraries = [found.heap == LIBRARY_HEAP for found in by_release[-1]]
    facts = name_facts(names, libraries)
    masks = [facts.nameless, facts.programs, facts.stack_guards, facts.named_stacks, *facts.evidence.values()]
    return [
        (
            found[0].rule,
            "" if found[0].rule == UNKNOWN_RULE else found[0].category,
            tuple((one.heap, one.sub_heap, one.swappable) for one in found),
            tuple(bool(mask[place]) for mask in masks),
        )
        for place, found in enumerate(zip(*by_release, strict=True))
    ]
