"""What a capture file must be like, checked once when it is opened, so that all else may trust it. ValueError says what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from droidanon.columns import Coded, Layout
from droidanon.counters import most_kb
from droidanon.model import FIDELITIES, VMA_FIDELITIES
from droidanon.smaps.names import column_of

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_ROWS = 1 << 27
_MOST_WIDTH = 1 << 24
"""Columns of a printed line."""

Test = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any, bits: int = 63) -> bool:
    return type(value) is int and -(1 << bits) <= value < 1 << bits


def _is_pid(value: Any) -> bool:
    return _is_number(value, 31)


def _is_rows(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_ROWS


def _is_seconds(value: Any) -> bool:
    return _is_number(value) or (isinstance(value, float) and math.isfinite(value))


def _is_fact(value: Any) -> bool:
    return _is_text(value) or _is_number(value)


def _is_fidelity(value: Any) -> bool:
    return _is_text(value) and value in FIDELITIES


def _or_none(test: Test) -> Test:
    return lambda value: value is None or test(value)


def _each(test: Test) -> Test:
    return lambda value: isinstance(value, dict) and all(map(test, value.values()))


def _lists_of(*tests: Test) -> Test:
    return lambda value: isinstance(value, list) and all(_is_list_of(item, tests) for item in value)


def _is_list_of(value: Any, tests: Sequence[Test]) -> bool:
    return (
        isinstance(value, list)
        and len(value) == len(tests)
        and all(test(part) for test, part in zip(tests, value, strict=True))
    )


_IN_FILE: Mapping[str, Test] = {
    **dict.fromkeys(("source", "created", "access", "tool_version", "app"), _is_text),
    "partial": _is_flag,
    "device": _each(_is_fact),
    "system": _each(_is_number),
    "labels": _each(_is_text),
    **dict.fromkeys(("problems", "notes"), _lists_of(_is_text, _is_text)),
    "preparations": _lists_of(_is_text, _is_flag, _is_text),
}
_OF_PROCESS: Mapping[str, Test] = {
    "name": _is_text,
    "rows": _is_rows,
    "fidelity": _is_fidelity,
    "pid": _or_none(_is_pid),
    **dict.fromkeys(("companion", "crlf"), _is_flag),
    "debuggable": _or_none(_is_flag),
    **dict.fromkeys(("uid", "ppid", "start_time", "oom_score_adj", "version_code"), _or_none(_is_number)),
    **dict.fromkeys(("package", "oom_level", "text", "version_name", "abi", "compile_filter"), _or_none(_is_text)),
    **dict.fromkeys(("age_s", "read_s"), _or_none(_is_seconds)),
    **dict.fromkeys(("status_kb", "not_in_smaps_kb", "objects", "procrank_kb"), _each(_is_number)),
}

_CODED = pa.dictionary(pa.int32(), pa.string())
_COLUMNS = {
    **dict.fromkeys(("start", "offset", "inode"), pa.uint64()),
    **dict.fromkeys(("perms", "device", "name", "flags"), _CODED),
    "layout": pa.int32(),
    "text": pa.large_binary(),
}
_OPTIONAL = {"end": pa.uint64(), "pid": pa.int32(), "process": _CODED, "package": _CODED, "uid": pa.int64()}
_COUNTERS = (pa.int32(), pa.int64())


def check_metadata(data: Mapping[str, Any], rows: int) -> None:
    """All that a file tells beside its rows but the layouts; `rows` is how many it has."""
    for key, test in _IN_FILE.items():
        if key in data and not test(data[key]):
            raise ValueError(f"its {key} is not what it should be")
    processes = data["processes"]
    if not isinstance(processes, dict) or not all(isinstance(values, list) for values in processes.values()):
        raise ValueError("its processes are not what they should be")
    counts = processes["rows"]
    if any(len(values) != len(counts) for values in (*processes.values(), processes["name"])):
        raise ValueError("its processes are not what they should be")
    for key, values in processes.items():
        if key in _OF_PROCESS and not all(map(_OF_PROCESS[key], values)):
            raise ValueError(f"the {key} of a process is not what it should be")
    if rows > MOST_ROWS or rows != sum(counts):
        raise ValueError("its processes and its rows don't add up")


def check_columns(schema: pa.Schema) -> None:
    """The names and types of its columns."""
    if len(set(schema.names)) < len(schema.names):
        raise ValueError("it has a column twice")
    for name, kind in _COLUMNS.items():
        if name not in schema.names:
            raise ValueError(f"it lacks the column {name}")
        if schema.field(name).type != kind:
            raise ValueError(f"its column {name} is of another type")
    for field in schema:
        if field.name in _COLUMNS:
            continue
        known = _OPTIONAL.get(field.name)
        if field.type != known if known else field.type not in _COUNTERS:
            raise ValueError(f"its column {field.name} is of another type")


def check_coded(name: str, column: Coded, nulls: int) -> None:
    """A column of codes: each has its text."""
    codes = column.codes
    if nulls or None in column.values or (len(codes) and int(codes.view(np.uint32).max()) >= len(column.values)):
        raise ValueError(f"its column {name} has values that are not there")


def check_counter(name: str, values: npt.NDArray[Any]) -> None:
    """A counter: no more than a machine may have, so that sums are what they are."""
    if (
        values.dtype.itemsize > 4
        and len(values)
        and not -most_kb(name) <= int(values.min()) <= int(values.max()) <= most_kb(name)
    ):
        raise ValueError(f"its column {name} has numbers that no machine has")


def check_layouts(data: Any, counters: Collection[str]) -> None:
    """The layouts, as JSON; each of their counters is a column."""
    if not isinstance(data, list) or not all(_is_list_of(item, (_is_width, _is_flag, _is_lines)) for item in data):
        raise ValueError("its layouts are not what they should be")
    for _, _, lines in data:
        for line in lines:
            if line[0] == "counter" and column_of(line[1], bool(line[4]), counters) not in counters:
                raise ValueError("a layout has a counter that is not there")


def check_layout_codes(codes: Any, layouts: Sequence[Layout], processes: Mapping[str, Any]) -> None:
    """The layout of each row: -1 in those that are no VMAs, and only there."""
    if not len(codes):
        return
    lowest = int(codes.min())
    if lowest < -1 or int(codes.max()) >= len(layouts):
        raise ValueError("unknown layout")
    counts = processes["rows"]
    printed = [fidelity in VMA_FIDELITIES for fidelity in processes.get("fidelity", ("smaps",) * len(counts))]
    if lowest < 0 and (codes[np.repeat(printed, counts)] < 0).any():
        raise ValueError("a VMA without a layout")


def _is_width(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MOST_WIDTH


def _is_ascii(value: Any) -> bool:
    return isinstance(value, str) and value.isascii()


_LINES: Mapping[str, Sequence[Test]] = {
    "counter": (_is_ascii, _is_ascii, _is_ascii, _is_width, _is_ascii),
    "name": (_is_ascii, _is_ascii),
    "flags": (_is_ascii, _is_ascii, _is_ascii),
}


def _is_lines(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(line, list) and bool(line) and _is_ascii(line[0]) and _is_list_of(line, _LINES.get(line[0], ()))
        for line in value
    )
