"""The rows of a tree that are open, as arrays: which row of which level stands at each line of a table."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

Path = tuple[Hashable, ...]
"""The keys from the root down to a row: its identity, whatever the order or the data of the day."""


class Level(Protocol):
    """The children of one row (or the root) as columns; nothing is computed for a row until needed."""

    @property
    def faded(self) -> npt.NDArray[np.bool_] | None:
        """Rows that have ended, drawn dim and after all others. None if there are none."""

    @property
    def unproven(self) -> npt.NDArray[np.bool_] | None:
        """Rows whose change a test did not confirm, or is like those from run to run if nothing was tested: their
        signed numbers are dim. None if no row is one.
        """

    @property
    def is_tested(self) -> bool:
        """Whether the changes of other rows were confirmed by a test: they are bold."""

    def __len__(self) -> int: ...

    def key(self, row: int) -> Hashable:
        """A key that identifies the row among its siblings, even after a refresh."""

    def find(self, key: Hashable) -> int | None:
        """The row of a key."""

    def text(self, column: str, row: int) -> str:
        """A text cell, unescaped."""

    def kept_end(self, row: int, /) -> float:
        """How the tree's text is cut: the share of the width that its end gets."""

    def shorter(self, row: int, /) -> Sequence[str]:
        """Shorter forms of the tree's text for a narrow column, the longest first."""

    def first_form(self, width: int, /) -> int:
        """The longest form that any row may have in this width (0: the text itself): so that rows look the same."""

    def number(self, column: str, row: int) -> int | float | None:
        """A number cell; None if it is missing."""

    def sort_values(self, column: str) -> npt.NDArray[Any]:
        """Values to sort by, one per row; NaN for a missing number."""

    def has_children(self, row: int, /) -> bool: ...

    def children(self, row: int, /) -> Level:
        """The children of a row; always the same level object."""


@dataclass(frozen=True, slots=True, eq=False)
class RowPlace:
    """One line of the table: a row of a level, how deep it lies, and its path."""

    level: Level
    row: int
    depth: int
    path: Path
    is_open: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    level: Level
    path: Path
    depth: int
    order: npt.NDArray[np.intp]


def sorted_rows(values: npt.NDArray[Any], *, descending: bool) -> npt.NDArray[np.intp]:
    """Row numbers in the order of their values; missing ones (NaN) last both ways; ties keep their order."""
    if values.dtype.kind in "iuf":
        return np.argsort(-values.astype(np.float64) if descending else values, kind="stable")
    order = np.argsort(values, kind="stable")
    return order[::-1] if descending else order


class OpenRows:
    """A tree with some of its rows open, flattened and sorted by one column at every level."""

    def __init__(
        self,
        root: Level,
        sort: str,
        *,
        descending: bool = True,
        opened: Iterable[Path] = (),
    ) -> None:
        self._root = root
        self._sort = sort
        self._descending = descending
        self._opened: set[Path] = set(opened)
        self._nodes: list[_Node] = []
        self._flatten()

    def __len__(self) -> int:
        return len(self._row_of)

    @property
    def opened(self) -> frozenset[Path]:
        return frozenset(self._opened)

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """The column, and whether its largest values come first."""
        return self._sort, self._descending

    @property
    def root(self) -> Level:
        return self._root

    @property
    def levels(self) -> list[Level]:
        """The root and the children of open rows."""
        return [node.level for node in self._nodes]

    def place(self, line: int) -> RowPlace:
        """The row at a line."""
        node = self._nodes[self._node_of[line]]
        row = int(self._row_of[line])
        path = (*node.path, node.level.key(row))
        return RowPlace(node.level, row, node.depth, path, path in self._opened)

    def line(self, path: Path) -> int | None:
        """The line of a row, else of its nearest ancestor that is shown; None without any."""
        for length in range(len(path), 0, -1):
            for index, node in enumerate(self._nodes):
                if node.path == path[: length - 1]:
                    row = node.level.find(path[length - 1])
                    if row is not None:
                        return int(np.flatnonzero((self._node_of == index) & (self._row_of == row))[0])
        return None

    def sort(self, column: str, *, descending: bool) -> None:
        self._sort, self._descending = column, descending
        self._flatten()

    def open(self, path: Path) -> None:
        self._opened.add(path)
        self._flatten()

    def close(self, path: Path) -> None:
        self._opened.discard(path)
        self._flatten()

    def _flatten(self) -> None:
        self._nodes = []
        pieces: list[tuple[int, npt.NDArray[np.intp]]] = []
        self._append(self._root, (), 0, pieces)
        if pieces:
            self._node_of = np.repeat(
                np.array([node for node, _ in pieces], np.int32), [len(rows) for _, rows in pieces]
            )
            self._row_of = np.concatenate([rows for _, rows in pieces])
        else:
            self._node_of, self._row_of = np.zeros(0, np.int32), np.zeros(0, np.intp)

    def _append(self, level: Level, path: Path, depth: int, pieces: list[tuple[int, npt.NDArray[np.intp]]]) -> None:
        """Adds a level's rows, cut where an open row's children go."""
        order = sorted_rows(level.sort_values(self._sort), descending=self._descending)
        if (faded := level.faded) is not None:
            order = order[np.argsort(faded[order], kind="stable")]
        index = len(self._nodes)
        self._nodes.append(_Node(level, path, depth, order))
        open_rows = {
            row: child
            for child in self._opened
            if len(child) == depth + 1 and child[:-1] == path and (row := level.find(child[-1])) is not None
        }
        begin = 0
        for position in np.flatnonzero(np.isin(order, list(open_rows))).tolist() if open_rows else ():
            pieces.append((index, order[begin : position + 1]))
            begin = position + 1
            row = int(order[position])
            if level.has_children(row):
                self._append(level.children(row), open_rows[row], depth + 1, pieces)
        pieces.append((index, order[begin:]))
