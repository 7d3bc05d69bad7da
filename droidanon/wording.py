"""Counts and lists in sentences."""

from __future__ import annotations

from collections.abc import Sequence

NO_NAME = "(no name)"
"""The empty name, for people."""


def counted(count: int, noun: str, plural: str = "") -> str:
    """`1 row`, `2 rows`, `1,000 processes`: a number with its noun."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {plural or _plural(noun)}"


def listed(names: Sequence[str], most: int) -> str:
    """`a, b and 3 more`: the first names and how many are left."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left:,} more" if left > 0 else "")


def _plural(noun: str) -> str:
    return f"{noun}es" if noun.endswith(("s", "x", "ch")) else f"{noun}s"
