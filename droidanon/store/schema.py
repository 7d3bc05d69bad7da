"""The schema of a capture's metadata: what is valid in the file, and how to convert each fact to JSON and back."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from droidanon.columns import MOST_KEY, MOST_WIDTH, Layout
from droidanon.model import FIDELITIES, Preparation, Problem
from droidanon.uids import PIDS

MOST_ROWS = 1 << 24
"""VMAs of a capture: 16 times those of a phone with 600 processes."""

Test = Callable[[Any], bool]
Conversion = Callable[[Any], Any]


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class FactType:
    """The type of a fact: `valid` checks the JSON value, `load` converts it to Python, and `dump` converts it back."""

    description: str
    """As in "must be DESCRIPTION"."""
    valid: Test
    load: Conversion = _unchanged
    dump: Conversion = _unchanged


def _is_integer(low: int, high: int) -> Test:
    return lambda value: type(value) is int and low <= value < high


def _is_seconds(value: Any) -> bool:
    return NUMBER.valid(value) or (isinstance(value, float) and math.isfinite(value))


TEXT = FactType("text", lambda value: isinstance(value, str))
FLAG = FactType("true or false", lambda value: isinstance(value, bool))
NUMBER = FactType("an integer of 64 bits", _is_integer(-(1 << 63), 1 << 63))
PID = FactType("an integer from 0 to 2,147,483,647", _is_integer(PIDS.start, PIDS.stop))
ROWS = FactType("a number of rows", _is_integer(0, MOST_ROWS + 1))
WIDTH = FactType("a width in characters", _is_integer(0, MOST_WIDTH + 1))
SECONDS = FactType("seconds", _is_seconds)
FACT = FactType("text or integer", lambda value: TEXT.valid(value) or NUMBER.valid(value))
FIDELITY = FactType(f"one of {', '.join(FIDELITIES)}", lambda value: TEXT.valid(value) and value in FIDELITIES)


def optional(kind: FactType) -> FactType:
    """A fact that may be unknown (null, None)."""
    return FactType(f"{kind.description}, or null", lambda value: value is None or kind.valid(value))


def mapping(kind: FactType) -> FactType:
    """An object whose values have one type."""
    return FactType(
        f"an object with values of {kind.description}",
        lambda value: isinstance(value, dict) and all(map(kind.valid, value.values())),
        dump=dict,
    )


def records(record: type[Any], *kinds: FactType, required: int | None = None) -> FactType:
    """Objects of a dataclass; in JSON each is a list of its field values, which have these types.

    Fields after the first `required` may be absent, because files written before a field was added lack it.
    """
    names = [field.name for field in fields(record)]
    tests = [kind.valid for kind in kinds]
    lengths = range(len(kinds) if required is None else required, len(kinds) + 1)

    def load(items: Sequence[Sequence[Any]]) -> tuple[Any, ...]:
        return tuple(record(*(kind.load(part) for kind, part in zip(kinds, item, strict=False))) for item in items)

    return FactType(
        f"a list of [{', '.join(kind.description for kind in kinds)}]",
        lambda value: isinstance(value, list) and all(_is_list_of(item, tests, lengths) for item in value),
        load,
        lambda items: [[getattr(item, name) for name in names] for item in items],
    )


def _is_list_of(value: Any, tests: Sequence[Test], lengths: Container[int]) -> bool:
    return (
        isinstance(value, list)
        and len(value) in lengths
        and all(test(part) for test, part in zip(tests, value, strict=False))
    )


def _is_ascii(value: Any) -> bool:
    return isinstance(value, str) and value.isascii()


def _is_key(value: Any) -> bool:
    return _is_ascii(value) and len(value) <= MOST_KEY


_LINES: Mapping[str, tuple[Sequence[Test], Container[int]]] = {
    "counter": ((_is_ascii, _is_key, _is_ascii, WIDTH.valid, _is_ascii), (5,)),
    "name": ((_is_ascii, _is_ascii), (2,)),
    "flags": ((_is_ascii, _is_ascii, _is_ascii), (3,)),
}
"""The parts of each kind of line of a `Layout`, its first word included, and how many there are."""


def _is_lines(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(line, list)
        and bool(line)
        and _is_ascii(line[0])
        and _is_list_of(line, *_LINES.get(line[0], ((), ())))
        for line in value
    )


CAPTURE: Mapping[str, FactType] = {
    "source": TEXT,
    "created": TEXT,
    "access": TEXT,
    "partial": FLAG,
    "tool_version": TEXT,
    "app": TEXT,
    "device": mapping(FACT),
    "system": mapping(NUMBER),
    "limits": mapping(FACT),
    "labels": mapping(TEXT),
    "problems": records(Problem, TEXT, TEXT, TEXT, required=2),
    "notes": records(Problem, TEXT, TEXT, TEXT, required=2),
    "preparations": records(Preparation, TEXT, FLAG, TEXT),
}
"""Fields of a `Capture`, which are also the keys."""

PROCESS: Mapping[str, FactType] = {
    "name": TEXT,
    "pid": optional(PID),
    "package": optional(TEXT),
    "uid": optional(NUMBER),
    "ppid": optional(NUMBER),
    "start_time": optional(NUMBER),
    "oom_score_adj": optional(NUMBER),
    "oom_level": optional(TEXT),
    "state": optional(TEXT),
    "rows": ROWS,
    "fidelity": FIDELITY,
    "reference": FLAG,
    "text": optional(TEXT),  # packed by `metadata`
    "crlf": FLAG,
    "version_name": optional(TEXT),
    "version_code": optional(NUMBER),
    "debuggable": optional(FLAG),
    "large_heap": optional(FLAG),
    "abi": optional(TEXT),
    "compile_filter": optional(TEXT),
    "age_s": optional(SECONDS),
    "read_s": optional(SECONDS),
    "status_kb": mapping(NUMBER),
    "not_in_smaps_kb": mapping(NUMBER),
    "heap_alloc_kb": mapping(NUMBER),
    "objects": mapping(NUMBER),
    "cgroup_kb": mapping(NUMBER),
    "procrank_kb": mapping(NUMBER),
}
"""Fields of a `Process`; the key has a list with a value per process."""

_PROCESS_KEYS = {"reference": "companion"}

LAYOUTS = records(
    Layout,
    WIDTH,
    FLAG,
    FactType("lines", _is_lines, lambda lines: tuple(map(tuple, lines))),
)


def process_key(field: str) -> str:
    """The key of a field of `Process`."""
    return _PROCESS_KEYS.get(field, field)
