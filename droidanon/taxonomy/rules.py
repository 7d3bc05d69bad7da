"""The rules of both tables and of users' own files: read from TOML, checked, as values."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from droidanon.errors import InputError
from droidanon.taxonomy.matcher import KINDS, Pattern
from droidanon.taxonomy.unnamed import CONDITIONS

TOP_CATEGORIES = (
    "java", "native", "stack", "code", "graphics", "files", "webview", "runtime", "kernel", "unnamed", "unknown",
)  # fmt: skip
"""The first word of every category."""

SURE = ("certain", "likely", "guess")
"""How sure a rule for VMAs without a name is."""

TEXT_KEYS = ("summary", "grows", "advice", "source", "since")

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


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rules of categories in the order in which they are tried; `texts` has those of users' own files, by rule id."""

    rules: tuple[Rule, ...]
    aliases: tuple[tuple[str, str], ...]
    """Beginnings of names, and what the rules see instead of them."""
    unnamed: tuple[UnnamedRule, ...]
    texts: Mapping[str, Texts]


def load_rules(extra: Sequence[Path] = ()) -> RuleSet:
    """The rules of `extra` files, in their order, then droidanon's own. InputError names the file and the rule."""
    own = _own_rules()
    if not extra:
        return own
    rules: list[Rule] = []
    texts: dict[str, Texts] = {}
    known = {rule.id for rule in own.rules} | {rule.id for rule in own.unnamed}
    for path in extra:
        for entry in _entries(_read_toml(path), path, ("rule",))["rule"]:
            rule = _rule(entry, path, (*TEXT_KEYS, "examples"))
            if rule.id in known:
                raise InputError(f"{path}: rule {rule.id!r}: there is already a rule of this id")
            known.add(rule.id)
            rules.append(rule)
            texts[rule.id] = parse_texts(entry, f"{path}: rule {rule.id!r}")
    return RuleSet((*rules, *own.rules), own.aliases, own.unnamed, texts)


@cache
def _own_rules() -> RuleSet:
    path = _FOLDER / "android.toml"
    found = _entries(_read_toml(path), path, ("alias", "rule", "unnamed"))
    rules = tuple(_rule(entry, path) for entry in found["rule"])
    unnamed = []
    for entry in found["unnamed"]:
        place = _place(entry, path)
        _check_keys(entry, ("id", "category", "when", "sure"), place)
        for key, known in (("when", CONDITIONS), ("sure", SURE)):
            if entry.get(key) not in known:
                raise InputError(f"{place}: {key} has to be one of {', '.join(known)}")
        unnamed.append(UnnamedRule(entry["id"], _category(entry, place), entry["when"], entry["sure"]))
    seen: set[str] = set()
    for id_ in [rule.id for rule in rules] + [rule.id for rule in unnamed]:
        if id_ in seen:
            raise InputError(f"{path}: rule {id_!r}: two rules have this id")
        seen.add(id_)
    aliases = tuple((entry["prefix"], entry["as"]) for entry in found["alias"])
    return RuleSet(rules, aliases, tuple(unnamed), {})


@cache
def load_heap_rules() -> tuple[tuple[HeapRule, ...], Mapping[str, Any]]:
    """The platform's rules of all releases, in order, and the table `names` (how a name is prepared)."""
    path = _FOLDER / "heaps.toml"
    table = _read_toml(path)
    names = table.pop("names")
    rules = []
    for entry in _entries(table, path, ("rule",))["rule"]:
        place = _place(entry, path)
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
    return _read_toml(_FOLDER / file)


def parse_texts(entry: Mapping[str, Any], place: str) -> Texts:
    """The texts of an entry; InputError where one is not text."""
    for key in TEXT_KEYS:
        if not isinstance(entry.get(key, ""), str):
            raise InputError(f"{place}: {key} has to be text")
    examples = entry.get("examples", [])
    if not isinstance(examples, list) or not all(isinstance(example, str) for example in examples):
        raise InputError(f"{place}: examples has to be a list of names")
    return Texts(**{key: entry.get(key, "") for key in TEXT_KEYS}, examples=tuple(examples))


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not TOML: {error}") from error


def _entries(table: dict[str, Any], path: Path, kinds: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The lists of tables of a file, by kind."""
    for key in table:
        if key not in kinds:
            raise InputError(
                f"{path}: {key!r} is not known here; there is {', '.join(f'[[{kind}]]' for kind in kinds)}"
            )
    found = {kind: table.get(kind, []) for kind in kinds}
    for kind, entries in found.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise InputError(f"{path}: {kind} has to be written as [[{kind}]]")
    return found


def _place(entry: Mapping[str, Any], path: Path) -> str:
    id_ = entry.get("id")
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise InputError(f"{path}: rule {id_!r}: a rule needs an id of small letters, digits and single hyphens")
    return f"{path}: rule {id_!r}"


def _rule(entry: Mapping[str, Any], path: Path, more: Sequence[str] = ()) -> Rule:
    place = _place(entry, path)
    _check_keys(entry, ("id", "category", *KINDS, *more), place)
    return Rule(entry["id"], _category(entry, place), _pattern(entry, place))


def _check_keys(entry: Mapping[str, Any], known: Sequence[str], place: str) -> None:
    for key in entry:
        if key not in known:
            raise InputError(f"{place}: {key!r} is not known; there are {', '.join(known)}")


def _category(entry: Mapping[str, Any], place: str) -> str:
    category = entry.get("category")
    if not isinstance(category, str) or not _CATEGORY.fullmatch(category):
        raise InputError(f"{place}: category has to be words with dots between them, such as native.scudo.primary")
    if category.split(".")[0] not in TOP_CATEGORIES:
        raise InputError(f"{place}: category {category!r} has to begin with one of {', '.join(TOP_CATEGORIES)}")
    return category


def _pattern(entry: Mapping[str, Any], place: str) -> Pattern:
    kinds = [kind for kind in KINDS if kind in entry]
    if len(kinds) != 1:
        raise InputError(f"{place}: needs exactly one of {', '.join(KINDS)}, has {', '.join(kinds) or 'none'}")
    texts = entry[kinds[0]]
    texts = [texts] if isinstance(texts, str) else texts
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise InputError(f"{place}: {kinds[0]} has to be a text or a list of texts, none of them empty")
    if kinds[0] == "regex":
        for text in texts:
            try:
                re.compile(text, re.DOTALL)
            except re.error as error:
                raise InputError(f"{place}: regex {text!r}: {error}") from error
    return Pattern(kinds[0], tuple(texts))
