"""The platform's rules: the heap and sub-heap of `dumpsys meminfo` for a name, by Android release."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from droidanon.taxonomy.matcher import Matcher
from droidanon.taxonomy.rules import HeapRule, load_heap_rules

DEFAULT_ANDROID = 16
"""The release that is assumed if the source does not state its own."""

OLDEST_ANDROID, NEWEST_ANDROID = 8, 17
"""The releases with known rules; the nearest of them stands for any other release."""

UNKNOWN_HEAP = "Unknown"
LIBRARY_HEAP = ".so mmap"

_TAGGED_PREFIX = "[anon:mt:"
_OFFSET = re.compile(r"\s*[+-]?(?:0[xX])?[0-9a-fA-F]")


class HeapRules:
    """The rules of one release."""

    def __init__(self, android: int) -> None:
        rules, names = load_heap_rules()
        self.android = android
        self.rules: tuple[HeapRule, ...] = tuple(rule for rule in rules if rule.holds_in(android))
        self._matcher = Matcher([rule.pattern for rule in self.rules])
        self._deleted: str = names["deleted"]
        self._tagged = android >= names["tagged_globals_since"]

    def find(self, name: str) -> HeapRule | None:
        """The rule that matches a name; None for an empty name (heap Unknown, unless it follows a library)."""
        if self._tagged and name.startswith(_TAGGED_PREFIX):
            name = tagged_path(name)
        index = self._matcher.find(name.removesuffix(self._deleted))
        return self.rules[index] if index < len(self.rules) else None


def heap_rules(android: int | None = None) -> HeapRules:
    """The rules of a release (None: those of DEFAULT_ANDROID); each is built once."""
    wanted = DEFAULT_ANDROID if android is None else android
    return _heap_rules(min(max(wanted, OLDEST_ANDROID), NEWEST_ANDROID))


@cache
def _heap_rules(android: int) -> HeapRules:
    return HeapRules(android)


@cache
def sub_heap_parents() -> Mapping[str, str]:
    """The heap that each sub-heap (`.LOS`) of any release belongs to."""
    return {rule.sub_heap: rule.heap for rule in load_heap_rules()[0] if rule.sub_heap}


def tagged_path(name: str) -> str:
    """PATH of `[anon:mt:PATH+OFFSET]`, any other name unchanged (AOSP libprocinfo process_map.h)."""
    plus = name.rfind("+")
    if name.startswith(_TAGGED_PREFIX) and name.endswith("]") and plus >= 0 and _OFFSET.match(name, plus + 1):
        return name[len(_TAGGED_PREFIX) : plus]
    return name
