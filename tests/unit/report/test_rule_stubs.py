"""Stubs are rule files, whatever the names hold."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from droidanon.analysis.names import UnknownNames
from droidanon.report.rule_stubs import format_stubs, format_text
from droidanon.taxonomy.classify import classify_names, seen_name, unknown_category
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


def test_names_without_a_common_word_are_listed(tmp_path: Path) -> None:
    """A prefix of them would be none, or one that takes all names that there are."""
    path = tmp_path / "stubs.toml"
    for names in (("+1", "-1"), ("[anon:+1]", "[anon:-1]"), ("[anon:+1] (deleted)", "[anon_shmem:1]")):
        path.write_text(format_stubs([stub(*names)]))
        rules = load_rules([path])
        assert [one.rule for one in classify_names(names, rules=rules)] == ["my-1", "my-1"]
        assert classify_names(["[anon:scudo:primary]"], rules=rules)[0].rule != "my-1"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6), min_size=1, max_size=4))
def test_stubs_of_any_names_are_rules_that_take_them(parts: list[str]) -> None:
    unknown = [one.name for one in classify_names([f"[anon:{part}" for part in parts] + parts) if one.rule == "unknown"]
    groups: dict[str, list[str]] = {}
    for name in unknown:
        groups.setdefault(unknown_category(seen_name(name)), []).append(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stubs.toml"
        path.write_text(format_stubs([stub(*names) for names in groups.values()]))
        assert all(one.rule.startswith("my-") for one in classify_names(unknown, rules=load_rules([path])))


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
