"""Rules tried on their examples and on a capture."""

from __future__ import annotations

from pathlib import Path

from droidanon.analysis.rule_trial import RuleMatches, try_rules
from droidanon.taxonomy.rules import load_rules
from tests.builders import capture, text

FILE = """
[[rule]]
id = "engine"
category = "native.engine"
prefix = ["[anon:engine", "[anon:scudo:"]
examples = ["[anon:engine 1]", "[heap]"]

[[rule]]
id = "engine-textures"
category = "graphics.engine"
exact = "[anon:engine textures]"
examples = ["[anon:engine textures]"]
"""


def test_examples_are_tests_and_a_capture_shows_what_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(FILE)
    first, second = try_rules(load_rules([path]))
    assert (first.place, first.examples, first.matches) == (f"{path}:2: rule 'engine'", 2, None)
    (failure,) = first.failures
    assert "'[heap]'" in failure
    assert "'brk-heap'" in failure
    (failure,) = second.failures
    assert "'[anon:engine textures]'" in failure
    assert "'engine'" in failure
    phone = capture({"com.a": text(("[anon:engine 5]", 10), ("[anon:scudo:primary]", 3), ("[heap]", 4))})
    first, second = try_rules(load_rules([path]), phone)
    assert first.matches == RuleMatches(2, 2, 13, ("native.scudo.primary", "unknown.engine"))
    assert second.matches == RuleMatches(0, 0, 0, ())
