"""The platform's words, which stay readable: those in droidanon's rules and the platform's own labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from droidanon.model import FIDELITIES
from droidanon.sources.reading import ReadOutcome
from droidanon.taxonomy.classify import UNKNOWN_RULE, WORD, seen_name
from droidanon.taxonomy.heaps import sub_heap_parents
from droidanon.taxonomy.rules import load_heap_rules, load_rules, read_table
from droidanon.taxonomy.toml import TomlFile

_WORDS = TomlFile(Path(__file__).parent / "vocabulary.toml").table
EXTENSIONS = tuple(_WORDS["extensions"].split())
"""File name extensions that indicate the type of a file."""
_SYSTEM_FORMS = ("[anon", "/dev/ashmem/", "/memfd:", "anon_inode:", "[")
_OPEN_RULES = frozenset({UNKNOWN_RULE, "java-other", "memfd-other", "ashmem-other", "tagged-globals", "compat-loaded"})
"""Rules for names of arbitrary apps, whose examples are made up."""


@cache
def platform_words() -> frozenset[str]:
    """Words that are not secret: as a whole (`stack_and_tls`), and their parts."""
    found = {
        *EXTENSIONS,
        *_WORDS["words"].split(),
        *_WORDS["files"].split(),
        *FIDELITIES,
        *(one.value for one in ReadOutcome),
    }
    for text in (*_names_of_rules(), *_heaps()):
        for match in WORD.finditer(text):
            found |= {match[0], *re.split("[-_]", match[0])}
    return frozenset(word for word in found if word)


@cache
def literals() -> re.Pattern[str]:
    """The texts that rules search for in names; they must be kept for a name to keep its heap and category."""
    return re.compile("|".join(map(re.escape, sorted(_literal_texts(), key=len, reverse=True))))


@cache
def _literal_texts() -> frozenset[str]:
    patterns = [rule.pattern for rule in load_rules().rules if rule.id != UNKNOWN_RULE]
    patterns += [rule.pattern for rule in load_heap_rules()[0]]
    found: set[str] = set()
    for pattern in patterns:
        for text in pattern.texts:
            found |= set(_pieces(text)) if pattern.kind == "regex" else {text}
    return frozenset(text for text in found if len(text) > 2)


def _pieces(regex: str) -> list[str]:
    """The literal texts in a regex."""
    plain = re.sub(r"\\(.)", lambda match: match[1] if not match[1].isalnum() else "\0", regex)
    return re.findall(r"[/@.]?[A-Za-z][A-Za-z0-9_@./-]+", plain)


def _heaps() -> Iterator[str]:
    for rule in load_heap_rules()[0]:
        yield rule.heap
    yield from sub_heap_parents()


def _names_of_rules() -> Iterator[str]:
    for rule in load_rules().rules:
        if rule.pattern.kind != "regex":
            yield from rule.pattern.texts
    yield from _literal_texts()
    yield from _examples()


def _examples() -> Iterable[str]:
    """Names of the platform's memory, without paths in them."""
    for rule, texts in read_table("explain.toml")["rule"].items():
        if rule not in _OPEN_RULES:
            for example in texts.get("examples", ()):
                if example.startswith(_SYSTEM_FORMS):
                    seen = seen_name(example).removeprefix("/dev/ashmem/").removeprefix("/memfd:")
                    yield re.split(r"/(?=\w)", seen.lstrip("/"))[0]
