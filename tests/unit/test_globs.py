"""Globs for names, which contain brackets."""

from __future__ import annotations

import time

import pytest

from droidanon.globs import glob_pattern


def test_brackets_of_names_mean_themselves() -> None:
    assert glob_pattern("[anon:scudo:*]").fullmatch("[anon:scudo:primary]")
    assert not glob_pattern("[anon:scudo:*]").fullmatch("a")
    assert glob_pattern("/data/?/x").fullmatch("/data/1/x")


@pytest.mark.parametrize(
    ("glob", "fit", "others"),
    [
        ("*", ["", "a\nb"], []),
        ("**", ["", "a"], []),
        ("a*", ["a", "ab"], ["", "ba"]),
        ("a*a", ["aa", "aba"], ["a", "ab"]),
        ("*a?*b", ["aab", "xaxxb"], ["ab", "b"]),
        ("*ab*ab", ["abab", "aabxabab"], ["ab", "aab", "abb"]),
    ],
)
def test_globs(glob: str, fit: list[str], others: list[str]) -> None:
    pattern = glob_pattern(glob)
    assert [name for name in (*fit, *others) if pattern.fullmatch(name)] == fit


def test_a_glob_with_many_stars_takes_no_long() -> None:
    begin = time.process_time()
    assert not glob_pattern("*a" * 50 + "b").fullmatch("a" * 5000)
    assert time.process_time() - begin < 20
