"""Arrays that grow in place: their memory is extended, not copied, so that no column is in memory twice."""

from __future__ import annotations

import mmap
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

_IS_LINUX = sys.platform == "linux"
_FIRST_BYTES = 1 << 16


class InPlaceColumn:
    """A column to append rows to."""

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._room = _MappedRoom() if _IS_LINUX else _HeapRoom()
        self._size = 0

    def append(self, values: npt.NDArray[Any]) -> None:
        """Appends an array, and widens the column to its type if necessary."""
        if values.dtype.itemsize > self._dtype.itemsize:
            narrow = self._room.array(self._dtype, self._size)
            self._dtype, self._room = values.dtype, type(self._room)()
            self._room.resize(narrow.size * self._dtype.itemsize)
            self._room.array(self._dtype, narrow.size)[:] = narrow
        size = self._size + len(values)
        needed = size * self._dtype.itemsize
        if needed > len(self._room):
            self._room.resize(max(needed + needed // 8, _FIRST_BYTES))
        self._room.array(self._dtype, size)[self._size :] = values
        self._size = size

    def fill(self, size: int, value: int) -> None:
        """Extends the column to a number of rows."""
        if size > self._size:
            self.append(np.full(size - self._size, value, self._dtype))

    def finish(self) -> npt.NDArray[Any]:
        """The array; nothing can be appended afterwards."""
        self._room.resize(self._size * self._dtype.itemsize)
        return self._room.array(self._dtype, self._size)


class _MappedRoom:
    """Memory that the kernel extends by remapping its pages (mremap).

    Columns that grow alternately on the heap leave holes of about half their size.
    """

    def __init__(self) -> None:
        self._map: mmap.mmap | None = None

    def __len__(self) -> int:
        return 0 if self._map is None else len(self._map)

    def resize(self, size: int) -> None:
        """Gives the memory this size. No array of it may be in use."""
        size = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
        if not size:
            self._map = None
        elif self._map is None:
            self._map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        else:
            self._map.resize(size)

    def array(self, dtype: np.dtype[Any], count: int) -> npt.NDArray[Any]:
        """The beginning of the memory as an array."""
        return np.zeros(0, dtype) if self._map is None else np.frombuffer(self._map, dtype, count)


class _HeapRoom:
    """Memory on the heap, for systems without mremap."""

    def __init__(self) -> None:
        self._bytes = np.zeros(0, np.uint8)

    def __len__(self) -> int:
        return len(self._bytes)

    def resize(self, size: int) -> None:
        """Gives the memory this size. No array of it may be in use."""
        self._bytes.resize(size, refcheck=False)

    def array(self, dtype: np.dtype[Any], count: int) -> npt.NDArray[Any]:
        """The beginning of the memory as an array."""
        return self._bytes[: count * dtype.itemsize].view(dtype)
