"""Records what was done with each text, as the basis of the report and of the scan for secrets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from droidanon.share.policy import Action
from droidanon.share.vocabulary import platform_words

SHORTEST = 4
"""The minimum length of a secret that a scan can search for; shorter ones occur in any file."""
_WORD = re.compile(r"[^\W_]+")


class Fate(NamedTuple):
    """What was done with a text."""

    action: Action
    result: str
    parts: bool = False
    """Whether its parts were redacted one by one, so that not each of its words is secret."""


class Secrets(NamedTuple):
    """Texts that must not be in the output: `whole` ones unchanged, and the `words` in them."""

    whole: frozenset[str]
    words: frozenset[str]


class Ledger:
    """All texts with their actions, and the data dropped because it cannot be redacted."""

    def __init__(self) -> None:
        self.fates: dict[str, dict[str, Fate]] = {}
        """By kind and text."""
        self.losses: Counter[str] = Counter()
        """How many values of each sort were dropped because their text cannot be redacted."""
        self._platform: set[str] = set()
        self._public: set[str] = set()

    def note(self, kind: str, text: str, fate: Fate, *, own: bool = True) -> str:
        """Record a text and return its replacement; `own`: a built-in rule kept it."""
        self.fates.setdefault(kind, {})[text] = fate
        if fate.action == "keep":
            (self._platform if own else self._public).add(text)
        return fate.result

    def lose(self, sort: str, text: str = "") -> None:
        """Record that something was dropped; its text is a secret."""
        self.losses[sort] += 1
        if text:
            self.fates.setdefault("text", {})[text] = Fate("drop", "")

    def public(self) -> tuple[str, str]:
        """The texts that stay readable by built-in rules, and those by the user's."""
        return "\n".join(sorted(self._platform | platform_words())), "\n".join(sorted(self._public))

    def secrets(self) -> Secrets:
        """Every text that was hashed or dropped, and its words, except the platform's words and short texts."""
        hidden = [
            (text, fate) for fates in self.fates.values() for text, fate in fates.items() if fate.action != "keep"
        ]
        texts = {text for text, _fate in hidden}
        words = {word for text, fate in hidden if not fate.parts for word in _words(text)}
        known = {word.lower() for word in platform_words()}
        whole = {text for text in texts if len(text) >= SHORTEST and not _plain(text, known)}
        return Secrets(frozenset(whole), frozenset(word for word in words if not _plain(word, known)))

    def counts(self) -> Iterator[tuple[str, Action, int]]:
        """How many distinct texts of each kind were kept, hashed and dropped."""
        for kind in sorted(self.fates):
            count = Counter(fate.action for fate in self.fates[kind].values())
            for action in sorted(count):
                yield kind, action, count[action]


def _words(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        if len(match[0]) >= SHORTEST:
            yield match[0]


def _plain(text: str, known: set[str]) -> bool:
    """Whether a text consists of the platform's words and short numbers."""
    return all(word.lower() in known or (word.isdigit() and len(word) < 6) for word in _WORD.findall(text))
