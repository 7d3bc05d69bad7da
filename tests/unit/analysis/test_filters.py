"""Filters on the VMAs of a capture."""

from __future__ import annotations

import pytest

from droidanon.analysis.filters import filtered_vmas, parse_filter
from droidanon.analysis.view import View
from droidanon.errors import UsageError
from tests.builders import capture, text

VIEW = View(
    capture(
        {
            "com.a": text(
                ("[anon:scudo:primary]", 700), ("[anon:scudo:primary]", 400), ("[anon:dalvik-main space]", 50)
            ),
            "com.b": text(("[anon:scudo:primary]", 30)),
        }
    )
)


@pytest.mark.parametrize(
    ("terms", "rows"),
    [
        ("scudo", [True, True, False, True]),
        ("scudo app:com.b", [False, False, False, True]),
        ("cat:java", [False, False, True, False]),
        (">1MB", [True, True, False, True]),  # the sum of a name, not of a VMA
        ("<64kB", [False, False, True, False]),
    ],
)
def test_filtered_vmas(terms: str, rows: list[bool]) -> None:
    assert filtered_vmas(VIEW, terms, "pss_kb").tolist() == rows


@pytest.mark.parametrize("terms", [">1zB", "delta>1MB", "is:mine", "cat:nothing", "foo:bar"])
def test_what_is_not_understood(terms: str) -> None:
    with pytest.raises(UsageError, match=r"^filter: "):
        filtered_vmas(VIEW, terms, "pss_kb")


def test_a_diff_has_terms_of_its_own() -> None:
    found = parse_filter("delta<-64kB new is:own", is_diff=True)
    assert [(term.of_delta, term.test, term.size_kb) for term in found.sizes] == [(True, "<", -64.0)]
    assert found.statuses == ("new",)
    assert found.problem.startswith("is:own: ")
