"""Finds the headers of a text of smaps, and the lines that belong to no entry, without looking at each line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.smaps.entry import FIELD, LONGEST_BEGIN, begins_entry
from droidanon.sources.large_text import Sliced, line_blocks

_BLOCK = 512 << 10
_LOOK = 1 << 13
"""Bytes behind the first header of a block in which the lines of an entry are learnt."""
_NEWLINE, _DASH = ord("\n"), ord("-")
_MOST_DIGITS = 33
_FEW_DIGITS = 5
"""A line whose start address has fewer digits is a header only if more of the line shows it (`entry.BEGIN`)."""
_NIBBLES = np.full(256, -1, np.int8)
_NIBBLES[list(b"0123456789abcdef")] = range(16)
_FLAGS = re.compile(rb"(?: ?[a-z?]{2})* ?")
_FLAGS_LABEL = b"VmFlags:"
_ZERO, _DIGITS = np.uint8(ord("0")), np.uint8(10)
_ROWS = 1 << 10
"""Entries that are compared at once, so that they fit in the processor's cache."""
_HIGHEST = np.uint64(2**64 - 1)


@dataclass(frozen=True, slots=True)
class LineScan:
    """The header lines of a text: offsets and start addresses; and its other lines that are not of an entry, with the
    empty ones, in runs of consecutive lines: number of the first (from 0), offset of its first byte, offset behind the
    newline of the last.
    """

    headers: npt.NDArray[np.int64]
    starts: npt.NDArray[np.uint64]
    others: Sequence[tuple[int, int, int]]


def scan_lines(text: Sliced, is_of_entry: Callable[[bytes], bool]) -> LineScan:
    """Scans a text. `is_of_entry`: whether a line (without line ends) that is not a header may be part of an entry."""
    headers, starts = [np.zeros(0, np.int64)], [np.zeros(0, np.uint64)]
    others: list[tuple[int, int, int]] = []
    lines = 0
    body: _Body | None = None
    for begin, block in line_blocks(text, _BLOCK):
        data = np.frombuffer(block, np.uint8)
        newlines = np.flatnonzero(data == _NEWLINE)
        at = np.zeros(len(newlines) + 1, np.int64)
        np.add(newlines, 1, out=at[1:])
        if at[-1] == len(data):
            at = at[:-1]
        header, start = _headers(data, at)
        regular = np.zeros(len(at), np.bool_)
        if len(header):
            body = _learn(block[at[header[0]] :][:_LOOK], is_of_entry) or body
        if body is not None:
            regular = body.covered(block, newlines, header, len(at))
        regular[header] = True
        headers.append(at[header] + begin)
        starts.append(start)
        rest = np.flatnonzero(~regular)
        ends = np.append(newlines + 1, len(data))[rest]
        for number, first, end in zip(rest.tolist(), at[rest].tolist(), ends.tolist(), strict=True):
            line = block[first:end].rstrip(b"\r\n")
            if not line.strip() or not is_of_entry(line):
                _add_line(others, lines + number, begin + first, begin + end)
        lines += len(at)
    return LineScan(np.concatenate(headers), np.concatenate(starts), others)


def _add_line(runs: list[tuple[int, int, int]], number: int, start: int, stop: int) -> None:
    """Adds a line to the last of some runs of lines, which are no longer than a block, or as a new one."""
    if runs and runs[-1][2] == start and stop - runs[-1][1] <= _BLOCK:
        number, start, _ = runs.pop()
    runs.append((number, start, stop))


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
        if digit < _FEW_DIGITS:
            begins = (data[start : start + LONGEST_BEGIN].tobytes() for start in place[ended].tolist())
            ended = ended[np.fromiter(map(begins_entry, begins), np.bool_, len(ended))]
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
    """The lines of an entry after its header (and name), from the newline before them on.

    A kernel prints each number with a fixed width, right-aligned.
    """

    form: bytes
    """The lines, with blanks instead of numbers."""
    fields: npt.NDArray[np.int64]
    """The field of each byte: one per number with the blanks before it, and, with numbers from the size of the form
    on, one per other byte.
    """
    lines: int
    has_flags: bool
    """Whether the form ends with the label of the flags, which are no part of it."""

    def covered(
        self, block: bytes, newlines: npt.NDArray[np.int64], headers: npt.NDArray[np.int64], count: int
    ) -> npt.NDArray[np.bool_]:
        """For each of the `count` lines of a block, whether it is one of such a body.

        `newlines` are offsets in the block, `headers` the numbers of its header lines.
        """
        data = np.frombuffer(block, np.uint8)
        headers = headers[headers + self.lines < len(newlines) + (not self.has_flags)]
        first = headers + 1
        fits = self._fits(data, newlines[headers])
        named = first[~fits]  # a line with the name may be between the header and the body
        named = named[named + self.lines < len(newlines)]
        first = np.sort(np.concatenate([first[fits], named[self._fits(data, newlines[named])] + 1]))
        change = np.zeros(count + 1, np.int8)
        change[first] += 1
        change[np.minimum(first + self.lines, count)] -= 1
        covered = np.cumsum(change[:count], dtype=np.int8).astype(np.bool_)
        if self.has_flags and len(first):
            begins, last = newlines[first - 1] + len(self.form), first + self.lines - 1
            covered[last[_wrong_flags(block, begins, newlines[last])]] = False
        return covered

    def _fits(self, data: npt.NDArray[np.uint8], at: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether the body is at each of some places."""
        size = len(self.form)
        found = np.zeros(len(at), np.bool_)
        inside = np.flatnonzero(at + size <= len(data))
        if not len(inside):
            return found
        windows = np.lib.stride_tricks.sliding_window_view(data, size)
        for start in range(0, len(inside), _ROWS):
            rows = inside[start : start + _ROWS]
            window = windows[at[rows]]
            # Most bytes are the same in all entries, and one entry shows whether they fit.
            columns = np.isin(self.fields, self.fields[(window != window[0]).any(axis=0)])
            if self._match(window[:1], ~columns)[0]:
                found[rows] = self._match(window, columns)
        return found

    def _match(self, window: npt.NDArray[np.uint8], columns: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Whether the bytes of each row fit in some columns, which have all bytes of a number or none."""
        window, form, fields = window[:, columns], np.frombuffer(self.form, np.uint8)[columns], self.fields[columns]
        is_number = fields < len(self.form)
        continues = is_number[:-1] & (fields[:-1] == fields[1:])
        last = is_number & ~np.append(continues, False)[: len(fields)]
        digit = window - _ZERO < _DIGITS
        fits: npt.NDArray[np.bool_] = ((window == form) | (digit & is_number)).all(axis=1)
        fits &= digit[:, last].all(axis=1)
        fits &= ~(digit[:, :-1] & ~digit[:, 1:] & continues).any(axis=1)  # a blank after a digit
        return fits


def _wrong_flags(text: bytes, begins: npt.NDArray[np.int64], stops: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which of some ranges are not the flags of an entry."""
    flags = [text[begin:stop] for begin, stop in zip(begins.tolist(), stops.tolist(), strict=True)]
    wrong = {one for one in set(flags) if not _FLAGS.fullmatch(one.rstrip(b"\r"))}
    return np.array([one in wrong for one in flags] if wrong else np.zeros(len(flags)), np.bool_)


def _learn(text: bytes, is_of_entry: Callable[[bytes], bool]) -> _Body | None:
    """The lines of the first entry that has counters; None if the text has none."""
    found: list[bytes] = []
    after_header = False
    for line in text.split(b"\n")[:-1]:
        bare = line.rstrip(b"\r")
        if begins_entry(bare):
            if found:
                return _body(found, False)
            after_header = True
        elif after_header and bare.startswith(_FLAGS_LABEL) and found:
            return _body([*found, _FLAGS_LABEL], True)
        elif after_header and FIELD.fullmatch(bare) and is_of_entry(bare):
            found.append(line)
        elif found or not bare.startswith(b"Name:"):
            found, after_header = [], False
    return None


def _body(lines: Sequence[bytes], has_flags: bool) -> _Body:
    form = bytearray(b"\n" + b"\n".join(lines) + b"\n" * (not has_flags))
    fields = np.arange(len(form), 2 * len(form))
    at = 1
    for line in lines:
        if match := FIELD.match(line):
            start, stop = at + match.start(2), at + match.end(3)
            form[start:stop] = b" " * (stop - start)
            fields[start:stop] = start
        at += len(line) + 1
    return _Body(bytes(form), fields, len(lines), has_flags)
