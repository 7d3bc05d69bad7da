"""What the columns of a capture file must be like, checked when they are opened or read.

ValueError describes an error.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from droidanon.columns import Coded, Layout
from droidanon.counters import most_kb
from droidanon.model import VMA_FIDELITIES
from droidanon.smaps.names import column_of
from droidanon.store.schema import LAYOUTS

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


def check_columns(schema: pa.Schema) -> None:
    """The names and types of the columns."""
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


def check_coded(name: str, column: Coded, nulls: int) -> None:
    """Each code of a column has a text."""
    codes = column.codes
    if nulls or None in column.values or (len(codes) and int(codes.view(np.uint32).max()) >= len(column.values)):
        raise ValueError(f"column {name}: dictionary index out of range")


def check_counter(name: str, values: npt.NDArray[Any]) -> None:
    """A counter is no larger than a machine can have, so that sums do not overflow."""
    if (
        values.dtype.itemsize > 4
        and len(values)
        and not -most_kb(name) <= int(values.min()) <= int(values.max()) <= most_kb(name)
    ):
        raise ValueError(f"column {name}: value out of range")


def layouts_from_json(data: Any, counters: Collection[str]) -> tuple[Layout, ...]:
    """The layouts of the metadata; each of their counters is a column."""
    if not LAYOUTS.valid(data):
        raise ValueError(f"invalid metadata: 'layouts' must be {LAYOUTS.description}")
    layouts: tuple[Layout, ...] = LAYOUTS.load(data)
    for layout in layouts:
        for line in layout.lines:
            if line[0] == "counter" and column_of(str(line[1]), bool(line[4]), counters) not in counters:
                raise ValueError(f"invalid metadata: a layout has the counter {line[1]}, but there is no column for it")
    return layouts


def check_layout_codes(codes: npt.NDArray[Any], layouts: Sequence[Layout], processes: Mapping[str, Any]) -> None:
    """The layout of each row: -1 in rows that are not VMAs, and only there."""
    if not len(codes):
        return
    lowest = int(codes.min())
    if lowest < -1 or int(codes.max()) >= len(layouts):
        raise ValueError("column layout: value out of range")
    counts = processes["rows"]
    printed = [fidelity in VMA_FIDELITIES for fidelity in processes.get("fidelity", ("smaps",) * len(counts))]
    if lowest < 0 and (codes[np.repeat(printed, counts)] < 0).any():
        raise ValueError("column layout: a VMA has none")
