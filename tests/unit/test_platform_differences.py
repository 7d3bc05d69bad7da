"""No cell differs from what the platform's own code says of the same text; what is told of other moments differs in few."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.corpus import corpus
from tests.differences import EXACT, Comparison, bug_report


@pytest.mark.parametrize(
    ("part", "least"), zip(EXACT, (5_000, 40_000, 2_700), strict=True), ids=lambda part: getattr(part, "__name__", "")
)
def test_no_cell_differs(part: Callable[[], Iterator[Comparison]], least: int) -> None:
    corpus()
    found = list(part())
    assert sum(one.cells for one in found) > least
    assert [one for one in found if one.differing] == []


def test_a_bug_report_of_a_whole_phone() -> None:
    corpus()
    sections, ranks, libraries, tables = bug_report()
    assert (sections.cells > 190_000, sections.differing) == (True, [])
    assert (ranks.cells > 370, [where for where, _, ours in ranks.differing if ours is not None]) == (True, [])
    # These two were taken seconds apart from what they are compared with, and librank adds up pages, not rounded VMAs.
    assert libraries.different < 0.03 * libraries.cells
    apart = [
        theirs - ours for _, theirs, ours in libraries.differing if isinstance(theirs, int) and isinstance(ours, int)
    ]
    assert sum(abs(kb) > 8 for kb in apart) < 0.001 * libraries.cells
    assert tables.different < 0.06 * tables.cells
