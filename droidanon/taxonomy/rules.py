"""The rules of both tables and of users' own files: read from TOML, checked, as values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from droidanon.errors import InputError
from droidanon.taxonomy.matcher import KINDS, Pattern
from droidanon.taxonomy.toml import Place, TomlFile
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
"""How sure a rule for VMAs without a name is."""

TEXT_KEYS = ("summary", "grows", "advice", "source", "since")

DIGEST_LENGTH = 12

_FOLDER = Path(__file__).parent
_CATEGORY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Texts:
    """What is said of a rule or a category; `examples` are names that a rule takes."""

    summary: str = ""
    grows: str = ""
    advice: str = ""
    source: str = ""
    since: str = ""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of names and their category."""

    id: str
    category: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class UnnamedRule:
    """The category of VMAs without a name that meet a condition, and how sure that is (one of SURE)."""

    id: str
    category: str
    when: str
    sure: str


@dataclass(frozen=True, slots=True)
class HeapRule:
    """A pattern of names and where the platform counts them, in the releases `since` to `until`."""

    id: str
    heap: str
    sub_heap: str
    swappable: bool
    pattern: Pattern
    since: int | None = None
    until: int | None = None

    def holds_in(self, android: int) -> bool:
        """Whether it is one of a release's rules."""
        return (self.since is None or self.since <= android) and (self.until is None or android <= self.until)


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """Rules of categories in the order in which they are tried; `texts` has those of users' own files, by rule id.

    `version` is that of droidanon's own rules; `digest` is one of every file that had a part in this set: what two sets of
    equal digests say of a name is the same.
    """

    rules: tuple[Rule, ...]
    aliases: tuple[tuple[str, str], ...]
    """Beginnings of names, and what the rules see instead of them."""
    unnamed: tuple[UnnamedRule, ...]
    texts: Mapping[str, Texts]
    version: int
    digest: str
    files: tuple[Path, ...] = ()
    """Users' own files, in the order in which they count."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Where each rule of a user's file stands: `FILE:LINE: rule 'ID'`."""

    def identity(self) -> dict[str, Any]:
        """What derived output says of the rules that it comes from."""
        return {"version": self.version, "digest": self.digest, "files": [str(path) for path in self.files]}


def load_rules(extra: Sequence[Path] = ()) -> RuleSet:
    """The rules of `extra` files, in their order, then droidanon's own. InputError names the file, the line and the rule.

    A rule of an earlier file takes the place of one with the same id in a later file.
    """
    own = _own_rules()
    if not extra:
        return own
    rules: list[Rule] = []
    texts: dict[str, Texts] = {}
    places: dict[str, str] = {}
    digest = hashlib.sha256(own.digest.encode())
    taken = {rule.id for rule in own.rules} | {rule.id for rule in own.unnamed}
    for path in extra:
        file = TomlFile(path)
        digest.update(file.raw)
        here: set[str] = set()
        for place, entry in file.entries(("rule",))["rule"]:
            rule = _rule(entry, place, (*TEXT_KEYS, "examples"))
            if rule.id in taken or rule.id in here:
                raise InputError(f"{place.at('id')}: there is already a rule of this id")
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
                raise InputError(f"{place.at(key)}: {key} has to be one of {', '.join(known)}")
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
    """The platform's rules of all releases, in order, and the table `names` (how a name is prepared)."""
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
    """A TOML file that lies beside this module."""
    return TomlFile(_FOLDER / file).table


def parse_texts(entry: Mapping[str, Any], place: Place) -> Texts:
    """The texts of an entry; InputError where one is not text."""
    for key in TEXT_KEYS:
        if not isinstance(entry.get(key, ""), str):
            raise InputError(f"{place.at(key)}: {key} has to be text")
    examples = entry.get("examples", [])
    if not isinstance(examples, list) or not all(isinstance(example, str) for example in examples):
        raise InputError(f"{place.at('examples')}: examples has to be a list of names")
    return Texts(**{key: entry.get(key, "") for key in TEXT_KEYS}, examples=tuple(examples))


def _rule(entry: Mapping[str, Any], place: Place, more: Sequence[str] = ()) -> Rule:
    _check_id(entry, place)
    _check_keys(entry, ("id", "category", *KINDS, *more), place)
    return Rule(entry["id"], _category(entry, place), _pattern(entry, place))


def _check_id(entry: Mapping[str, Any], place: Place) -> None:
    id_ = entry.get("id")
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise InputError(f"{place.at('id')}: a rule needs an id of small letters, digits and single hyphens")


def _check_keys(entry: Mapping[str, Any], known: Sequence[str], place: Place) -> None:
    for key in entry:
        if key not in known:
            raise InputError(f"{place.at(key)}: {key!r} is not known; there are {', '.join(known)}")


def _category(entry: Mapping[str, Any], place: Place) -> str:
    category = entry.get("category")
    if not isinstance(category, str) or not _CATEGORY.fullmatch(category):
        wanted = "has to be words with dots between them, such as native.scudo.primary"
    elif category.split(".")[0] not in TOP_CATEGORIES:
        wanted = f"{category!r} has to begin with one of {', '.join(TOP_CATEGORIES)}"
    else:
        return category
    raise InputError(f"{place.at('category')}: category {wanted}")


def _pattern(entry: Mapping[str, Any], place: Place) -> Pattern:
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        has = ", ".join(kinds) or "none"
        raise InputError(f"{place.at()}: needs exactly one of {', '.join(KINDS)}, has {has}")
    kind = kinds[0]
    texts = [entry[kind]] if isinstance(entry[kind], str) else entry[kind]
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise InputError(f"{place.at(kind)}: {kind} has to be a text or a list of texts, none of them empty")
    if kind == "regex":
        for text in texts:
            try:
                re.compile(text, re.DOTALL)
            except re.error as error:
                raise InputError(f"{place.at(kind)}: regex {text!r}: {error}") from error
    return Pattern(kind, tuple(texts))
