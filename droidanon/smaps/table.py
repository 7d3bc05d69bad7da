"""Rows of both parsers, collected and put together as one table of VMAs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.model import Coded, IntArray, Layout, VmaTable
from droidanon.smaps.entry import DEFAULT_NAME_COLUMN, Entry
from droidanon.smaps.fast import PERMS, Dictionaries, FastRows, layout_of
from droidanon.smaps.names import counter_name, name_text
from droidanon.smaps.slow import SlowResult

_INT32_MAX = 2**31 - 1


class Interned:
    """Distinct values and their codes."""

    def __init__(self, values: tuple[str, ...] = ()) -> None:
        self.codes: dict[str, int] = {value: code for code, value in enumerate(values)}

    def __call__(self, value: str) -> int:
        return self.codes.setdefault(value, len(self.codes))

    def coded(self, codes: npt.NDArray[np.int32]) -> Coded:
        """The column; values that no row has are dropped."""
        used = np.zeros(len(self.codes), np.bool_)
        used[codes] = True
        values = list(self.codes)
        place = np.cumsum(used, dtype=np.int32) - 1
        return Coded(place[codes].astype(np.int32), tuple(values[code] for code in np.flatnonzero(used)))


@dataclass(slots=True)
class _Chunk:
    """Rows of one process, as columns."""

    process: int
    fixed: dict[str, npt.NDArray[np.uint64]]
    codes: dict[str, npt.NDArray[np.int32]]
    counters: dict[tuple[str, bool], IntArray]
    missing: dict[tuple[str, bool], npt.NDArray[np.bool_]]
    rows: int


class TableBuilder:
    """Takes rows in their final order."""

    def __init__(self) -> None:
        self._chunks: list[_Chunk] = []
        self._names, self._devices, self._flags = Interned(), Interned(), Interned()
        self._perms = Interned(PERMS)
        self._layouts: dict[Layout, int] = {}
        self._text: dict[int, bytes] = {}
        self._rows = 0
        self._pending = b""
        self._tails: list[tuple[int, int, int, int]] = []
        self._tail_columns = np.zeros((0, 4), np.int64)
        self._flags_codes: list[int] = []
        self._fast_layouts: dict[tuple[int, int], int] = {}
        self._templates: list[object] = []

    def add_fast(self, process: int, rows: FastRows, first: int, stop: int, known: Dictionaries) -> None:
        """Rows `first` to `stop` of what the fast path accepted."""
        if self._pending:
            raise AssertionError("bytes before an entry of the fast path")
        part = slice(first, stop)
        self._learn(known)
        tails = self._tail_columns[rows.tail[part]]
        flags = np.array(self._flags_codes, np.int32)[rows.flags[part]]
        chunk = _Chunk(
            process,
            {"start": rows.start[part], "end": rows.end[part], "offset": rows.offset[part],
             "inode": tails[:, 2].view(np.uint64)},
            {"perms": rows.perms[part], "device": tails[:, 1].astype(np.int32), "name": tails[:, 0].astype(np.int32),
             "flags": flags, "layout": self._layout_codes(rows, part, tails[:, 3], flags)},
            {key: column[part] for key, column in zip(rows.template.keys, rows.counters, strict=True)},
            {},
            stop - first,
        )  # fmt: skip
        self._chunks.append(chunk)
        self._rows += chunk.rows

    def _learn(self, known: Dictionaries) -> None:
        """Codes for the tails and flags that are new since the last call."""
        for tail in known.tails.values[len(self._tails) :]:
            self._tails.append(
                (self._names(name_text(tail.name)), self._devices(tail.device), tail.inode, tail.name_lines)
            )
        if len(self._tails) > len(self._tail_columns):
            self._tail_columns = np.array(self._tails, np.int64)
        for value in known.flags_values[len(self._flags_codes) :]:
            self._flags_codes.append(self._flags(value or ""))

    def _layout_codes(
        self, rows: FastRows, part: slice, name_lines: npt.NDArray[np.int64], flags: npt.NDArray[np.int32]
    ) -> npt.NDArray[np.int32]:
        wide = rows.name_column[part] == DEFAULT_NAME_COLUMN
        empty = self._flags.codes.get("", -1)
        variant = name_lines * 4 + wide * 2 + (flags != empty)
        codes = np.zeros(len(variant), np.int32)
        if rows.template not in self._templates:
            self._templates.append(rows.template)
        number = self._templates.index(rows.template)
        for value in np.flatnonzero(np.bincount(variant)).tolist():
            code = self._fast_layouts.get((number, value))
            if code is None:
                row = int(np.flatnonzero(variant == value)[0])
                layout = layout_of(
                    rows.template, int(rows.name_column[part][row]), int(name_lines[row]), bool(value & 1)
                )
                code = self._fast_layouts[number, value] = self._layouts.setdefault(layout, len(self._layouts))
            codes[variant == value] = code
        return codes

    def add_slow(self, process: int, result: SlowResult) -> None:
        """The entries of the slow path."""
        entries = result.entries
        if not entries:
            return
        if self._pending:
            first = entries[0]
            first.text = self._pending + (first.text if first.text is not None else _entry_text(first))
            self._pending = b""
        for row, entry in enumerate(entries):
            if entry.text is not None:
                self._text[self._rows + row] = entry.text
        keys: dict[tuple[str, bool], None] = {}
        for entry in entries:
            keys.update(dict.fromkeys(entry.counters))
        counters: dict[tuple[str, bool], IntArray] = {}
        missing = {}
        for key in keys:
            counters[key] = np.array([entry.counters.get(key, 0) for entry in entries], np.int64)
            gone = np.array([key not in entry.counters for entry in entries])
            if gone.any():
                missing[key] = gone
        integers = {
            name: np.array([getattr(entry, name) for entry in entries], np.uint64)
            for name in ("start", "end", "offset", "inode")
        }
        codes = {
            "perms": [self._perms(entry.perms) for entry in entries],
            "device": [self._devices(entry.device) for entry in entries],
            "name": [self._names(name_text(entry.name)) for entry in entries],
            "flags": [self._flags(entry.flags) for entry in entries],
            "layout": [self._layouts.setdefault(entry.layout, len(self._layouts)) for entry in entries],
        }
        self._chunks.append(
            _Chunk(
                process,
                integers,
                {key: np.array(value, np.int32) for key, value in codes.items()},
                counters,
                missing,
                len(entries),
            )
        )
        self._rows += len(entries)

    def prepend(self, text: bytes) -> None:
        """Bytes that come before the next entry and belong to none."""
        self._pending += text

    def build(self) -> VmaTable:
        """All rows as one table."""
        chunks, total = self._chunks, self._rows

        def join(kind: str, name: str, dtype: type) -> npt.NDArray[np.generic]:
            arrays = [getattr(chunk, kind)[name] for chunk in chunks]
            return np.concatenate(arrays).astype(dtype, copy=False) if arrays else np.zeros(0, dtype)

        columns = self._columns()
        counters: dict[str, IntArray] = {}
        missing: dict[str, npt.NDArray[np.bool_]] = {}
        for key, column in columns.items():
            wide = any(
                chunk.counters[key].dtype == np.int64 and chunk.counters[key].max(initial=0) > _INT32_MAX
                for chunk in chunks
                if key in chunk.counters
            )
            values: IntArray = np.zeros(total, np.int64) if wide else np.zeros(total, np.int32)
            gone = np.zeros(total, np.bool_)
            row = 0
            for chunk in chunks:
                part = slice(row, row + chunk.rows)
                row += chunk.rows
                if key in chunk.counters:
                    values[part] = chunk.counters[key]
                    if key in chunk.missing:
                        gone[part] = chunk.missing[key]
                else:
                    gone[part] = True
            counters[column] = values
            if gone.any():
                missing[column] = gone
        fixed = {name: join("fixed", name, np.uint64) for name in ("start", "end", "offset", "inode")}
        codes = {name: join("codes", name, np.int32) for name in ("perms", "device", "name", "flags", "layout")}
        process: npt.NDArray[np.int32] = np.repeat(
            np.array([chunk.process for chunk in chunks], np.int32), [chunk.rows for chunk in chunks]
        )
        return VmaTable(
            process, fixed["start"], fixed["end"], self._perms.coded(codes["perms"]), fixed["offset"],  # type: ignore[arg-type]
            self._devices.coded(codes["device"]), fixed["inode"], self._names.coded(codes["name"]),  # type: ignore[arg-type]
            self._flags.coded(codes["flags"]), counters, missing, codes["layout"], tuple(self._layouts), self._text,  # type: ignore[arg-type]
        )  # fmt: skip

    def _columns(self) -> dict[tuple[str, bool], str]:
        """A column's name for each key that was printed; two keys that would share one get a number."""
        columns: dict[tuple[str, bool], str] = {}
        taken: set[str] = set()
        for chunk in self._chunks:
            for key in chunk.counters:
                if key in columns:
                    continue
                column, number = counter_name(*key), 2
                while column in taken:
                    column = f"{counter_name(*key)}_{number}"
                    number += 1
                taken.add(column)
                columns[key] = column
        return columns


def _entry_text(entry: Entry) -> bytes:
    from droidanon.smaps.entry import body_bytes, header_bytes

    counters = {key: value for (key, _), value in entry.counters.items()}
    head = header_bytes(
        entry.start, entry.end, entry.perms, entry.offset, entry.device, entry.inode, entry.name, entry.layout
    )
    return head + b"\n" + body_bytes(entry.layout, counters, entry.name, entry.flags)
