"""Joins the results of several parsers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from droidanon.columns import Coded, Layout, VmaTable
from droidanon.smaps.canonical import canonical
from droidanon.smaps.in_place import InPlaceColumn
from droidanon.smaps.parse import Parsed

_PLAIN = ("start", "end", "offset", "inode")
_CODED = ("perms", "device", "name", "flags")


class Joiner:
    """Joins parsed texts into the result that one parser would have returned for all of them."""

    def __init__(self) -> None:
        self._rows = 0
        self._columns = {"process": InPlaceColumn(np.int32), "layout": InPlaceColumn(np.int32)}
        self._columns |= {name: InPlaceColumn(np.uint64) for name in _PLAIN} | {
            name: InPlaceColumn(np.int32) for name in _CODED
        }
        self._values: dict[str, dict[str, int]] = {name: {} for name in _CODED}
        self._layouts: dict[Layout, int] = {}
        self._counters: dict[str, InPlaceColumn] = {}
        self._missing: dict[str, InPlaceColumn] = {}
        self._text: dict[int, bytes] = {}
        self._lists: tuple[list[Any], ...] = ([], [], [], [])
        """Rows, tails, line ends and fidelity of each text."""
        self._problems: list[tuple[int, int, str]] = []

    def add(self, part: Parsed) -> None:
        """Appends the texts of a part."""
        vmas, first = part.vmas, len(self._lists[0])
        self._columns["process"].append(vmas.process + np.int32(first))
        self._columns["layout"].append(_coded(self._layouts, vmas.layouts, vmas.layout))
        for name in _PLAIN:
            self._columns[name].append(getattr(vmas, name))
        for name in _CODED:
            column: Coded = getattr(vmas, name)
            self._columns[name].append(_coded(self._values[name], column.values, column.codes))
        self._add_counters(vmas)
        self._text |= {self._rows + row: text for row, text in vmas.text.items()}
        self._rows += len(vmas)
        of_texts: tuple[list[Any], ...] = (part.rows, part.tails, part.crlf, part.fidelity)
        for mine, other in zip(self._lists, of_texts, strict=True):
            mine += other
        self._problems += [(first + index, line, message) for index, line, message in part.problems]

    def _add_counters(self, vmas: VmaTable) -> None:
        """Adds counters; a counter that a part lacks is missing in its rows."""
        end = self._rows + len(vmas)
        for name in vmas.counters.keys() - self._counters.keys():
            self._counters[name] = InPlaceColumn(np.int32)
            self._counters[name].fill(self._rows, 0)
            if self._rows:
                self._missing[name] = InPlaceColumn(np.bool_)
                self._missing[name].fill(self._rows, 1)
        for name, column in self._counters.items():
            values, gone = vmas.counters.get(name), vmas.missing.get(name)
            if (values is None or gone is not None) and name not in self._missing:
                self._missing[name] = InPlaceColumn(np.bool_)
                self._missing[name].fill(self._rows, 0)
            if values is not None:
                column.append(values)
            if gone is not None:
                self._missing[name].append(gone)
            column.fill(end, 0)
            if name in self._missing:
                self._missing[name].fill(end, values is None)

    def parsed(self) -> Parsed:
        """The result for all parts. Nothing can be added afterwards."""
        columns: dict[str, Any] = {name: column.finish() for name, column in self._columns.items()}
        columns |= {name: Coded(columns[name], tuple(values)) for name, values in self._values.items()}
        vmas = VmaTable(
            **columns,
            counters={name: column.finish() for name, column in self._counters.items()},
            missing={name: gone for name, column in self._missing.items() if (gone := column.finish()).any()},
            layouts=tuple(self._layouts),
            text=self._text,
        )
        rows, tails, crlf, fidelity = self._lists
        return Parsed(canonical(vmas), rows, tails, crlf, fidelity, self._problems)


def join(parts: Iterable[Parsed]) -> Parsed:
    """Concatenates the texts of all parts."""
    joiner = Joiner()
    for part in parts:
        joiner.add(part)
    return joiner.parsed()


def _coded(known: dict[Any, int], values: tuple[Any, ...], codes: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Translates the codes of a part to codes of the joined values, to which new values are added."""
    place = np.array([known.setdefault(value, len(known)) for value in values], np.int32)
    result: npt.NDArray[np.int32] = place[codes] if len(place) else codes
    return result
