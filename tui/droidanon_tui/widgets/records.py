"""A level without children: a plain list of records."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from droidanon_tui.widgets.open_rows import Level

if TYPE_CHECKING:
    import numpy.typing as npt

RecordValue = str | int | float | None


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A row: its key, its cells by column, and its object."""

    key: Hashable
    cells: Mapping[str, RecordValue]
    item: Any


@dataclass(frozen=True, slots=True, eq=False)
class RecordLevel:
    """Records as a level of a table."""

    faded: ClassVar[None] = None
    unproven: ClassVar[None] = None
    is_tested: ClassVar[bool] = False
    records: Sequence[Record]

    def __len__(self) -> int:
        return len(self.records)

    def key(self, row: int) -> Hashable:
        return self.records[row].key

    def find(self, key: Hashable) -> int | None:
        return next((row for row, record in enumerate(self.records) if record.key == key), None)

    def text(self, column: str, row: int) -> str:
        value = self.records[row].cells.get(column)
        return value if isinstance(value, str) else ""

    def kept_end(self, _row: int) -> float:
        return 0.0

    def shorter(self, _row: int) -> tuple[str, ...]:
        return ()

    def first_form(self, _width: int) -> int:
        return 0

    def number(self, column: str, row: int) -> int | float | None:
        value = self.records[row].cells.get(column)
        return None if isinstance(value, str) else value

    def sort_values(self, column: str) -> npt.NDArray[Any]:
        values = [record.cells.get(column) for record in self.records]
        if any(isinstance(value, str) for value in values):
            return np.array([str(value or "").casefold() for value in values], np.object_)
        return np.array([np.nan if value is None else value for value in values], np.float64)

    def has_children(self, _row: int) -> bool:
        return False

    def children(self, _row: int) -> Level:
        raise LookupError("a record has no children")
