"""Counts and lists in sentences."""

from __future__ import annotations

from collections.abc import Sequence

NO_NAME = "(no name)"
"""The empty name, for people."""


def counted(count: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 row`, `2 rows`, `1,000 processes`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {plural or _plural(noun)}"


def listed(names: Sequence[str], most: int) -> str:
    """The first names and the number left out: `a, b and 3 more`."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left:,} more" if left > 0 else "")


def _plural(noun: str) -> str:
    return f"{noun}es" if noun.endswith(("s", "x", "ch")) else f"{noun}s"
