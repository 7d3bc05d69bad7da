"""The last level of Explore's tree: VMAs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.cells import cell_len

from droidanon.columns import BoolArray
from droidanon.escape import escape_text
from droidanon.wording import NO_NAME
from droidanon_tui.explore.facts import VMAS, VmaRows
from droidanon_tui.explore.significance import SURE
from droidanon_tui.widgets.columns import LABEL
from droidanon_tui.widgets.draw import SHARE
from droidanon_tui.widgets.open_rows import Level

if TYPE_CHECKING:
    import numpy.typing as npt

VMA = "vma"
"""The first part of a VMA's key."""


class VmaLevel:
    """VMAs, the last level."""

    faded = None
    is_tested = False

    def __init__(self, rows: VmaRows, share: Callable[[str, float], float], *, is_unproven: bool = False) -> None:
        """`share`: a column's number as a share of a full bar. `is_unproven`: the change above was not confirmed."""
        self.unproven = np.ones(len(rows), np.bool_) if is_unproven else None
        self._share = share
        self.vmas = rows
        self._numbers: dict[str, tuple[npt.NDArray[Any], BoolArray | None]] = {}
        self._lines: Mapping[Hashable, int] | None = None

    def __len__(self) -> int:
        return len(self.vmas)

    def key(self, row: int) -> Hashable:
        return (VMA, *self.vmas.key(row))

    def find(self, key: Hashable) -> int | None:
        if self._lines is None:
            self._lines = {self.key(row): row for row in range(len(self))}
        return self._lines.get(key)

    def text(self, column: str, row: int) -> str:
        return self.vmas.label(row) if column == LABEL else ""

    def kept_end(self, _row: int) -> float:
        return 0.5

    def shorter(self, row: int) -> tuple[str, ...]:
        return self.vmas.shorter(row)

    def first_form(self, width: int) -> int:
        """The one in which the longest row fits."""
        longest = self._longest
        return next((form for form, text in enumerate(longest) if cell_len(text) <= width), len(longest) - 1)

    @cached_property
    def _longest(self) -> list[str]:
        return [escape_text(form) for form in self.vmas.longest_forms()]

    def _column(self, column: str) -> tuple[npt.NDArray[Any], BoolArray | None]:
        if column not in self._numbers:
            ones = np.ones(len(self), np.int64)
            self._numbers[column] = (ones, None) if column == VMAS else self.vmas.numbers(column)
        return self._numbers[column]

    def number(self, column: str, row: int) -> int | float | None:
        name = column.removeprefix(SHARE)
        values, gone = self._column(name)
        if gone is not None and gone[row]:
            return None
        value: int | float = values[row].item()
        return self._share(column, value) if name != column else value

    def sort_values(self, column: str) -> npt.NDArray[Any]:
        if column == LABEL:
            return self.vmas.start().astype(np.float64)
        if column == SURE:
            return np.full(len(self), "", np.object_)
        values, gone = self._column(column)
        shown: npt.NDArray[Any] = np.abs(values) if column == "delta_kb" else values
        return shown if gone is None else np.where(gone, np.nan, shown)

    def has_children(self, _row: int) -> bool:
        return False

    def children(self, _row: int) -> Level:
        raise LookupError("a VMA has no children")


def path_word(key: Hashable) -> str:
    """A key of a path as text: a word, a name, or a VMA's start."""
    if isinstance(key, tuple) and key[0] == VMA:
        return f"{key[-1]:x}"
    word = key[1] if isinstance(key, tuple) else key
    return escape_text(str(word)[:60]) or NO_NAME
