"""Describes the change between two JSON values as JSON, from which the newer value is restored exactly.

A change is `null` (no change), `[value]` (a new value), an integer (added to an integer), or an object with the changes
of some values, if both objects have the same keys in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Change = None | int | list[Any] | dict[str, Any]


def change_of(base: Any, new: Any) -> Change:
    """The change that restores `new` from `base`."""
    kind = type(new)
    if kind is int and type(base) is int:
        return new - base or None
    if kind is dict and type(base) is dict and tuple(base) == tuple(new):
        changes = {key: found for key, value in new.items() if (found := change_of(base[key], value)) is not None}
        return changes or None
    if kind is type(base) and kind in (str, bool, type(None)) and new == base:
        return None
    return None if is_same(base, new) else [new]


def is_same(base: Any, new: Any) -> bool:
    """Whether two values have the same JSON text; 1, 1.0 and true are equal in Python."""
    if base != new and not isinstance(new, list | tuple):
        return False
    return repr(_plain(base)) == repr(_plain(new))


def _plain(value: Any) -> Any:
    """The value with tuples as lists, as in JSON."""
    return list(map(_plain, value)) if isinstance(value, list | tuple) else value


def restore(base: Any, change: Change) -> Any:
    """Restore the newer value. Raises ValueError if the change does not fit the base."""
    if change is None:
        return base
    if type(change) is int and type(base) is int:
        return base + change
    if isinstance(change, list) and len(change) == 1:
        return change[0]
    if isinstance(change, Mapping) and isinstance(base, dict) and change.keys() <= base.keys():
        return {key: restore(value, change.get(key)) for key, value in base.items()}
    raise ValueError("a change that does not fit its base")
