"""Builds the table of VMAs from the rows of both parsers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from droidanon.columns import MOST_WIDTH, IntArray, Layout, VmaTable
from droidanon.smaps.byte_matrix import Mask, Positions
from droidanon.smaps.canonical import canonical
from droidanon.smaps.entry import DEFAULT_NAME_COLUMN, Entry, body_bytes, header_bytes
from droidanon.smaps.fast import Dictionaries, FastRows, layout_of
from droidanon.smaps.headers import PERMS
from droidanon.smaps.names import Interned, column_names, name_text
from droidanon.smaps.template import EntryForm

_INT32_MAX = 2**31 - 1
_MOST_LAYOUTS = 4096
"""The limit of layouts; kernels need a dozen. Further entries of a hostile text are kept as text."""
_NO_LAYOUT = Layout(DEFAULT_NAME_COLUMN, True, ())
_NUMBERS = ("start", "end", "offset", "inode")
_CODES = ("process", "perms", "device", "name", "flags", "layout")

Key = tuple[str, bool]
T = TypeVar("T", bound=np.generic)


@dataclass(slots=True)
class Columns:
    """Rows as columns; `position` is the offset of each row's header in its block."""

    position: Positions
    numbers: dict[str, npt.NDArray[np.uint64]]
    codes: dict[str, npt.NDArray[np.int32]]
    counters: dict[Key, IntArray]
    missing: dict[Key, Mask]

    def __len__(self) -> int:
        return len(self.position)


@dataclass(slots=True)
class SlowRow:
    """An entry of the slow path, its process, and the offset of its header in its block."""

    entry: Entry
    process: int
    position: int


class TableBuilder:
    """Collects the rows of blocks, in their final order."""

    def __init__(self, known: Dictionaries) -> None:
        self._known = known
        self._perms = Interned(PERMS)
        self._layouts: dict[Layout, int] = {}
        self._fast_layouts: dict[tuple[EntryForm, int], int] = {}
        self._blocks: list[Columns] = []
        self._text: dict[int, bytes] = {}
        self.rows = 0
        """The number of rows."""

    def add_block(self, parts: Iterable[Columns], texts: dict[int, bytes]) -> None:
        """Adds the rows of a block, in any order; `texts` are the exact texts of some, by position."""
        rows = _in_order([part for part in parts if len(part)])
        if rows is None:
            return
        for position, text in texts.items():
            self._text[self.rows + int(np.searchsorted(rows.position, position))] = text
        self._blocks.append(rows)
        self.rows += len(rows)

    def fast_columns(self, rows: FastRows, process: npt.NDArray[np.int32]) -> Columns:
        """Columns of the rows that the fast path accepted."""
        tails = self._known.tails
        name_lines = tails.name_lines[rows.tail]
        codes = {
            "process": process,
            "perms": rows.perms,
            "device": tails.device[rows.tail],
            "name": tails.name[rows.tail],
            "flags": rows.flags,
            "layout": self._layout_codes(rows, name_lines),
        }
        numbers = {"start": rows.start, "end": rows.end, "offset": rows.offset, "inode": tails.inode[rows.tail]}
        counters: dict[Key, IntArray] = dict(zip(rows.form.keys, rows.counters, strict=True))
        return Columns(rows.header, numbers, codes, counters, {})

    def _layout_codes(self, rows: FastRows, name_lines: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        empty = self._known.flag_lists.codes.get("", -1)
        variant = (name_lines * (MOST_WIDTH + 1) + rows.name_column) * 2 + (rows.flags != empty)
        present = np.flatnonzero(np.bincount(variant))
        table = np.zeros(int(present[-1]) + 1 if len(present) else 0, np.int32)
        for value in present.tolist():
            code = self._fast_layouts.get((rows.form, value))
            if code is None:
                row = int((variant == value).argmax())
                layout = layout_of(rows.form, int(rows.name_column[row]), int(name_lines[row]), bool(value & 1))
                code = self._fast_layouts[rows.form, value] = self._layouts.setdefault(layout, len(self._layouts))
            table[value] = code
        codes: npt.NDArray[np.int32] = table[variant]
        return codes

    def slow_columns(self, rows: Sequence[SlowRow]) -> Columns:
        """Columns of the entries of the slow path."""
        entries = [row.entry for row in rows]
        counters: dict[Key, IntArray] = {}
        missing: dict[Key, Mask] = {}
        for key in dict.fromkeys(key for entry in entries for key in entry.counters):
            values = np.array([entry.counters.get(key, -1) for entry in entries], np.int64)
            gone = values < 0
            if gone.any():
                missing[key] = gone
                values[gone] = 0
            counters[key] = values
        numbers = {name: np.array([getattr(entry, name) for entry in entries], np.uint64) for name in _NUMBERS}
        known = self._known
        codes = {
            "process": [row.process for row in rows],
            "perms": [self._perms(entry.perms) for entry in entries],
            "device": [known.devices(entry.device) for entry in entries],
            "name": [known.names(name_text(entry.name)) for entry in entries],
            "flags": [known.flag_lists(entry.flags) for entry in entries],
            "layout": [self._layout(entry) for entry in entries],
        }
        position = np.array([row.position for row in rows], np.int64)
        return Columns(position, numbers, {k: np.array(v, np.int32) for k, v in codes.items()}, counters, missing)

    def _layout(self, entry: Entry) -> int:
        code = self._layouts.get(entry.layout)
        if code is None:
            if len(self._layouts) >= _MOST_LAYOUTS:
                entry.text = entry_text(entry)
                return self._layouts.setdefault(_NO_LAYOUT, len(self._layouts))
            code = self._layouts[entry.layout] = len(self._layouts)
        return code

    def last_layouts(self, since: int) -> dict[int, tuple[Layout, Layout]]:
        """The layouts of the last and second-last row of each process that has two rows, from row `since` on."""
        layouts = tuple(self._layouts)
        left, blocks = self.rows - since, []
        for block in reversed(self._blocks):
            if left <= 0:
                break
            blocks.append(block)
            left -= len(block)
        process, layout = (
            _joined([block.codes[name] for block in reversed(blocks)], np.int32) for name in ("process", "layout")
        )
        stops = np.append(np.flatnonzero(np.diff(process)), len(process) - 1) if len(process) else np.zeros(0, np.int64)
        stops = stops[(stops > 0) & (process[stops] == process[stops - 1])]
        return {int(process[row]): (layouts[layout[row]], layouts[layout[row - 1]]) for row in stops.tolist()}

    def build(self) -> VmaTable:
        """All rows as one table; the builder is empty afterwards."""
        blocks, rows = self._blocks, self.rows
        numbers = {name: _joined([block.numbers.pop(name) for block in blocks], np.uint64) for name in _NUMBERS}
        codes = {name: _joined([block.codes.pop(name) for block in blocks], np.int32) for name in _CODES}
        counters: dict[str, IntArray] = {}
        missing: dict[str, Mask] = {}
        for key, column in column_names(dict.fromkeys(key for block in blocks for key in block.counters)).items():
            counters[column], gone = _joined_counter(key, blocks, rows)
            if gone is not None:
                missing[column] = gone
        known = self._known
        vmas = VmaTable(
            process=codes["process"],
            **numbers,
            perms=self._perms.coded(codes["perms"]),
            device=known.devices.coded(codes["device"]),
            name=known.names.coded(codes["name"]),
            flags=known.flag_lists.coded(codes["flags"]),
            counters=counters,
            missing=missing,
            layout=codes["layout"],
            layouts=tuple(self._layouts),
            text=self._text,
        )
        return canonical(vmas)


def _in_order(parts: Sequence[Columns]) -> Columns | None:
    """The rows of all parts, by position."""
    if len(parts) < 2:
        return parts[0] if parts else None
    position = np.concatenate([part.position for part in parts])
    order = np.argsort(position, kind="stable")
    counters: dict[Key, IntArray] = {}
    missing: dict[Key, Mask] = {}
    for key in dict.fromkeys(key for part in parts for key in part.counters):
        values, gone = _joined_counter(key, parts, len(position), keep=True)
        counters[key] = values[order]
        if gone is not None:
            missing[key] = gone[order]
    return Columns(
        position[order],
        {name: np.concatenate([part.numbers[name] for part in parts])[order] for name in _NUMBERS},
        {name: np.concatenate([part.codes[name] for part in parts])[order] for name in _CODES},
        counters,
        missing,
    )


def _joined(arrays: list[npt.NDArray[T]], dtype: type[T]) -> npt.NDArray[T]:
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype)


def _joined_counter(key: Key, parts: Sequence[Columns], rows: int, keep: bool = False) -> tuple[IntArray, Mask | None]:
    """One counter of all parts, and where it is missing; releases the parts' arrays unless `keep` is set."""
    if len(parts) == 1 and key not in parts[0].missing and parts[0].counters[key].dtype == np.int32:
        return parts[0].counters[key], None
    wide = any(
        part.counters[key].dtype == np.int64 and int(part.counters[key].max(initial=0)) > _INT32_MAX
        for part in parts
        if key in part.counters
    )
    values: IntArray = np.zeros(rows, np.int64) if wide else np.zeros(rows, np.int32)
    gone: Mask | None = None
    row = 0
    for part in parts:
        place = slice(row, row + len(part))
        row += len(part)
        column = part.counters.get(key)
        if column is not None:
            values[place] = column
        if column is None or key in part.missing:
            gone = np.zeros(rows, np.bool_) if gone is None else gone
            gone[place] = True if column is None else part.missing[key]
        if not keep:
            part.counters.pop(key, None)
    return values, gone


def entry_text(entry: Entry) -> bytes:
    """The exact text of an entry of the slow path."""
    if entry.text is not None:
        return entry.text
    counters = {key: value for (key, _), value in entry.counters.items()}
    head = header_bytes(
        entry.start, entry.end, entry.perms, entry.offset, entry.device, entry.inode, entry.name, entry.layout
    )
    return head + b"\n" + body_bytes(entry.layout, counters, entry.name, entry.flags)
