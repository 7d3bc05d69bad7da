"""The quick lookup finds what trying the patterns one by one finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.taxonomy.matcher import Matcher, Pattern, literal_ends

TEXTS = st.text("ab/.", min_size=1, max_size=5)
REGEXES = st.sampled_from(["a.*b", ".*a", "a", ".+", "ab*", "(?:a|b)/.*", "/a|b", "[ab]a", r"\.a.*\.b", "a{2}b"])
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


@given(st.lists(PATTERNS, max_size=8), st.lists(st.text("ab/.", max_size=8)))
def test_first_match_is_that_of_trying_in_order(patterns: list[Pattern], names: list[str]) -> None:
    matcher = Matcher(patterns)
    for name in names:
        wanted = next((i for i, pattern in enumerate(patterns) if matches(pattern, name)), len(patterns))
        assert matcher.find(name) == wanted


@pytest.mark.parametrize(
    ("pattern", "head", "tail"),
    [
        (r"\[anon:dalvik-.*\.art.*", "[anon:dalvik-", ""),
        (r".*(?:@boot|/boot).*\.vdex", "", ".vdex"),
        (r"/data/(?:a|b)/x", "/data/", "/x"),
        (r"ab?c", "a", "c"),
        (r"ab{2}c", "a", "c"),
        (r"a|b", "", ""),
        (r"[a]]b", "", "b"),
        (r"(?i)abc", "", ""),
        (r"a{", "", ""),
        (r"x\d", "x", ""),
        (r"plain", "plain", "plain"),
    ],
)
def test_plain_ends_of_a_regex(pattern: str, head: str, tail: str) -> None:
    assert literal_ends(pattern) == (head, tail)
