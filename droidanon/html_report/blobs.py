"""Data embedded in a page: compressed, encoded as text, and decompressed by the browser on demand."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from math import inf, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from droidanon.columns import Coded
from droidanon.escape import escape_text
from droidanon.html_report.page import PageColumn

if TYPE_CHECKING:
    import numpy.typing as npt

_NUMBER = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w.,])")
_WIDTHS = ((1, np.int8), (2, np.int16), (4, np.int32))


class Blobs:
    """The compressed blobs of a page, numbered in the order they were added; equal ones are stored once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._places: dict[bytes, int] = {}

    def add(self, data: bytes) -> int:
        """Add a blob and return its number."""
        digest = hashlib.sha256(data).digest()
        if digest not in self._places:
            self._places[digest] = len(self.texts)
            self.texts.append(packed(data))
        return self._places[digest]

    def add_json(self, data: Any) -> int:
        """Add data as JSON; escapes control, bidirectional and surrogate characters; NaN and infinity become null."""
        return self.add(json.dumps(_plain(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())

    def add_column(self, column: PageColumn) -> dict[str, Any]:
        """Add a column and return what the page needs to read it. NaN and infinity are unknown."""
        described: dict[str, Any] = {"key": column.key, "title": column.title, "kind": column.kind}
        if isinstance(column.values, Coded):
            ordered = _in_order(column.values.map(escape_text))
            described["texts"] = self.add_json(ordered.values)
            described["values"] = self.add_numbers(ordered.codes)
            missing = column.missing
        else:
            known = np.isfinite(column.values)
            missing = ~known if column.missing is None else column.missing | ~known
            described["values"] = self.add_numbers(
                column.values if known.all() else np.where(known, column.values, 0.0)
            )
        if missing is not None and missing.any():
            described["missing"] = self.add(missing.astype(np.uint8).tobytes())
        return described

    def add_numbers(self, values: npt.NDArray[Any]) -> dict[str, Any]:
        """Add integers in as few bytes as they need, others as 64-bit floats. Bytes are grouped by position (all first
        bytes, then all second bytes), which compresses better.
        """
        if values.dtype.kind == "f" or (len(values) and np.abs(values).max() >= 1 << 31):
            kind, stored = "f8", values.astype("<f8")
        else:
            width, dtype = next((size, kind) for size, kind in _WIDTHS if _fits(values, kind))
            kind, stored = f"i{width}", values.astype(np.dtype(dtype).newbyteorder("<"))
        planes = stored.view(np.uint8).reshape(len(stored), stored.itemsize).T
        return {"blob": self.add(planes.tobytes()), "type": kind}


def packed(data: bytes) -> str:
    """Bytes as stored in the page: raw deflate in base64."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(packer.compress(data) + packer.flush()).decode()


def _plain(data: Any) -> Any:
    """JSON data for a browser."""
    if isinstance(data, str):
        return escape_text(data)
    if isinstance(data, float):
        return data if isfinite(data) else None
    if isinstance(data, Mapping):
        return {key: _plain(one) for key, one in data.items()}
    return [_plain(one) for one in data] if isinstance(data, list | tuple) else data


def _in_order(column: Coded) -> Coded:
    """The column with its values sorted, so that rows can be sorted by code."""
    column = column.compact()
    ordered = sorted(column.values, key=_place_of)
    place = {text: code for code, text in enumerate(ordered)}
    codes = np.array([place[text] for text in column.values], np.int32)
    return Coded(codes[column.codes] if len(codes) else column.codes, tuple(ordered))


def _fits(values: npt.NDArray[Any], dtype: type[np.signedinteger[Any]]) -> bool:
    if not len(values):
        return True
    limits = np.iinfo(dtype)
    return bool(values.min() >= limits.min and values.max() <= limits.max)


def _place_of(text: str) -> tuple[float, str, str]:
    """The sort key of a text: those that begin with a number first, by it (`+1,272 (+3.0 %)`), then the others."""
    number = _NUMBER.match(text.replace("\u2212", "-", 1))
    return (float(number[0].replace(",", "")) if number else inf, text.casefold(), text)
