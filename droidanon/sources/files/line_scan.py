"""Finds the headers of a text of smaps, and the lines that belong to no regular entry, without looking at each line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.smaps.entry import FIELD, begins_entry

_BLOCK = 16 << 20
_LOOK = 1 << 13
"""Bytes of the beginning of a text in which the lines of an entry are learnt."""
_BEGIN = re.compile(rb"\n(?=[0-9a-f]{1,32}-[0-9a-f])")
_NEWLINE, _DASH, _MOST_DIGITS = ord("\n"), ord("-"), 33
_NIBBLES = np.full(256, -1, np.int8)
_NIBBLES[list(b"0123456789abcdef")] = range(16)
_BLANKED = bytes.maketrans(b"0123456789", b" " * 10)
"""Makes lines that differ in numbers equal: a kernel prints numbers with a fixed width."""
_FLAGS = re.compile(rb"(?: ?[a-z?]{2})* ?")
_FLAGS_LABEL = b"VmFlags:"
_HIGHEST = np.uint64(2**64 - 1)


@dataclass(frozen=True, slots=True)
class LineScan:
    """The header lines of a text: offsets and start addresses; and its other lines that are not of a regular entry.

    An other line has its number (from 0), the offset of its first byte and the offset behind its newline.
    """

    headers: npt.NDArray[np.int64]
    starts: npt.NDArray[np.uint64]
    others: Sequence[tuple[int, int, int]]


def scan_lines(text: bytes, is_of_entry: Callable[[bytes], bool]) -> LineScan:
    """Scans a text. `is_of_entry`: whether a line (without line ends) that is not a header may be part of an entry."""
    body = _learn(text, is_of_entry)
    headers, starts = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    others: list[tuple[int, int, int]] = []
    lines = 0
    for begin, stop in _blocks(text):
        data = np.frombuffer(text, np.uint8)[begin:stop]
        newlines = np.flatnonzero(data == _NEWLINE)
        at = np.concatenate([np.zeros(1, np.int64), newlines + 1])
        at = at[at < len(data)]
        header, start = _headers(data, at)
        regular = np.zeros(len(at), np.bool_) if body is None else body.covered(text[begin:stop], newlines, len(at))
        regular[header] = True
        headers.append(at[header] + begin)
        starts.append(start)
        ends = np.append(at[1:], len(data))
        rest = np.flatnonzero(~regular)
        others += zip((rest + lines).tolist(), (at[rest] + begin).tolist(), (ends[rest] + begin).tolist(), strict=True)
        lines += len(at)
    return LineScan(np.concatenate(headers), np.concatenate(starts), others)


def _blocks(text: bytes) -> Iterator[tuple[int, int]]:
    """Ranges of the text that begin at a header, but for the first."""
    begin = 0
    while begin < len(text):
        match = _BEGIN.search(text, begin + _BLOCK) if begin + _BLOCK < len(text) else None
        stop = len(text) if match is None else match.end()
        yield begin, stop
        begin = stop


def _headers(
    data: npt.NDArray[np.uint8], at: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Which lines are headers (as `begins_entry` finds them), and their start addresses."""
    lines = np.flatnonzero(_NIBBLES[data[at]] >= 0)
    place = at[lines]
    starts = np.zeros(len(lines), np.uint64)
    whole = np.zeros(len(lines), np.bool_)
    left = np.arange(len(lines))
    for digit in range(_MOST_DIGITS + 1):
        if not len(left):
            break
        letters = _at(data, place[left] + digit)
        ended = left[letters == _DASH]
        whole[ended] = _NIBBLES[_at(data, place[ended] + digit + 1)] >= 0
        nibbles = _NIBBLES[letters]
        left, nibbles = left[nibbles >= 0], nibbles[nibbles >= 0]
        if digit < 16:
            starts[left] = starts[left] * np.uint64(16) + nibbles.astype(np.uint64)
        else:
            starts[left] = _HIGHEST
    return lines[whole], starts[whole]


def _at(data: npt.NDArray[np.uint8], places: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """The bytes at some places; a newline behind the last one."""
    found = data[np.minimum(places, len(data) - 1)]
    found[places >= len(data)] = _NEWLINE
    return found


@dataclass(frozen=True, slots=True)
class _Body:
    """The lines of an entry after its header (and name), from the newline before them on, with blanks for digits."""

    form: bytes
    lines: int
    has_flags: bool
    """Whether the form ends with the label of the flags, which are no part of it."""

    def covered(self, block: bytes, newlines: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.bool_]:
        """For each of the lines, whether it is one of such a body."""
        parts = block.translate(_BLANKED).split(self.form)
        sizes = np.fromiter(map(len, parts), np.int64, len(parts))[:-1]
        begins = np.cumsum(sizes) + np.arange(len(sizes)) * len(self.form)
        first = np.searchsorted(newlines, begins) + 1
        change = np.zeros(count + 1, np.int8)
        change[first] += 1
        change[np.minimum(first + self.lines, count)] -= 1
        covered = np.cumsum(change[:count], dtype=np.int8).astype(np.bool_)
        if self.has_flags:
            last = first + self.lines - 1
            stops = np.append(newlines, len(block))[last]
            flags = [
                block[start:stop]
                for start, stop in zip((begins + len(self.form)).tolist(), stops.tolist(), strict=True)
            ]
            wrong = {one for one in set(flags) if not _FLAGS.fullmatch(one.rstrip(b"\r\n"))}
            if wrong:
                covered[last[[one in wrong for one in flags]]] = False
        return covered


def _learn(text: bytes, is_of_entry: Callable[[bytes], bool]) -> _Body | None:
    """The lines of the first entry that has counters; None if there is none at the beginning."""
    lines = text[:_LOOK].split(b"\n")[:-1]
    found: list[bytes] = []
    after_header = False
    for line in lines:
        bare = line.rstrip(b"\r")
        if begins_entry(bare):
            if found:
                return _Body(b"\n" + b"\n".join(found).translate(_BLANKED) + b"\n", len(found), False)
            after_header = True
        elif after_header and bare.startswith(_FLAGS_LABEL) and found:
            form = b"\n" + b"\n".join([*found, _FLAGS_LABEL]).translate(_BLANKED)
            return _Body(form, len(found) + 1, True)
        elif after_header and FIELD.fullmatch(bare) and is_of_entry(bare):
            found.append(line)
        elif found or not bare.startswith(b"Name:"):
            found, after_header = [], False
    return None
