from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from droidanon_tui.widgets.open_rows import OpenRows


@dataclass
class Numbers:
    """A level whose rows are numbers; each has `width` children."""

    faded: ClassVar[None] = None
    values: np.ndarray[Any, Any]
    width: int = 0
    asked: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.values)

    def key(self, row: int) -> int:
        return row

    def find(self, key: object) -> int | None:
        return key if isinstance(key, int) and key < len(self) else None

    def text(self, column: str, row: int) -> str:
        return str(row)

    def number(self, column: str, row: int) -> float:
        return float(self.values[row])

    def sort_values(self, column: str) -> np.ndarray[Any, Any]:
        return self.values

    def has_children(self, row: int) -> bool:
        return self.width > 0

    def children(self, row: int) -> Numbers:
        self.asked.append(row)
        return Numbers(np.arange(self.width))


def order(rows: OpenRows) -> list[tuple[object, ...]]:
    return [rows.place(line).path for line in range(len(rows))]


def test_rows_are_sorted_at_every_level() -> None:
    rows = OpenRows(Numbers(np.array([1, 3, 2]), width=2), "n")
    assert order(rows) == [(1,), (2,), (0,)]
    rows.open((2,))
    assert order(rows) == [(1,), (2,), (2, 1), (2, 0), (0,)]
    rows.sort("n", descending=False)
    assert order(rows) == [(0,), (2,), (2, 0), (2, 1), (1,)]


def test_missing_numbers_are_last_both_ways() -> None:
    root = Numbers(np.array([np.nan, 3.0, 2.0]))
    assert order(OpenRows(root, "n")) == [(1,), (2,), (0,)]
    assert order(OpenRows(root, "n", descending=False)) == [(2,), (1,), (0,)]


def test_children_are_not_asked_for_until_a_row_is_opened() -> None:
    root = Numbers(np.array([1, 2]), width=3)
    rows = OpenRows(root, "n")
    assert root.asked == []
    rows.open((0,))
    assert root.asked == [0]


def test_a_path_finds_its_line_or_its_ancestors() -> None:
    rows = OpenRows(Numbers(np.array([1, 3, 2]), width=2), "n", opened=[(2,)])
    assert rows.line((2, 0)) == 3
    rows.close((2,))
    assert rows.line((2, 0)) == 1
    assert rows.line((9,)) is None


def test_a_million_rows_open_at_once() -> None:
    root = Numbers(np.arange(1_000_000), width=100_000)
    begin = time.process_time()
    rows = OpenRows(root, "n", opened=[(5,), (500_000,)])
    assert len(rows) == 1_200_000
    assert rows.place(0).path == (999_999,)
    assert time.process_time() - begin < 20
