"""Which texts of a capture are kept, hashed or dropped: ordered rules, of which the first match counts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from droidanon.errors import InputError
from droidanon.globs import glob_pattern
from droidanon.taxonomy.toml import Location, TomlFile

Action = Literal["keep", "hash", "drop"]
ACTIONS: tuple[Action, ...] = ("keep", "hash", "drop")
KINDS = (
    "package",
    "process",
    "path",
    "file",
    "memory",
    "serial",
    "model",
    "build",
    "version",
    "label",
    "source",
    "word",
    "text",
    "uid",
)
"""The kinds of texts that rules apply to (docs/share.md)."""
DEFAULT_POLICY = Path(__file__).parent / "policy.toml"


@dataclass(frozen=True, slots=True)
class ShareRule:
    """One rule; `pattern` must match the whole text."""

    pattern: re.Pattern[str]
    action: Action
    own: bool
    """Whether the rule is built in."""


class Policy:
    """The rules of the user's files, followed by the built-in ones."""

    def __init__(self, rules: Mapping[str, Sequence[ShareRule]]) -> None:
        self._rules = rules

    def find(self, kind: str, text: str) -> ShareRule:
        """The first rule of a kind that matches a text; the built-in ones match every text."""
        return next(rule for rule in self._rules[kind] if rule.pattern.fullmatch(text))


def load_policy(extra: Sequence[Path] = ()) -> Policy:
    """Load the rules of the `extra` files, in order, followed by the built-in ones.

    Raises:
        InputError: a file cannot be read or has a mistake; the message names the file and the line.
    """
    rules: dict[str, list[ShareRule]] = {kind: [] for kind in KINDS}
    for path in (*extra, DEFAULT_POLICY):
        for place, entry in TomlFile(path).entries(("rule",))["rule"]:
            _check_keys(entry, place)
            action = _action(entry, place)
            for kind in _kinds(entry, place, action):
                rules[kind].append(ShareRule(_pattern(entry, place), action, path == DEFAULT_POLICY))
    return Policy(rules)


def _check_keys(entry: Mapping[str, Any], place: Location) -> None:
    for key in entry:
        if key not in ("of", "match", "action"):
            raise InputError(f"{place.at(key)}: unknown key {key!r}; allowed: of, match, action")


def _action(entry: Mapping[str, Any], place: Location) -> Action:
    if entry.get("action") not in ACTIONS:
        raise InputError(f"{place.at('action')}: action must be one of {', '.join(ACTIONS)}")
    return cast(Action, entry["action"])


def _kinds(entry: Mapping[str, Any], place: Location, action: Action) -> list[str]:
    kinds = _texts(entry, "of", place)
    for kind in kinds:
        if kind not in KINDS:
            raise InputError(f"{place.at('of')}: unknown kind {kind!r}; choose from {', '.join(KINDS)}")
        if kind == "uid" and (action == "hash" or "match" in entry):
            raise InputError(f"{place.at('action')}: uids are kept or dropped, all of them")
    return kinds


def _pattern(entry: Mapping[str, Any], place: Location) -> re.Pattern[str]:
    texts = _texts(entry, "match", place) if "match" in entry else ["*"]
    return re.compile("|".join(glob_pattern(text).pattern for text in texts), re.DOTALL)


def _texts(entry: Mapping[str, Any], key: str, place: Location) -> list[str]:
    value = entry.get(key)
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise InputError(f"{place.at(key)}: {key} must be a text or a list of texts, none of them empty")
    return texts
