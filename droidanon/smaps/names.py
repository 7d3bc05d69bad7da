"""Converts names between bytes and text, and the kernel's counter keys to column names."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from droidanon.columns import Coded
from droidanon.counters import COMPUTED
from droidanon.smaps.entry import KB_KEYS

_AMBIGUOUS = re.compile(rb"\\(?=x[0-9a-f]{2})")
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")
_WORDS = (re.compile(r"([A-Z]+)([A-Z][a-z])"), re.compile(r"([a-z0-9])([A-Z])"))
_MOST_KEPT = 256
_IRREGULAR = {"THPeligible": "thp_eligible"}


class Interned:
    """Distinct values and their codes."""

    def __init__(self, values: tuple[str, ...] = ()) -> None:
        self.codes: dict[str, int] = {value: code for code, value in enumerate(values)}

    def __call__(self, value: str) -> int:
        return self.codes.setdefault(value, len(self.codes))

    def coded(self, codes: npt.NDArray[np.int32]) -> Coded:
        """The column with these codes and values."""
        return Coded(codes, tuple(self.codes))


def name_text(raw: bytes) -> str:
    """The name as text: UTF-8, any other byte as `\\xNN`; `name_bytes` gives the bytes back."""
    if raw.isascii() and b"\\x" not in raw:
        return raw.decode("ascii")
    # A backslash that would look like one of our escapes is escaped itself.
    return _AMBIGUOUS.sub(rb"\\x5c", raw).decode("utf-8", "backslashreplace")


def name_bytes(text: str) -> bytes:
    """The exact bytes of a name from `name_text`."""
    if "\\x" not in text:
        return text.encode("utf-8")
    parts = _ESCAPED.split(text)
    return b"".join(bytes([int(part, 16)]) if index % 2 else part.encode("utf-8") for index, part in enumerate(parts))


@lru_cache(_MOST_KEPT)
def counter_name(key: str, kb: bool) -> str:
    """The column of a kernel key in snake case, with `_kb` if it is printed in kB (`SwapPss` is `swap_pss_kb`)."""
    snake = _IRREGULAR.get(key)
    if snake is None:
        snake = key
        for pattern in _WORDS:
            snake = pattern.sub(r"\1_\2", snake)
        snake = snake.lower().replace("-", "_")
    return snake + "_kb" if kb else snake


def column_names(keys: Iterable[tuple[str, bool]]) -> dict[tuple[str, bool], str]:
    """The column of each key (and whether it is in kB); a key whose usual column is already in use gets
    `raw_column`."""
    return dict(_column_names(tuple(keys)))


@lru_cache(_MOST_KEPT)
def _column_names(keys: tuple[tuple[str, bool], ...]) -> tuple[tuple[tuple[str, bool], str], ...]:
    columns: dict[tuple[str, bool], str] = {}
    used = set(_RESERVED)
    for key, kb in sorted(keys, key=lambda item: (item[0].encode() not in KB_KEYS, item)):
        name = counter_name(key, kb)
        columns[key, kb] = raw_column(key, kb) if name in used else name
        used.add(columns[key, kb])
    return tuple((key, columns[key]) for key in keys)


def raw_column(key: str, kb: bool) -> str:
    """A column name that no other key can have."""
    return f"{key} (kB)" if kb else f"{key} (number)"


def column_of(key: str, kb: bool, columns: Container[str]) -> str:
    """The column that `column_names` gave to a key; `columns` are all columns."""
    raw = raw_column(key, kb)
    return raw if raw in columns else counter_name(key, kb)


_RESERVED = frozenset(
    [
        "process",
        "pid",
        "package",
        "uid",
        "app",
        "user",
        "start",
        "end",
        "perms",
        "offset",
        "device",
        "inode",
        "name",
        "flags",
        "layout",
        "text",
        "heap",
        "sub_heap",
        "category",
        "rule",
        "own",
        "inherited",
        *COMPUTED,
    ]
)
"""Column names with another meaning."""
