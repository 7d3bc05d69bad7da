"""Field values of a dataclass from a JSON object that may be damaged, edited, or written by a newer droidanon."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

_TYPES: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "int | None": (int, type(None)),
    "float | None": (int, float, type(None)),
}
"""The types that JSON has for simple fields. Other fields are for the caller to check."""
_MOST = 1 << 62


def known_fields(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The values for the fields of a dataclass; other keys are ignored.

    Raises TypeError, naming the field, for a value of the wrong type, or a number that is not finite or exceeds 2^62.
    """
    known = {one.name: data[one.name] for one in fields(kind) if one.name in data}
    for one in fields(kind):
        types = _TYPES.get(str(one.type))
        if types is not None and one.name in known and not _is_one_of(known[one.name], types):
            raise TypeError(f"{one.name} is not of the type {one.type}")
    return known


def _is_one_of(value: Any, types: tuple[type, ...]) -> bool:
    if type(value) not in types:
        return False
    return not isinstance(value, int | float) or (math.isfinite(value) and abs(value) < _MOST)
