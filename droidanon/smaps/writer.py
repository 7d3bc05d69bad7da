"""Writes VMAs back as the exact text they were read from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt

from droidanon.columns import Layout, distinct_codes
from droidanon.model import VMA_FIDELITIES, Capture
from droidanon.smaps.header_lines import HeaderPrinter
from droidanon.smaps.names import column_of, name_bytes
from droidanon.smaps.number_lines import NumberLine, print_lines

_BLOCK = 2048

_Line = tuple[str | int, ...]
_Run = tuple[list[NumberLine], list[_Line]]
"""Lines of a layout one after the other: numbers or texts, the other list is empty."""


def write_process(capture: Capture, index: int) -> Iterator[bytes]:
    """The text of one process, in pieces, byte for byte as it was read."""
    return CaptureWriter(capture).process(index)


class CaptureWriter:
    """Writes the processes of a capture, formatting rows in blocks that may span several processes."""

    def __init__(self, capture: Capture) -> None:
        self._processes = capture.processes
        vmas = self._vmas = capture.vmas
        self._headers = HeaderPrinter(vmas)
        self._names = [name_bytes(name) for name in vmas.name.values]
        self._name_ends = [name + b"\n" for name in self._names]
        self._flags = [flags.encode() for flags in vmas.flags.values]
        self._runs: dict[int, list[_Run]] = {}
        self._block: tuple[int, list[bytes]] = (-1, [])

    def process(self, index: int) -> Iterator[bytes]:
        """The text of one process, in pieces, byte for byte as it was read."""
        process = self._processes[index]
        if process.fidelity in VMA_FIDELITIES:  # otherwise its text includes its rows
            first, last = self._vmas.bounds_of(index)
            for number in range(first // _BLOCK, -(-last // _BLOCK)):
                start = number * _BLOCK
                rows = self._rows_of_block(number)[max(first - start, 0) : last - start]
                yield _line_ends(b"".join(rows), process.crlf)
        if process.text:
            yield _line_ends(process.text, process.crlf)

    def _rows_of_block(self, number: int) -> list[bytes]:
        """The texts of the rows of a block. It is kept, because the next process often begins in it."""
        if self._block[0] != number:
            start = number * _BLOCK
            self._block = (number, self._rows(start, min(start + _BLOCK, len(self._vmas))))
        return self._block[1]

    def _rows(self, start: int, stop: int) -> list[bytes]:
        vmas = self._vmas
        layouts = vmas.layout[start:stop]
        heads = self._headers.print(slice(start, stop))
        names = [self._name_ends[code] for code in vmas.name.codes[start:stop].tolist()]
        codes = np.unique(layouts).tolist()
        if len(codes) == 1:
            texts = list(map(b"".join, zip(heads, names, *self._bodies(codes[0], slice(start, stop)), strict=True)))
        else:
            texts = [b""] * len(heads)
            for code in codes:
                rows = np.flatnonzero(layouts == code)
                places = rows.tolist()
                first = ([column[place] for place in places] for column in (heads, names))
                parts = zip(*first, *self._bodies(code, rows + start), strict=True)
                for place, text in zip(places, map(b"".join, parts), strict=True):
                    texts[place] = text
        for row in vmas.text.keys() & set(range(start, stop)) if vmas.text else ():
            texts[row - start] = vmas.text[row]
        return texts

    def _bodies(self, code: int, rows: npt.NDArray[np.int64] | slice) -> list[list[bytes]]:
        """The lines after the headers of rows with one layout: runs of counter lines, separated by lines with names or
        flags.
        """
        if code < 0:  # not a VMA
            return []
        if code not in self._runs:
            self._runs[code] = self._runs_of(self._vmas.layouts[code])
        return [
            print_lines(numbers, rows) if numbers else self._texts(texts, rows) for numbers, texts in self._runs[code]
        ]

    def _runs_of(self, layout: Layout) -> list[_Run]:
        runs = groupby(layout.lines, lambda line: line[0] == "counter")
        return [
            ([self._number_line(line) for line in lines], []) if numbers else ([], list(lines))
            for numbers, lines in runs
        ]

    def _number_line(self, line: _Line) -> NumberLine:
        _, key, before, width, after = line
        counters = self._vmas.counters
        column = counters[column_of(str(key), bool(after), counters)]
        return NumberLine(str(before).encode(), int(width), f"{after}\n".encode(), column)

    def _texts(self, lines: Sequence[_Line], rows: npt.NDArray[np.int64] | slice) -> list[bytes]:
        """Lines with names or flags of each row."""
        parts = []
        for kind, before, *after in lines:
            values, codes = (self._names, self._vmas.name) if kind == "name" else (self._flags, self._vmas.flags)
            start, end = str(before).encode(), "".join(map(str, (*after, "\n"))).encode()
            texts = {
                code: b"%b%b%b" % (start, values[code], end) for code in distinct_codes(codes.codes[rows]).tolist()
            }
            parts.append([texts[code] for code in codes.codes[rows].tolist()])
        return parts[0] if len(parts) == 1 else list(map(b"".join, zip(*parts, strict=True)))


def _line_ends(text: bytes, crlf: bool) -> bytes:
    return text.replace(b"\n", b"\r\n") if crlf else text
