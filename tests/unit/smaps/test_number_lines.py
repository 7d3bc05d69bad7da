"""Printed counters: any number in any line, as `%` prints it."""

from __future__ import annotations

import numpy as np
import pytest

from droidanon.smaps.number_lines import NumberLine, print_lines

EDGES = [0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 10_001, 99_999, 100_000, 12_345_678, 99_999_999]


@pytest.mark.parametrize("width", [1, 7, 8, 9, 19])
@pytest.mark.parametrize("values", [EDGES, EDGES[:8], [*EDGES, 100_000_000, 2**31 - 1], [*EDGES, -1], [0]])
@pytest.mark.parametrize("kind", [np.int32, np.int64])
def test_numbers_are_printed_as_by_the_kernel(values: list[int], width: int, kind: type[np.signedinteger]) -> None:
    column = np.array(values, kind)
    lines = [NumberLine(b"100%: ", width, b" kB\n", column), NumberLine(b"", 8, b"", column[::-1].copy())]
    rows = np.arange(len(values))[::2]
    assert print_lines(lines, rows) == [
        b"100%%: %*d kB\n%8d" % (width, values[row], values[::-1][row]) for row in rows.tolist()
    ]
