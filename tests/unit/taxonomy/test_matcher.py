"""The shortlist of patterns finds the same as all patterns in order."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.taxonomy.matcher import Matcher, Pattern
from droidanon.taxonomy.rules import load_rules

TEXTS = st.text("ab/.\n{}|(", min_size=1, max_size=9)
REGEXES = st.sampled_from(
    ["a.*b", ".*a", "a", ".+", "ab*", "(?:a|b)/.*", "/a|b", "[ab]a", r"\.a.*\.b", "a{2}b", r"(a|b)\1", "(?i)AB*",
     "(?P<one>a)(b)?.*", "(?s:a.b)", "(?i:A)b", "a(?=b).*", "", "^a$"]
)  # fmt: skip
PATTERNS = st.one_of(
    st.builds(
        Pattern, st.sampled_from(["exact", "prefix", "suffix", "contains"]), st.lists(TEXTS, min_size=1).map(tuple)
    ),
    st.builds(Pattern, st.just("regex"), st.lists(REGEXES, min_size=1).map(tuple)),
)


def matches(pattern: Pattern, name: str) -> bool:
    test = {
        "exact": lambda text: name == text,
        "prefix": name.startswith,
        "suffix": name.endswith,
        "contains": lambda text: text in name,
        "regex": lambda text: re.fullmatch(text, name, re.DOTALL) is not None,
    }[pattern.kind]
    return any(test(text) for text in pattern.texts)


@given(st.lists(PATTERNS, max_size=8), st.lists(st.text("abAB/.\n{}|(", max_size=12)))
def test_first_match_is_that_of_trying_in_order(patterns: list[Pattern], names: list[str]) -> None:
    matcher = Matcher(patterns)
    for name in names:
        wanted = next((i for i, pattern in enumerate(patterns) if matches(pattern, name)), len(patterns))
        assert matcher.find(name) == wanted


def test_patterns_of_all_kinds_keep_their_order() -> None:
    matcher = Matcher(
        [Pattern("prefix", ("/a",)), Pattern("regex", (r"(.)\1", "(?i)X(.)")), Pattern("contains", ("b",))]
    )
    assert [matcher.find(name) for name in ("/ab", "bb", "xb", "ab", "c")] == [0, 1, 1, 2, 3]


@pytest.mark.parametrize(
    ("beginning", "repeated"), [("/", "a"), ("[anon:", "x"), ("/", "data/"), ("/data/", "data/"), ("", ".so")]
)
def test_long_names_take_no_long_time(beginning: str, repeated: str) -> None:
    rules = load_rules().rules
    matcher = Matcher([rule.pattern for rule in rules])
    begin = time.process_time()
    assert matcher.find(beginning + repeated * 20_000) < len(rules)
    assert time.process_time() - begin < 20
