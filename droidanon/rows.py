"""The rows of a result: key columns and numeric columns of equal length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.columns import BoolArray, Coded

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

Key = Coded | Sequence[str | int | None]
"""A column of keys: text as codes, else a value per row."""
_BLOCK = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A result: `len(rows)` rows of keys and numbers (int64 or float64).

    A number is unknown where `missing[column]` is true (the value stored there is 0).
    """

    keys: Mapping[str, Key]
    numbers: Mapping[str, npt.NDArray[Any]]
    missing: Mapping[str, BoolArray] = field(default_factory=dict)

    def __len__(self) -> int:
        columns: list[Key | npt.NDArray[Any]] = [*self.keys.values(), *self.numbers.values()]
        return len(columns[0]) if columns else 0

    def number(self, column: str, row: int) -> int | float | None:
        """One number; None if missing."""
        mask = self.missing.get(column)
        if mask is not None and mask[row]:
            return None
        value: int | float = self.numbers[column][row].item()
        return value

    def knows(self, column: str) -> bool:
        """Whether a column has a known number in any row."""
        mask = self.missing.get(column)
        return column in self.numbers and len(self) > 0 and (mask is None or not bool(mask.all()))

    def take(self, rows: npt.NDArray[Any]) -> Rows:
        """Some of the rows (an index array or a mask)."""
        kept = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        missing = {name: mask[kept] for name, mask in self.missing.items() if mask[kept].any()}
        keys = {key: take_key(values, kept) for key, values in self.keys.items()}
        return Rows(keys, {name: values[kept] for name, values in self.numbers.items()}, missing)

    def records(self) -> list[dict[str, str | int | float | None]]:
        """One flat dict per row, with missing numbers as None (for JSON)."""
        return list(self.iter_records())

    def iter_records(self) -> Iterator[dict[str, str | int | float | None]]:
        """The records one at a time; a million at once would take a gigabyte."""
        for start in range(0, len(self), _BLOCK):
            rows = slice(start, start + _BLOCK)
            columns: dict[str, Sequence[Any]] = {
                key: values.take(rows).to_list() if isinstance(values, Coded) else values[rows]
                for key, values in self.keys.items()
            }
            for key, values in self.numbers.items():
                column = values[rows].tolist()
                mask = self.missing.get(key)
                if mask is not None:
                    column = [None if gone else value for value, gone in zip(column, mask[rows].tolist(), strict=True)]
                columns[key] = column
            for row in zip(*columns.values(), strict=True):
                yield dict(zip(columns, row, strict=True))

    def to_pandas(self) -> pd.DataFrame:
        """A DataFrame: text keys are categoricals (in alphabetical order), and missing numbers are <NA>."""
        import pandas as pd

        data: dict[str, Any] = {}
        for key, column in self.keys.items():
            data[key] = categorical(column) if isinstance(column, Coded) else list(column)
        for key, values in self.numbers.items():
            mask = self.missing.get(key)
            if values.dtype.kind == "f":
                data[key] = values if mask is None else np.where(mask, np.nan, values)
            else:
                data[key] = pd.arrays.IntegerArray(
                    values.astype(np.int64), np.zeros(len(values), bool) if mask is None else mask.copy()
                )
        return pd.DataFrame(data)


def take_key(column: Key, rows: npt.NDArray[Any]) -> Key:
    """A key column restricted to some rows (an index array)."""
    return column.take(rows) if isinstance(column, Coded) else [column[row] for row in rows.tolist()]


def categorical(column: Coded) -> pd.Categorical[str]:
    """A text column as a pandas categorical, with its categories in alphabetical order."""
    import pandas as pd

    column = column.compact()
    return pd.Categorical.from_codes(column.ranks(), pd.Index(sorted(set(column.values)), dtype=object))
