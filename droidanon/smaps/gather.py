"""Fixed-width pieces of a text at any positions, as the rows of a matrix."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]


def records(data: Bytes, positions: Positions, width: int) -> Bytes:
    """`data[p : p + width]` for each position, as a matrix; the caller sees to it that all lie inside."""
    view = np.ndarray((len(data) - width + 1,), np.dtype((np.void, width)), data, strides=(1,))
    return view[positions].view(np.uint8).reshape(len(positions), width)


def words_at(matrix: Bytes, column: int) -> Words:
    """The 8 bytes from a column on in each row, as a (strided, unaligned) array of words."""
    return np.ndarray((len(matrix),), np.uint64, matrix, column, (matrix.shape[1],))
