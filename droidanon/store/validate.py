"""Validates the columns of a capture file when they are opened or read.

Functions raise ValueError with a description.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from droidanon.columns import MOST_TEXT, Coded, Layout
from droidanon.counters import most_kb
from droidanon.model import VMA_FIDELITIES
from droidanon.smaps.names import column_of
from droidanon.store.footer import check_footer
from droidanon.store.schema import LAYOUTS, MOST_ROWS

if TYPE_CHECKING:
    import numpy.typing as npt

_CODED = pa.dictionary(pa.int32(), pa.string())
_COLUMNS = {
    "start": pa.uint64(),
    "perms": _CODED,
    "offset": pa.uint64(),
    "device": _CODED,
    "inode": pa.uint64(),
    "name": _CODED,
    "flags": _CODED,
    "layout": pa.int32(),
    "text": pa.large_binary(),
}
_OPTIONAL = {"end": pa.uint64(), "pid": pa.int32(), "process": _CODED, "package": _CODED, "uid": pa.int64()}
_COUNTERS = (pa.int32(), pa.int64())
"""The types of all other columns."""


_MOST_CHUNK_BYTES = 256 << 20
"""Bytes of a column within a row group: twice those of the widest one, with `schema.MOST_ROWS` rows."""


def check_chunks(file: pq.ParquetFile) -> None:
    """Check the types and sizes of column chunks in the footer, before decoding anything.

    The Parquet library aborts the process when reading statistics of a chunk whose type differs from its column's.
    """
    footer = file.metadata
    if footer.num_rows > MOST_ROWS:
        raise ValueError(f"{footer.num_rows:,} rows; a capture has {MOST_ROWS:,} at most")
    schema = pq.ParquetSchema(footer)  # not `file.schema`, which would form a reference cycle with the footer
    types = [schema.column(place).physical_type for place in range(footer.num_columns)]
    check_footer(footer)
    for group in range(footer.num_row_groups):
        row_group = footer.row_group(group)
        for place, physical in enumerate(types):
            piece = row_group.column(place)
            if piece.physical_type != physical:
                raise ValueError(f"column {piece.path_in_schema}: the type is {piece.physical_type}, not {physical}")
            if piece.total_uncompressed_size > _MOST_CHUNK_BYTES:
                raise ValueError(f"column {piece.path_in_schema}: more than {_MOST_CHUNK_BYTES >> 20} MiB")


def check_columns(schema: pa.Schema) -> None:
    """Check the names and types of the columns."""
    if len(set(schema.names)) < len(schema.names):
        raise ValueError("two columns have the same name")
    for name in _COLUMNS:
        if name not in schema.names:
            raise ValueError(f"column {name} is missing")
    for field in schema:
        known = _COLUMNS.get(field.name) or _OPTIONAL.get(field.name)
        if field.type != known if known else field.type not in _COUNTERS:
            wanted = known or " or ".join(map(str, _COUNTERS))
            raise ValueError(f"column {field.name}: the type is {field.type}, not {wanted}")


def check_length(name: str, values: int, rows: int) -> None:
    """Check that a column has one value per row; chunks may contain fewer values than the footer states."""
    if values != rows:
        raise ValueError(f"column {name}: {values:,} values, but the file has {rows:,} rows")


def check_coded(name: str, column: Coded, nulls: int) -> None:
    """Check that each code of a column has a text."""
    codes = column.codes
    if nulls or None in column.values or (len(codes) and int(codes.view(np.uint32).max()) >= len(column.values)):
        raise ValueError(f"column {name}: dictionary index out of range")
    if max(map(len, column.values), default=0) > MOST_TEXT:
        raise ValueError(f"column {name}: a text of more than {MOST_TEXT:,} characters")


def check_counter(name: str, values: npt.NDArray[Any]) -> None:
    """Check that a counter is plausible for a machine, so that sums do not overflow."""
    if (
        values.dtype.itemsize > 4
        and len(values)
        and not -most_kb(name) <= int(values.min()) <= int(values.max()) <= most_kb(name)
    ):
        raise ValueError(f"column {name}: value out of range")


def check_signs(name: str, values: npt.NDArray[Any], layout: npt.NDArray[Any]) -> None:
    """Check that no counter of a VMA is negative."""
    if (values[layout >= 0] < 0).any():
        raise ValueError(f"column {name}: a VMA with a number below 0")


def layouts_from_json(data: Any, counters: Collection[str]) -> tuple[Layout, ...]:
    """The layouts in the metadata; checks that each of their counters is a column."""
    if not LAYOUTS.valid(data):
        raise ValueError(f"invalid metadata: 'layouts' must be {LAYOUTS.description}")
    layouts: tuple[Layout, ...] = LAYOUTS.load(data)
    for layout in layouts:
        for line in layout.lines:
            if line[0] == "counter" and column_of(str(line[1]), bool(line[4]), counters) not in counters:
                raise ValueError(f"invalid metadata: a layout has the counter {line[1]}, but there is no column for it")
    return layouts


def check_layout_codes(codes: npt.NDArray[Any], layouts: Sequence[Layout], processes: Mapping[str, Any]) -> None:
    """Check the layout of each row: -1 in rows that are not VMAs, and only there."""
    if not len(codes):
        return
    lowest = int(codes.min())
    if lowest < -1 or int(codes.max()) >= len(layouts):
        raise ValueError("column layout: value out of range")
    counts = processes["rows"]
    printed = [fidelity in VMA_FIDELITIES for fidelity in processes.get("fidelity", ("smaps",) * len(counts))]
    if lowest < 0 and (codes[np.repeat(printed, counts)] < 0).any():
        raise ValueError("column layout: a VMA has none")
