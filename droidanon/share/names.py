"""Redacts the parts of VMA names that an app or user chose, so that each name keeps its heap and category."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from droidanon.share.ledger import Fate, Ledger
from droidanon.share.policy import Policy, ShareRule
from droidanon.share.pseudonyms import Pseudonyms
from droidanon.share.same_class import SameClass, unknown_word
from droidanon.share.vocabulary import EXTENSIONS, literals, platform_words
from droidanon.taxonomy.classify import without_counter
from droidanon.taxonomy.unnamed import DELETED

_SHORT_NUMBER = 5
"""The digits of a number that is kept: a thread id, a counter, an Android user."""
_HEX = re.compile(r"(?:0[xX])?(?=[A-Fa-f]*[0-9])[0-9A-Fa-f]{8,}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_IP = re.compile(r"\d+(?:\.\d+){3,}")
_SERIES = re.compile(
    r"(?:%[0-9A-Fa-f]{2}){2,}"
    r"|\d+(?:(?: |[^A-Za-z0-9\s]{1,3})\d+)+(?![A-Za-z0-9])"
    r"|[0-9A-Fa-f]{1,4}(?:::?[0-9A-Fa-f]{1,4}){3,}(?![A-Za-z0-9])"
)
"""Short numbers that together form a long one: octal or percent escapes, phone numbers, MAC and IP addresses."""
_TOKEN = re.compile(rf"{_SERIES.pattern}|[A-Za-z0-9]+(?:[-_][A-Za-z0-9]+)*|[^\x00-\x7f]+|[\x00-\x1f\x7f]+")
_MEMORY = re.compile(r"(\[anon(?:_shmem)?:|/dev/ashmem/|/memfd:|/dmabuf:|anon_inode:)(.*?)(\]?)", re.DOTALL)
_PATH = re.compile(r"(?<![A-Za-z0-9])/(?=[^/ ])")
_TAIL = re.compile(
    r"(?: \(compat loaded\)|\+(?:0|[1-9a-f][0-9a-f]{0,4}000)|-transformed| \(offset 0x[0-9a-f]{1,8}\))+$"
)
"""The platform's texts that can follow a path; offsets are those of pages."""
_INSTALLED = re.compile(r"([A-Za-z]\w*(?:\.\w+)+)-([^/]+)", re.ASCII)
_PACKAGE = re.compile(r"[A-Za-z]\w*(?:\.\w+)+", re.ASCII)
_TOP = re.compile(
    r"(?:com|org|net|io|de|cn|jp|ru|fr|uk|eu|me|app|dev|tv|co|in|br|kr|it|es|pl|se|nl|ch|at|us|ai|gov|edu)\.|(?:\w+\.){2}"
)
_END = rf"(?:\.(?:{'|'.join(EXTENSIONS)}))+(?:\.\d{{1,3}}){{0,3}}(?:-(?:wal|shm|journal))?|-(?:wal|shm|journal)"
_FILE = re.compile(rf"(.+?)({_END})", re.DOTALL)


class NameRedactor:
    """Redacts names by a policy and a salt; equal names give equal results."""

    def __init__(self, policy: Policy, pseudonyms: Pseudonyms, ledger: Ledger) -> None:
        self._policy = policy
        self._pseudonyms = pseudonyms
        self._ledger = ledger
        self._same = SameClass(self._hashed_word)
        self._done: dict[str, str] = {}

    def vma_names(self, names: Sequence[str]) -> list[str]:
        """Redact names; each distinct name is processed once."""
        new = [name for name in dict.fromkeys(names) if name not in self._done]
        for make in (self._structured, self._by_literals, self._by_word):
            made = [make(name) for name in new]
            same = self._same.check(new, made)
            self._done |= {name: result for name, result, kept in zip(new, made, same, strict=True) if kept}
            new = [name for name, kept in zip(new, same, strict=True) if not kept]
        for name in new:
            self._done[name] = self._structured(name)
            self._ledger.lose("categories of names")
        return [self._done[name] for name in names]

    def package(self, text: str) -> str:
        """Redact a package."""
        return self._decide("package", text, "app.")

    def process(self, text: str) -> str:
        """Redact a process: its program or package, and what follows a colon."""
        if text.startswith("/"):
            end = re.search("[ :]|$", text)
            place = end.start() if end else len(text)
            return self.path(text[:place]) + self.words(text[place:])
        base, *parts = text.split(":")
        program = self._program(base)
        return ":".join((program, *(self._part(part) for part in parts)))

    def words(self, text: str) -> str:
        """Replace each word of a text that is not the platform's; punctuation and short numbers are kept."""
        return _TOKEN.sub(lambda match: self._token(match[0]), text)

    def path(self, text: str) -> str:
        """Redact a path: keep it if it is the platform's, otherwise redact each component."""
        rule = self._policy.find("path", text)
        if rule.action != "hash":
            return self._ledger.note(
                "path", text, Fate(rule.action, text if rule.action == "keep" else "/removed"), own=rule.own
            )
        *folders, last = text.split("/")
        return "/".join((*(self._component(one, "dir_") for one in folders), self._component(last, "file_")))

    def whole(self, kind: str, text: str) -> str:
        """Redact a text as a whole: keep it, hash it to `KIND_...`, or drop it (empty)."""
        return self._decide(kind, text, f"{kind}_")

    def _structured(self, name: str) -> str:
        bare = name.removesuffix(DELETED)
        rest = name[len(bare) :]
        if not bare:
            return name
        memory = _MEMORY.fullmatch(bare)
        if memory is None:
            return (self.path(bare) if bare.startswith("/") else self.words(bare)) + rest
        head, inner, end = memory.groups()
        return f"{head}{self._memory(inner)}{end}{rest}"

    def _memory(self, inner: str) -> str:
        """Redact the name that an app or library gave its memory, which may contain a path."""
        rule = self._policy.find("memory", inner)
        if rule.action == "keep":
            return self._ledger.note("memory", inner, Fate("keep", inner), own=rule.own)
        if rule.action == "drop":
            return self._ledger.note("memory", inner, Fate("drop", "removed"))
        found = _PATH.search(inner)
        place = found.start() if found else len(inner)
        head, path = inner[:place], inner[place:]
        tail = _TAIL.search(path)
        end = tail[0] if tail else ""
        bare = path.removesuffix(end)
        return self._noted("memory", inner, self.words(head) + (self.path(bare) if bare else "") + end, parts=True)

    def _noted(self, kind: str, text: str, result: str, *, parts: bool = False) -> str:
        return self._ledger.note(kind, text, Fate("keep" if result == text else "hash", result, parts))

    def hashed(self, kind: str, text: str) -> str:
        """The pseudonym of a text."""
        return self._noted(kind, text, self._pseudonyms.letters(kind, text))

    def _by_literals(self, name: str) -> str:
        """Replace everything except the texts that rules search for."""
        parts, place = [], 0
        for match in literals().finditer(name):
            parts += [self.words(name[place : match.start()]), match[0]]
            place = match.end()
        return "".join((*parts, self.words(name[place:])))

    def _by_word(self, name: str) -> str:
        """Redact a name without a rule: the word that gives its category, then a pseudonym for the whole."""
        found = re.match(r"\[anon(?:_shmem)?:", name)
        head, end = (found[0], "]") if found else ("", "")
        word = unknown_word(name)
        return f"{head}{self._hashed_word(word) if word else '~'} {self._pseudonyms.letters('name', name)}{end}"

    def _component(self, text: str, prefix: str) -> str:
        if not text or text in (".", ".."):
            return text
        rule = self._policy.find("file", text)
        if rule.action != "hash":
            return self._ledger.note(
                "file", text, Fate(rule.action, text if rule.action == "keep" else "removed"), own=rule.own
            )
        for sign in "!@":
            if sign in text:
                return sign.join(self._component(part, prefix) for part in text.split(sign))
        if text.isascii() and text.isdigit():
            return self._number(text, longest=_SHORT_NUMBER if self._policy.find("uid", "0").action == "keep" else 0)
        return self._noted("file", text, self._hashed_component(text, prefix), parts=True)

    def _hashed_component(self, text: str, prefix: str) -> str:
        if text.startswith("~~"):
            return f"~~{self.hashed('install', text)}=="
        installed = _INSTALLED.fullmatch(text)
        if installed and _TOP.match(text):
            package, random = installed.groups()
            short = random.isdigit() and len(random) <= _SHORT_NUMBER
            return f"{self.package(package)}-{random if short else self.hashed('install', random) + '=='}"
        file = _FILE.fullmatch(text)
        if file:
            return self._stem(file[1], file[2]) + file[2]
        if self._is_package(text):
            return self.package(text)
        return prefix + self.hashed("name of a file", text)

    def _stem(self, stem: str, extension: str) -> str:
        if self._is_package(stem):
            return self.package(stem)
        word = stem.rstrip(string.digits)
        if word in platform_words():
            return word + (self._number(stem[len(word) :]) if word != stem else "")
        start = "lib_" if stem.startswith("lib") and extension.startswith(".so") else "file_"
        return start + self.hashed("name of a file", stem)

    def _is_package(self, text: str) -> bool:
        return text in self._ledger.fates.get("package", ()) or bool(_PACKAGE.fullmatch(text) and _TOP.match(text))

    def _program(self, text: str) -> str:
        rule = self._rule("process", text)
        if rule.action == "keep":
            return self._ledger.note("process", text, Fate("keep", text), own=rule.own)
        bare = text.removesuffix("_zygote")
        if self._is_package(bare):
            return self.package(bare) + text[len(bare) :]
        if rule.action == "drop":
            return self._ledger.note("process", text, Fate("drop", "removed"))
        result = f"process_{self._pseudonyms.letters('process', bare)}{text[len(bare) :]}"
        return self._ledger.note("process", text, Fate("hash", result))

    def _part(self, text: str) -> str:
        """Redact the part of a process's name after a colon: a word, a number, or the class of an isolated service."""
        if text.isascii() and text.isdigit():
            return self._number(text)
        if self._is_package(text):
            return self.package(text)
        return self._decide("process", text, "part_") if text else text

    def _decide(self, kind: str, text: str, prefix: str) -> str:
        known = self._ledger.fates.get(kind, {}).get(text)
        if known is not None:
            return known.result
        rule = self._rule(kind, text)
        removed = f"{prefix}removed" if kind in ("package", "process") else ""
        result = {
            "keep": text,
            "hash": f"{prefix}{self._pseudonyms.letters(kind, text)}",
            "drop": removed,
        }[rule.action]
        return self._ledger.note(kind, text, Fate(rule.action, result), own=rule.own)

    def _rule(self, kind: str, text: str) -> ShareRule:
        """The rule for a text; built-in rules also keep a process name followed by a counter."""
        rule = self._policy.find(kind, text)
        stem = text.rstrip(string.digits)
        if kind == "process" and rule.own and 0 < len(text) - len(stem) <= _SHORT_NUMBER:
            of_stem = self._policy.find(kind, stem)
            if of_stem.own:
                return of_stem
        return rule

    def _number(self, text: str, *, longest: int = _SHORT_NUMBER) -> str:
        if len(text) <= longest:
            return text
        return self._noted("number", text, self._pseudonyms.digits(text))

    def _token(self, text: str) -> str:
        if text in platform_words():
            return text
        if not text.isascii():
            return f"~{self._word(text, text)}~"
        if not text.isprintable():
            return "?"
        if text.isdigit():
            return self._number(text)
        if _SERIES.fullmatch(text):
            short = sum(map(str.isdigit, text)) <= _SHORT_NUMBER and not re.search("[A-Fa-f%]", text)
            return (
                text
                if short and not _IP.fullmatch(text)
                else self._noted("number", text, self._pseudonyms.digits(text))
            )
        if _HEX.fullmatch(text):
            head = text[:2] if text[1] in "xX" else ""
            return self._noted("number", text, head + self._pseudonyms.digits(text[len(head) :]))
        return self._compound(text)

    def _compound(self, text: str) -> str:
        parts = re.split("[-_]", text)
        words = platform_words()
        if sum(map(str.isdigit, text)) <= _SHORT_NUMBER and all(part in words or part.isdigit() for part in parts):
            return text
        stem = without_counter(text)
        canonical, counter = stem.lower().replace("_", "-"), text[len(stem) :]
        if stem in words:
            result = stem
        else:
            result = self._word(text, canonical) + (
                "" if stem == canonical else f"~{self._pseudonyms.letters('form', stem, 4)}"
            )
        end = counter if len(counter) <= _SHORT_NUMBER + 1 else self._pseudonyms.digits(counter)
        return self._noted("word", text, result + end)

    def _word(self, text: str, canonical: str) -> str:
        rule = self._policy.find("word", text)
        if rule.action == "keep":
            return self._ledger.note("word", text, Fate("keep", text), own=rule.own)
        if rule.action == "drop":
            return self._ledger.note("word", text, Fate("drop", "removed"))
        return self._ledger.note("word", text, Fate("hash", self._hashed_word(canonical)))

    def _hashed_word(self, canonical: str) -> str:
        return self._pseudonyms.letters("word", canonical)
