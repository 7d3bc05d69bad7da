"""Rows that are no VMAs (a name's, a heap's, a process's sums) as a table, and tables put behind one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from droidanon.counters import most_kb
from droidanon.model import BoolArray, Coded, IntArray, ReportedRows, VmaTable

_NO_TEXT = ("",)


def reported_table(told: Sequence[ReportedRows]) -> VmaTable:
    """The rows of some processes, the first of which is process 0; without addresses and layouts."""
    sizes = [len(one.names) for one in told]
    count = sum(sizes)
    names: dict[str, int] = {}
    codes = [names.setdefault(name, len(names)) for one in told for name in one.names]
    counters: dict[str, IntArray] = {}
    missing: dict[str, BoolArray] = {}
    for key in dict.fromkeys(key for one in told for key in one.counters):
        values = [value for one in told for value in one.counters.get(key, (None,) * len(one.names))]
        counters[key] = np.array([value or 0 for value in values], np.int64)
        gone = np.array([value is None for value in values], np.bool_)
        if gone.any():
            missing[key] = gone
    nowhere = np.zeros(count, np.uint64)
    nothing = Coded(np.zeros(count, np.int32), _NO_TEXT)
    return VmaTable(
        np.repeat(np.arange(len(told), dtype=np.int32), sizes),
        nowhere,
        nowhere,
        nothing,
        nowhere,
        nothing,
        nowhere,
        Coded(np.array(codes, np.int32), tuple(names)),
        nothing,
        counters,
        missing,
        np.full(count, -1, np.int32),
    )


def believed(told: ReportedRows) -> tuple[ReportedRows, list[str]]:
    """What was told without numbers that no machine has, and the counters that had some."""
    beyond = [name for name, values in told.counters.items() if max(filter(None, values), default=0) > most_kb(name)]
    if not beyond:
        return told, beyond
    kept = {
        name: [None if value is not None and value > most_kb(name) else value for value in told.counters[name]]
        for name in beyond
    }
    return replace(told, counters={**told.counters, **kept}), beyond


def join_tables(first: VmaTable, processes: int, second: VmaTable) -> VmaTable:
    """Two tables in one: the processes of the second are counted on from the first's `processes`."""
    if not len(second):
        return first
    if not len(first):
        return replace(second, process=second.process + np.int32(processes))
    counters: dict[str, IntArray] = {}
    missing: dict[str, BoolArray] = {}
    for key in dict.fromkeys((*first.counters, *second.counters)):
        parts = [_counter(table, key) for table in (first, second)]
        counters[key] = np.concatenate([values for values, _ in parts])
        gone = np.concatenate([mask for _, mask in parts])
        if gone.any():
            missing[key] = gone
    layouts = (*first.layouts, *second.layouts)
    shifted = np.where(second.layout < 0, second.layout, second.layout + np.int32(len(first.layouts)))
    return VmaTable(
        np.concatenate([first.process, second.process + np.int32(processes)]),
        np.concatenate([first.start, second.start]),
        np.concatenate([first.end, second.end]),
        _coded(first.perms, second.perms),
        np.concatenate([first.offset, second.offset]),
        _coded(first.device, second.device),
        np.concatenate([first.inode, second.inode]),
        _coded(first.name, second.name),
        _coded(first.flags, second.flags),
        counters,
        missing,
        np.concatenate([first.layout, shifted]),
        layouts,
        _texts(first.text, second.text, len(first)),
    )


def _counter(table: VmaTable, key: str) -> tuple[IntArray, BoolArray]:
    """A counter and where it is missing; missing everywhere in a table that does not have it."""
    if key not in table.counters:
        return np.zeros(len(table), np.int32), np.ones(len(table), np.bool_)
    return table.counters[key], table.missing.get(key, np.zeros(len(table), np.bool_))


def _coded(first: Coded, second: Coded) -> Coded:
    values = {value: code for code, value in enumerate(dict.fromkeys((*first.values, *second.values)))}
    parts = [np.array([values[value] for value in one.values], np.int32)[one.codes] for one in (first, second)]
    return Coded(np.concatenate(parts), tuple(values))


def _texts(first: Mapping[int, bytes], second: Mapping[int, bytes], shift: int) -> dict[int, bytes]:
    moved: Iterable[tuple[int, bytes]] = ((row + shift, text) for row, text in second.items())
    return {**first, **dict(moved)}
