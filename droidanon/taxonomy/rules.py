"""Rules of both tables and of users' own files, read from TOML and checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from droidanon.errors import InputError
from droidanon.taxonomy.matcher import KINDS, Pattern, compile_regex
from droidanon.taxonomy.toml import Location, TomlFile
from droidanon.taxonomy.unnamed import CONDITIONS

TOP_CATEGORIES = (
    "java",
    "native",
    "stack",
    "code",
    "graphics",
    "files",
    "webview",
    "runtime",
    "kernel",
    "unnamed",
    "unknown",
)
"""The first word of every category."""

SURE = ("certain", "likely", "guess")
"""The degrees of certainty of a rule for VMAs without a name."""

TEXT_KEYS = ("summary", "grows", "advice", "source", "since")

BUDGET = "budget"
"""The table of a rule file that is about limits of memory (`analysis.budgets`)."""

DIGEST_LENGTH = 12

_FOLDER = Path(__file__).parent
_CATEGORY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class RuleTexts:
    """The explanation of a rule or a category; `examples` are names that a rule matches."""

    summary: str = ""
    grows: str = ""
    advice: str = ""
    source: str = ""
    since: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of names and the category of names that match it."""

    id: str
    category: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class UnnamedRule:
    """The category of VMAs without a name that meet a condition, and its certainty (one of SURE)."""

    id: str
    category: str
    when: str
    sure: str


@dataclass(frozen=True, slots=True)
class HeapRule:
    """A pattern of names and the heap in which the platform counts them, in the releases `since` to `until`."""

    id: str
    heap: str
    sub_heap: str
    swappable: bool
    pattern: Pattern
    since: int | None = None
    until: int | None = None

    def holds_in(self, android: int) -> bool:
        """Whether a release has this rule."""
        return (self.since is None or self.since <= android) and (self.until is None or android <= self.until)


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """Category rules in the order in which they are tried; `texts` explains the rules of users' own files, by rule id.

    `version` counts changes of droidanon's own rules. `digest` covers every file of this set: two sets with equal
    digests give every name the same category.
    """

    rules: tuple[Rule, ...]
    aliases: tuple[tuple[str, str], ...]
    """Beginnings of names, and their replacements in the names that rules see."""
    unnamed: tuple[UnnamedRule, ...]
    texts: Mapping[str, RuleTexts]
    version: int
    digest: str
    files: tuple[Path, ...] = ()
    """Users' own files, in their order of precedence."""
    places: Mapping[str, str] = field(default_factory=dict)
    """The location of each rule of a user's file: `FILE:LINE: rule 'ID'`."""

    def identity(self) -> dict[str, Any]:
        """The description of these rules in derived output."""
        return {"version": self.version, "digest": self.digest, "files": [str(path) for path in self.files]}


def load_rules(extra: Sequence[Path] = ()) -> RuleSet:
    """The rules of `extra` files, in their order, followed by droidanon's own.

    A rule of an earlier file replaces a rule with the same id in a later file.

    Raises:
        InputError: a file cannot be read or has a mistake; the message names the file, the line and the rule.
    """
    own = _own_rules()
    if not extra:
        return own
    rules: list[Rule] = []
    texts: dict[str, RuleTexts] = {}
    places: dict[str, str] = {}
    digest = hashlib.sha256(own.digest.encode())
    taken = {rule.id for rule in own.rules} | {rule.id for rule in own.unnamed}
    for path in extra:
        file = TomlFile(path)
        budget = file.table.pop(BUDGET, None)
        # A budget in the same file changes no category.
        digest.update(file.raw if budget is None else repr(file.table).encode())
        here: set[str] = set()
        for place, entry in file.entries(("rule",))["rule"]:
            rule = _rule(entry, place, (*TEXT_KEYS, "examples"))
            if rule.id in taken or rule.id in here:
                raise InputError(f"{place.at('id')}: another rule has this id")
            here.add(rule.id)
            if rule.id not in texts:
                rules.append(rule)
                texts[rule.id] = parse_texts({"source": str(path), **entry}, place)
                places[rule.id] = place.at()
    return RuleSet(
        (*rules, *own.rules),
        own.aliases,
        own.unnamed,
        texts,
        own.version,
        digest.hexdigest()[:DIGEST_LENGTH],
        tuple(extra),
        places,
    )


@cache
def _own_rules() -> RuleSet:
    file = TomlFile(_FOLDER / "android.toml")
    version = file.table.pop("version")
    found = file.entries(("alias", "rule", "unnamed"))
    rules = tuple(_rule(entry, place) for place, entry in found["rule"])
    unnamed = []
    for place, entry in found["unnamed"]:
        _check_id(entry, place)
        _check_keys(entry, ("id", "category", "when", "sure"), place)
        for key, known in (("when", CONDITIONS), ("sure", SURE)):
            if entry.get(key) not in known:
                raise InputError(f"{place.at(key)}: {key} must be one of {', '.join(known)}")
        unnamed.append(UnnamedRule(entry["id"], _category(entry, place), entry["when"], entry["sure"]))
    seen: set[str] = set()
    for id_ in [rule.id for rule in rules] + [rule.id for rule in unnamed]:
        if id_ in seen:
            raise InputError(f"{file.path}: rule {id_!r}: two rules have this id")
        seen.add(id_)
    aliases = tuple((entry["prefix"], entry["as"]) for _, entry in found["alias"])
    digest = hashlib.sha256(file.raw + (_FOLDER / "heaps.toml").read_bytes()).hexdigest()[:DIGEST_LENGTH]
    return RuleSet(rules, aliases, tuple(unnamed), {}, version, digest)


@cache
def load_heap_rules() -> tuple[tuple[HeapRule, ...], Mapping[str, Any]]:
    """The platform's rules of all releases, in order, and the table `names` (how to prepare a name for them)."""
    file = TomlFile(_FOLDER / "heaps.toml")
    names = file.table.pop("names")
    rules = []
    for place, entry in file.entries(("rule",))["rule"]:
        _check_id(entry, place)
        _check_keys(entry, ("id", "heap", "sub_heap", "swappable", "since", "until", *KINDS), place)
        rules.append(
            HeapRule(
                entry["id"],
                entry["heap"],
                entry.get("sub_heap", ""),
                entry.get("swappable", False),
                _pattern(entry, place),
                entry.get("since"),
                entry.get("until"),
            )
        )
    return tuple(rules), names


def read_table(file: str) -> dict[str, Any]:
    """The values of a TOML file in this package."""
    return TomlFile(_FOLDER / file).table


def has_rules(path: Path) -> bool:
    """Whether a file is more than a budget; InputError if it is not TOML."""
    return set(TomlFile(path).table) != {BUDGET}


def parse_texts(entry: Mapping[str, Any], place: Location) -> RuleTexts:
    """The texts of an entry; InputError if one of them is not text."""
    for key in TEXT_KEYS:
        if not isinstance(entry.get(key, ""), str):
            raise InputError(f"{place.at(key)}: {key} must be text")
    examples = entry.get("examples", [])
    if not isinstance(examples, list) or not all(isinstance(example, str) for example in examples):
        raise InputError(f"{place.at('examples')}: examples must be a list of names")
    return RuleTexts(**{key: entry.get(key, "") for key in TEXT_KEYS}, examples=tuple(examples))


def _rule(entry: Mapping[str, Any], place: Location, more: Sequence[str] = ()) -> Rule:
    _check_id(entry, place)
    _check_keys(entry, ("id", "category", *KINDS, *more), place)
    return Rule(entry["id"], _category(entry, place), _pattern(entry, place))


def _check_id(entry: Mapping[str, Any], place: Location) -> None:
    id_ = entry.get("id")
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise InputError(f"{place.at('id')}: a rule needs an id of lowercase letters, digits and single hyphens")


def _check_keys(entry: Mapping[str, Any], known: Sequence[str], place: Location) -> None:
    for key in entry:
        if key not in known:
            raise InputError(f"{place.at(key)}: unknown key {key!r}; allowed: {', '.join(known)}")


def _category(entry: Mapping[str, Any], place: Location) -> str:
    category = entry.get("category")
    if not isinstance(category, str) or not _CATEGORY.fullmatch(category):
        wanted = "must be words separated by dots, such as native.scudo.primary"
    elif category.split(".")[0] not in TOP_CATEGORIES:
        wanted = f"{category!r} must begin with one of {', '.join(TOP_CATEGORIES)}"
    else:
        return category
    raise InputError(f"{place.at('category')}: category {wanted}")


def _pattern(entry: Mapping[str, Any], place: Location) -> Pattern:
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        has = ", ".join(kinds) or "none"
        raise InputError(f"{place.at()}: needs exactly one of {', '.join(KINDS)}, has {has}")
    kind = kinds[0]
    texts = [entry[kind]] if isinstance(entry[kind], str) else entry[kind]
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise InputError(f"{place.at(kind)}: {kind} must be a text or a list of texts, none of them empty")
    if kind == "regex":
        for text in texts:
            try:
                compile_regex(text)
            except ValueError as error:
                raise InputError(f"{place.at(kind)}: regex {text!r:.200}: {error}") from error
    return Pattern(kind, tuple(texts))
