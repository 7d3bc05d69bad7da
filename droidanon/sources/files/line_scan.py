"""Finds the headers of an smaps text, and the lines outside any entry, without looking at each line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.smaps.byte_matrix import PADDING, Bytes, Positions, Words
from droidanon.smaps.entry import LONGEST_BEGIN, begins_entry
from droidanon.smaps.headers import number_at
from droidanon.smaps.line_ends import to_newlines
from droidanon.sources.files.entry_bodies import EntryBodies
from droidanon.sources.large_text import Sliced, line_blocks

_BLOCK = 2 << 20
_NEWLINE, _DASH = ord("\n"), ord("-")
_MOST_DIGITS = 33
_FEW_DIGITS = 5
"""A line whose start address has fewer digits is a header only if more of the line shows it (`entry.BEGIN`)."""
_NIBBLES = np.full(256, -1, np.int8)
_NIBBLES[list(b"0123456789abcdef")] = range(16)
_HIGHEST = np.uint64(2**64 - 1)


@dataclass(frozen=True, slots=True)
class LineScan:
    """The headers of a text (offsets and start addresses), and runs of consecutive lines outside entries, including
    empty lines: number of the first line (from 0), offset of its first byte, offset after the newline of the last.
    """

    headers: npt.NDArray[np.int64]
    starts: npt.NDArray[np.uint64]
    others: Sequence[tuple[int, int, int]]


def scan_lines(text: Sliced, is_of_entry: Callable[[bytes], bool]) -> LineScan:
    """Scans a text. `is_of_entry`: whether a line (without line ends) that is not a header may be part of an entry."""
    headers, starts = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    others: list[tuple[int, int, int]] = []
    count = 0
    bodies = EntryBodies(is_of_entry)
    for begin, block in line_blocks(text, _BLOCK):
        newlines = to_newlines(block)
        wide = newlines is not None  # line ends of two bytes
        lines = _LinesBetween(block if newlines is None else newlines, bodies)
        header, start = _headers(lines.data, lines.at)
        places = lines.places + lines.numbers * wide + begin
        headers.append(places[header])
        starts.append(start)
        is_other = np.ones(len(lines.at), np.bool_)
        is_other[header] = False
        for line in np.flatnonzero(is_other).tolist():
            data = lines.line(line)
            bare = data.rstrip(b"\r\n")
            if not bare.strip() or not is_of_entry(bare):
                place = int(places[line])
                end = place + len(data) + (wide and data.endswith(b"\n"))
                _add_line(others, count + int(lines.numbers[line]), place, end)
        count += lines.count
    return LineScan(np.concatenate(headers), np.concatenate(starts), others)


class _LinesBetween:
    """The lines of a block outside bodies."""

    def __init__(self, block: bytes, bodies: EntryBodies) -> None:
        found = bodies.find(block)
        kept = zip([0, *found.stops.tolist()], [*found.begins.tolist(), len(block)], strict=True)
        self._text = b"".join([block[begin:stop] for begin, stop in kept])
        size = len(self._text)
        self.data = np.frombuffer(self._text + bytes(PADDING), np.uint8)
        """The lines, and some padding."""
        newlines = np.flatnonzero(self.data[:size] == _NEWLINE)
        self.at = np.append(0, newlines + 1)
        """Where each line begins in `data`."""
        if self.at[-1] == size:
            self.at = self.at[:-1]
        self._ends = np.append(newlines + 1, size)
        left_out = np.append(0, np.cumsum(found.stops - found.begins))
        before = np.searchsorted(found.begins - left_out[:-1], self.at, side="right")
        self.places = self.at + left_out[before]
        """Where each line begins in the block."""
        self.numbers = np.arange(len(self.at)) + np.append(0, np.cumsum(found.lines))[before]
        """The number of each line in the block, from 0."""
        self.count = len(self.at) + int(found.lines.sum())

    def line(self, number: int) -> bytes:
        """A line with its newline."""
        return self._text[self.at[number] : self._ends[number]]


def _add_line(runs: list[tuple[int, int, int]], number: int, start: int, stop: int) -> None:
    """Adds a line to the last of some runs of lines, which are no longer than a block, or as a new one."""
    if runs and runs[-1][2] == start and stop - runs[-1][1] <= _BLOCK:
        number, start, _ = runs.pop()
    runs.append((number, start, stop))


def _headers(data: Bytes, at: Positions) -> tuple[Positions, Words]:
    """Which lines are headers (as `begins_entry` finds them), and their start addresses. Padding follows the lines."""
    lines = np.flatnonzero(_NIBBLES[data[at]] >= 0)
    place = at[lines]
    starts, whole, after = number_at(data, place, _DASH)
    whole &= _NIBBLES[data[np.where(whole, after, 0)]] >= 0
    odd = np.flatnonzero(~whole)
    starts[odd], whole[odd] = _odd_headers(data, place[odd])
    return lines[whole], starts[whole]


def _odd_headers(data: Bytes, place: Positions) -> tuple[Words, npt.NDArray[np.bool_]]:
    """The start addresses of lines, digit by digit, and whether each is a header."""
    starts, whole = np.zeros(len(place), np.uint64), np.zeros(len(place), np.bool_)
    left = np.arange(len(place))
    for digit in range(_MOST_DIGITS + 1):
        if not len(left):
            break
        letters = data[place[left] + digit]
        ended = left[letters == _DASH]
        if digit < _FEW_DIGITS:
            begins = (data[start : start + LONGEST_BEGIN].tobytes() for start in place[ended].tolist())
            ended = ended[np.fromiter(map(begins_entry, begins), np.bool_, len(ended))]
        whole[ended] = _NIBBLES[data[place[ended] + digit + 1]] >= 0
        nibbles = _NIBBLES[letters]
        left, nibbles = left[nibbles >= 0], nibbles[nibbles >= 0]
        if digit < 16:
            starts[left] = starts[left] * np.uint64(16) + nibbles.astype(np.uint64)
        else:
            starts[left] = _HIGHEST
    return starts, whole
