"""Stubs are rule files, whatever the names hold."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from droidanon.analysis.names import UnknownNames
from droidanon.report.rule_stubs import format_stubs, format_text
from droidanon.taxonomy.classify import classify_names, unknown_category
from droidanon.taxonomy.rules import load_rules


def stub(*names: str, apps: tuple[str, ...] = ("com.a",)) -> UnknownNames:
    return UnknownNames(unknown_category(names[0]), names, "Unknown", 1234, len(names), apps)


def test_a_stub_says_what_was_found() -> None:
    assert format_stubs([stub("[anon:pool]", apps=("com.a", "com.b", "c", "d"))]) == (
        "# 1,234 kB in 1 VMA of com.a, com.b, c and 1 more; heap Unknown\n"
        "[[rule]]\n"
        'id = "my-pool"\n'
        'category = "native.pool"\n'
        'exact = "[anon:pool]"\n'
        'summary = ""\n'
        'examples = ["[anon:pool]"]\n'
    )


def test_stubs_take_their_names(tmp_path: Path) -> None:
    path = tmp_path / "stubs.toml"
    path.write_text(
        format_stubs([stub("[anon:engine:1]", "[anon:engine:22]", "[anon_shmem:engine]"), stub("[anon:x]")])
    )
    rules = load_rules([path])
    names = ["[anon:engine:1]", "[anon:engine:22]", "[anon_shmem:engine]", "[anon:x]"]
    assert [one.rule for one in classify_names(names, rules=rules)] == ["my-engine"] * 3 + ["my-x"]


@given(st.text(max_size=40))
def test_any_text_comes_back(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert tomllib.loads(f"x = {format_text(text)}")["x"] == text
    assert format_text(text).isascii()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.text(max_size=20))
def test_hostile_names_give_rules_all_the_same(inside: str, app: str) -> None:
    name = f"[anon:{inside}]"
    rule = tomllib.loads(format_stubs([stub(name, apps=(app,))]))["rule"][0]
    assert (rule["exact"], rule["examples"]) == (name, [name])
