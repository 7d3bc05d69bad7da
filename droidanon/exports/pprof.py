"""A pprof profile (gzip): one sample per stack and process, with a value in kilobytes per counter.

A diff has the samples of both sides; those of the base are negative and labelled `pprof::base`, as written by
`pprof -diff_base` (github.com/google/pprof, internal/driver/fetch.go), so that percentages are relative to the base.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from droidanon.columns import Coded
from droidanon.counters import DEFAULT_COUNTER, full_name
from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.exports.formats import ExportData
from droidanon.exports.pprof_messages import profile_class
from droidanon.exports.stacks import LEVELS, STABLE_LEVELS, known, merge_rows, stack_rows
from droidanon.exports.times import epoch_seconds
from droidanon.rows import Key, Rows
from droidanon.version import __version__

if TYPE_CHECKING:
    from droidanon.analysis.view import View

_UNIT = "kilobytes"


def write(data: ExportData, file: BinaryIO) -> tuple[str, ...]:
    """Write the newest capture, or its diff against the base; returns a note about omitted counters."""
    *_, view = data.views
    if data.base is None:
        sides = [_rows(view, data.counter, LEVELS)]
    else:
        sides = [merge_rows(_rows(one, data.counter, STABLE_LEVELS), LEVELS) for one in (view, data.base)]
    if data.counter is None:
        counters, left_out = _known_everywhere(sides)
    else:
        counters, left_out = [full_name(data.counter, view.counters)], []
        sides = _known_on_all_sides(sides, counters[0])
    profile = _Profile(counters, view)
    profile.add(sides[0])
    for base in sides[1:]:
        profile.add(base, sign=-1)
    with gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=0) as packed:
        packed.write(profile.message.SerializeToString())
    if not left_out:
        return ()
    names = ", ".join(name.removesuffix("_kb") for name in left_out)
    return (f"left out, because they are unknown in some rows: {names}; --counter exports one of them",)


def _rows(view: View, counter: str | None, levels: Sequence[str]) -> Rows:
    rows = stack_rows(view, counter, levels=levels)
    return Rows(rows.keys, {name: values for name, values in rows.numbers.items() if name != "vmas"}, rows.missing)


def _known_everywhere(sides: Sequence[Rows]) -> tuple[list[str], list[str]]:
    """The counters known in all rows, and the others: each sample has a value per counter, and 0 would be wrong."""
    names = list(dict.fromkeys(name for rows in sides for name in rows.numbers))
    lacking = [name for name in names if any(name not in rows.numbers or name in rows.missing for rows in sides)]
    if not names:
        raise InputError("this capture has no memory counters: nothing to export")
    if len(lacking) == len(names):
        raise UsageError("no counter is known in all rows: choose one with --counter")
    return [name for name in names if name not in lacking], lacking


def _known_on_all_sides(sides: Sequence[Rows], counter: str) -> list[Rows]:
    """The rows of stacks whose counter is known on every side that has the stack."""
    if len(sides) == 1:
        return [known(sides[0], counter)]
    stacks = [list(zip(*(rows.keys[level] for level in LEVELS), strict=True)) for rows in sides]
    unknown = {
        stack
        for rows, found in zip(sides, stacks, strict=True)
        for place, stack in enumerate(found)
        if rows.number(counter, place) is None
    }
    keep = [np.array([stack not in unknown for stack in found], np.bool_) for found in stacks]
    return [rows.take(mask) for rows, mask in zip(sides, keep, strict=True)]


class _Profile:
    """A profile being built."""

    def __init__(self, counters: Sequence[str], view: View) -> None:
        self.message = profile_class()()
        self.counters = counters
        self.texts: dict[str, int] = {}
        self.frames: dict[tuple[str, str], int] = {}
        self._text("")
        unit = self._text(_UNIT)
        types = {name: self._text(name.removesuffix("_kb")) for name in counters}
        for kind in types.values():
            self.message.sample_type.add(type=kind, unit=unit)
        self.message.default_sample_type = types.get(DEFAULT_COUNTER, next(iter(types.values())))
        self.message.time_nanos = (epoch_seconds(view) or 0) * 1_000_000_000
        self.message.comment.extend(
            map(self._text, (f"droidanon {__version__}", f"source: {escape_text(view.capture.source)}"))
        )

    def add(self, rows: Rows, *, sign: int = 1) -> None:
        """Add a sample per row; those of a base (`sign` -1) are labelled."""
        columns = [self._frames(level, rows.keys[level]) for level in reversed(LEVELS)]  # leaf first
        values = [(rows.numbers[name] * sign).tolist() for name in self.counters]
        pids = rows.keys.get("pid") or [None] * len(rows)
        pid, base, yes = map(self._text, ("pid", "pprof::base", "true"))
        for place in range(len(rows)):
            sample = self.message.sample.add()
            sample.location_id.extend([column[place] for column in columns])
            sample.value.extend([column[place] for column in values])
            if pids[place] is not None:
                sample.label.add(key=pid, num=pids[place])
            if sign < 0:
                sample.label.add(key=base, str=yes)

    def _text(self, text: str) -> int:
        if text not in self.texts:
            self.texts[text] = len(self.texts)
            self.message.string_table.append(text)
        return self.texts[text]

    def _frames(self, level: str, column: Key) -> list[int]:
        """The locations of a column of frames."""
        assert isinstance(column, Coded)
        column = column.compact()
        numbers = np.array([self._frame(level, text) for text in column.values], np.int64)
        return [int(number) for number in numbers[column.codes]]

    def _frame(self, level: str, text: str) -> int:
        """The location of a frame; the file of its function is the level."""
        number = self.frames.get((level, text))
        if number is None:
            number = self.frames[level, text] = len(self.frames) + 1
            name = self._text(text)
            self.message.function.add(id=number, name=name, system_name=name, filename=self._text(level))
            self.message.location.add(id=number).line.add(function_id=number)
        return number
