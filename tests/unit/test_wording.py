"""Counts and lists in sentences."""

from __future__ import annotations

import pytest

from droidanon.wording import counted, listed


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [(0, "row", "0 rows"), (1, "row", "1 row"), (1200, "VMA", "1,200 VMAs"), (2, "process", "2 processes")],
)
def test_counted(count: int, noun: str, text: str) -> None:
    assert counted(count, noun) == text


def test_listed() -> None:
    assert listed(["a"], 3) == "a"
    assert listed(["a", "b", "c"], 3) == "a, b, c"
    assert listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert listed([], 2) == ""
