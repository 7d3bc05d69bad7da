"""Packs integers into bytes that compress well: zigzag, in the smallest width that fits all, low bytes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
else:
    Ints = np.ndarray

_WIDTHS = (1, 2, 4, 8)


def pack(values: npt.NDArray[Any]) -> bytes:
    """Pack signed integers; the first byte is their width."""
    signed = values.astype(np.int64, copy=False)
    folded = ((signed << 1) ^ (signed >> 63)).view(np.uint64)
    most = int(folded.max()) if len(folded) else 0
    width = next(width for width in _WIDTHS if most < 1 << (8 * width))
    planes = folded.astype(f"<u{width}").view(np.uint8).reshape(-1, width)
    return bytes([width]) + planes.T.tobytes()


def unpack(data: bytes, count: int | None = None) -> Ints:
    """Unpack the result of `pack`. Raises ValueError if it is invalid or does not have `count` integers."""
    width = data[0] if data else 0
    if width not in _WIDTHS or (len(data) - 1) % width:
        raise ValueError("packed numbers of an invalid width")
    found = (len(data) - 1) // width
    if count is not None and found != count:
        raise ValueError(f"{found:,} packed numbers instead of {count:,}")
    planes = np.frombuffer(data, np.uint8, offset=1).reshape(width, found)
    folded = np.ascontiguousarray(planes.T).view(f"<u{width}").reshape(found)
    one = folded.dtype.type(1)
    values: Ints = ((folded >> one) ^ -(folded & one)).view(f"<i{width}").astype(np.int64)
    return values
