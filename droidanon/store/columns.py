"""Converts Arrow arrays to numpy and back without pandas, which `pyarrow.Array.to_numpy` would import."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from droidanon.columns import BoolArray, Coded

if TYPE_CHECKING:
    import numpy.typing as npt


def values_of(array: Any) -> tuple[npt.NDArray[Any], BoolArray | None]:
    """The values of an integer array (0 where null), and a mask of the nulls (None if there are none)."""
    array = _whole(array)
    dtype = np.dtype(array.type.to_pandas_dtype())
    data = array.buffers()[1]
    values = (
        np.frombuffer(data, dtype, len(array), array.offset * dtype.itemsize)
        if data is not None
        else np.zeros(len(array), dtype)
    )
    if not array.null_count:
        return values, None
    gone = nulls_of(array)
    values = values.copy()
    values[gone] = 0
    return values, gone


def nulls_of(array: Any) -> BoolArray:
    """A mask of the nulls in an array."""
    array = _whole(array)
    bitmap = array.buffers()[0]
    if bitmap is None:
        return np.zeros(len(array), np.bool_)
    bits = np.unpackbits(np.frombuffer(bitmap, np.uint8), bitorder="little")
    gone: BoolArray = bits[array.offset : array.offset + len(array)] == 0
    return gone


def coded_of(array: Any) -> Coded:
    """A dictionary-encoded text column as `Coded`."""
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries()
    array = _whole(array)
    codes, _ = values_of(array.indices)
    return Coded(codes.astype(np.int32, copy=False), tuple(array.dictionary.to_pylist()))


def number_array(values: npt.NDArray[Any], missing: BoolArray | None = None) -> Any:
    """An Arrow column of numbers, null where missing. (`pyarrow.array` would import pandas.)"""
    values = np.ascontiguousarray(values)
    return pa.Array.from_buffers(
        pa.from_numpy_dtype(values.dtype), len(values), [_bitmap(missing), pa.py_buffer(values)]
    )


def list_array(values: Sequence[float | str | None], kind: pa.DataType) -> pa.Array:
    """An Arrow column of numbers or text, null for None. (`pyarrow.array` would import pandas.)"""
    gone = np.array([value is None for value in values], np.bool_)
    missing = gone if gone.any() else None
    if not pa.types.is_string(kind):
        dtype = np.float64 if pa.types.is_floating(kind) else np.int64
        return number_array(np.array([value or 0 for value in values], dtype), missing).cast(kind)
    encoded = [b"" if value is None else str(value).encode() for value in values]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum([len(value) for value in encoded], out=offsets[1:])
    return pa.Array.from_buffers(
        kind, len(encoded), [_bitmap(missing), pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    )


def bytes_array(values: Sequence[bytes]) -> Any:
    """An Arrow column of bytes."""
    offsets = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(value) for value in values], out=offsets[1:])
    return pa.Array.from_buffers(
        pa.large_binary(), len(values), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(values))]
    )


def dictionary_array(coded: Coded) -> pa.DictionaryArray:
    """A `Coded` column as an Arrow column."""
    return pa.DictionaryArray.from_arrays(number_array(coded.codes), list_array(coded.values, pa.string()))


def repeated_array(values: Sequence[str | None], rows: npt.NDArray[Any]) -> pa.DictionaryArray:
    """An Arrow column of `values[row]` for the given rows, null for None."""
    place = {value: code for code, value in enumerate(dict.fromkeys(value for value in values if value is not None))}
    codes = np.array([-1 if value is None else place[value] for value in values], np.int32)[rows]
    indices = number_array(np.maximum(codes, 0), codes < 0)
    return pa.DictionaryArray.from_arrays(indices, list_array(list(place), pa.string()))


def _bitmap(missing: BoolArray | None) -> pa.Buffer | None:
    return None if missing is None else pa.py_buffer(np.packbits(~missing, bitorder="little").tobytes())


def _whole(array: Any) -> Any:
    if not isinstance(array, pa.ChunkedArray):
        return array
    return array.chunk(0) if array.num_chunks == 1 else array.combine_chunks()
