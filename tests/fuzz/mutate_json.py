"""Mutations of JSON that leave it JSON."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from tests.fuzz.mutate import MOST_BYTES, mutate

_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.5, 1e300, "", "x", [], {}, [[]], [None], "\ud800", "\0", "../x", "\x1b[2J", "9" * 400, "2026-01-01T00:00:00Z",
    127, 128, 255, 1 << 15, (1 << 31) - 1, 1 << 31, -(1 << 31), 1 << 32, 1 << 52, 1 << 53, (1 << 62) - 1, (1 << 63) - 1, -(1 << 63), (1 << 64) - 1, 1 << 70,
)  # fmt: skip
_MOST_COPIES = 300
_STOP = 0.04
"""The chance per level that a walk ends before a leaf."""
_LEAST_DEPTH = 2
"""Levels at which it does not: without its outermost parts, nothing of an input is read."""

Place = tuple[Any, Any]
"""A list or object, and an index or key in it."""


def mutate_json(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One seed with some values changed; once in a while its bytes."""
    if rng.random() < 0.02:
        return mutate(rng, seeds)
    try:
        root = [json.loads(rng.choice(seeds))]
        for _ in range(rng.randint(1, 4)):
            holder, key = _place(rng, root)
            rng.choice(_MUTATIONS)(rng, holder, key, root)
        data = json.dumps(root[0] if root else None).encode()
    except (ValueError, RecursionError):
        return mutate(rng, seeds)
    return data if len(data) <= MOST_BYTES else rng.choice(seeds)


def _place(rng: random.Random, root: Any) -> Place:
    """A random value: each level of nesting is as likely, so that few large lists do not get all mutations."""
    place: Place = root, 0
    if not root:
        root.append(None)
    depth = 0
    while True:
        depth += 1
        value = place[0][place[1]]
        if not isinstance(value, list | dict) or not value or (depth > _LEAST_DEPTH and rng.random() < _STOP):
            return place
        place = (value, rng.randrange(len(value))) if isinstance(value, list) else (value, rng.choice(list(value)))


def _replace(rng: random.Random, holder: Any, key: Any, _: Any) -> None:
    """Another value, most often of the same type."""
    alike = [value for value in _VALUES if type(value) is type(holder[key])]
    holder[key] = rng.choice(alike if alike and rng.random() < 0.8 else _VALUES)


def _remove(_: random.Random, holder: Any, key: Any, root: Any) -> None:
    if holder is not root:
        del holder[key]


def _nudge(rng: random.Random, holder: Any, key: Any, _: Any) -> None:
    value = holder[key]
    if isinstance(value, int) and not isinstance(value, bool):
        holder[key] = rng.choice(
            (value + 1, value - 1, -value, value * 2, value ^ (1 << rng.randrange(64)), value + 4096)
        )
    elif isinstance(value, str):
        holder[key] = mutate(rng, [value.encode("utf-8", "replace")]).decode("utf-8", "replace")
    else:
        holder[key] = rng.choice(_VALUES)


def _copy(rng: random.Random, holder: Any, key: Any, root: Any) -> None:
    """The value of another place."""
    other, name = _place(rng, root)
    holder[key] = json.loads(json.dumps(other[name]))


def _repeat(rng: random.Random, holder: Any, key: Any, root: Any) -> None:
    if isinstance(holder, list) and holder is not root:
        holder[key:key] = [holder[key]] * rng.choice((1, 2, _MOST_COPIES))
    elif isinstance(holder, dict):
        holder[f"{key}{rng.choice(('', '2', '_kb'))}"] = holder[key]


def _swap(rng: random.Random, holder: Any, key: Any, _: Any) -> None:
    other = rng.randrange(len(holder)) if isinstance(holder, list) else rng.choice(list(holder))
    holder[key], holder[other] = holder[other], holder[key]


_MUTATIONS: tuple[Callable[[random.Random, Any, Any, Any], None], ...] = (
    _replace, _replace, _remove, _nudge, _nudge, _nudge, _copy, _repeat, _swap,
)  # fmt: skip
