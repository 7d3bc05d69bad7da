"""Fixed-width records at arbitrary positions of a text, as rows of a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
PADDING = 1024
"""Bytes that must follow the text in its buffer, so that fixed-width reads near its end stay inside."""

Words = npt.NDArray[np.uint64]


def records(data: Bytes, positions: Positions, width: int) -> Bytes:
    """`data[p : p + width]` for each position, as a matrix; the caller ensures that all are in bounds."""
    view = np.ndarray((len(data) - width + 1,), np.dtype((np.void, width)), data, strides=(1,))
    return view[positions].view(np.uint8).reshape(len(positions), width)


def put_records(data: Bytes, positions: Positions, pieces: Bytes) -> None:
    """Writes each row of a matrix to `data[p : p + width]`, in order; where two overlap, the later one wins."""
    kind = np.dtype((np.void, pieces.shape[1]))
    view = np.ndarray((len(data) - pieces.shape[1] + 1,), kind, data, strides=(1,))
    view[positions] = pieces.view(kind).ravel()


def words_at(matrix: Bytes, column: int) -> Words:
    """8 bytes of each row, starting at a column, as a (strided, unaligned) array of words."""
    return np.ndarray((len(matrix),), np.uint64, matrix, column, (matrix.shape[1],))


class Growing:
    """An array with amortised constant-time appends; `values` is its content so far."""

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self._room = np.zeros(1024, dtype)
        self.values = self._room[:0]

    def append(self, more: npt.NDArray[Any]) -> None:
        """Appends the values of another array."""
        size = len(self.values)
        self.room(len(more))
        self._room[size : size + len(more)] = more
        self.values = self._room[: size + len(more)]

    def room(self, spare: int) -> npt.NDArray[Any]:
        """The array with room for that many more values (with undefined content)."""
        if len(self.values) + spare > len(self._room):
            self._room = np.concatenate([self.values, np.zeros(len(self.values) + spare + 1024, self._room.dtype)])
            self.values = self._room[: len(self.values)]
        return self._room

    def __len__(self) -> int:
        return len(self.values)
