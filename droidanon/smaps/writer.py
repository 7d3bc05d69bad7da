"""Writes VMAs as the exact text from which they were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt

from droidanon.columns import Layout
from droidanon.model import VMA_FIDELITIES, Capture
from droidanon.smaps.names import column_of, name_bytes
from droidanon.smaps.number_lines import NumberLine, print_lines

_BLOCK = 4096

_Line = tuple[str | int, ...]
_Run = tuple[list[NumberLine], list[_Line]]
"""Lines of a layout one after the other: numbers or texts, the other list is empty."""


def write_process(capture: Capture, index: int) -> Iterator[bytes]:
    """The text of one process, in pieces, byte for byte as it was read."""
    return CaptureWriter(capture).process(index)


class CaptureWriter:
    """Writes the processes of a capture, which share the names that it encodes once."""

    def __init__(self, capture: Capture) -> None:
        self._processes = capture.processes
        vmas = self._vmas = capture.vmas
        self._names = [name_bytes(name) for name in vmas.name.values]
        self._flags = [flags.encode() for flags in vmas.flags.values]
        self._perms = [perms.encode() for perms in vmas.perms.values]
        self._devices = [device.encode() for device in vmas.device.values]
        self._runs: dict[int, list[_Run]] = {}

    def process(self, index: int) -> Iterator[bytes]:
        """The text of one process, in pieces, byte for byte as it was read."""
        process = self._processes[index]
        if process.fidelity in VMA_FIDELITIES:  # else its rows are in its text
            first, last = self._vmas.bounds_of(index)
            for start in range(first, last, _BLOCK):
                yield _line_ends(self._rows(start, min(start + _BLOCK, last)), process.crlf)
        if process.text:
            yield _line_ends(process.text, process.crlf)

    def _rows(self, start: int, stop: int) -> bytes:
        vmas = self._vmas
        part = slice(start, stop)
        bodies = self._bodies(start, stop)
        heads = zip(
            vmas.start[part].tolist(),
            vmas.end[part].tolist(),
            vmas.perms.codes[part].tolist(),
            vmas.offset[part].tolist(),
            vmas.device.codes[part].tolist(),
            vmas.inode[part].tolist(),
            vmas.name.codes[part].tolist(),
            vmas.layout[part].tolist(),
            strict=True,
        )
        pieces: list[bytes] = []
        for row, (low, high, perms, offset, device, inode, name, layout) in enumerate(heads):
            exact = vmas.text.get(start + row) if vmas.text else None
            if exact is not None:
                pieces.append(exact)
                continue
            prefix = b"%08x-%08x %b %08x %b %d " % (low, high, self._perms[perms], offset, self._devices[device], inode)
            form = vmas.layouts[layout]
            text = self._names[name]
            if text:
                width = form.name_column
                prefix = (prefix.ljust(width) if len(prefix) < width else prefix + b" ") + text
            elif not form.blank:
                prefix = prefix[:-1]
            pieces += (prefix, b"\n", bodies[row])
        return b"".join(pieces)

    def _bodies(self, start: int, stop: int) -> list[bytes]:
        """The lines after the header of each row, formatted by layout."""
        vmas = self._vmas
        layouts = vmas.layout[start:stop]
        made: list[bytes] = [b""] * (stop - start)
        for code in np.unique(layouts).tolist():
            rows = np.flatnonzero(layouts == code)
            for row, body in zip(rows.tolist(), self._bodies_of(code, rows + start), strict=True):
                made[row] = body
        return made

    def _bodies_of(self, code: int, rows: npt.NDArray[np.int64]) -> list[bytes]:
        """The bodies of rows with one layout: runs of lines with numbers, between them lines with names or flags."""
        if code not in self._runs:
            self._runs[code] = self._runs_of(self._vmas.layouts[code])
        parts = [
            print_lines(numbers, rows) if numbers else self._texts(texts, rows) for numbers, texts in self._runs[code]
        ]
        return list(map(b"".join, zip(*parts, strict=True))) if parts else [b""] * len(rows)

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

    def _texts(self, lines: Sequence[_Line], rows: npt.NDArray[np.int64]) -> list[bytes]:
        """Lines with names or flags of each row."""
        parts = []
        for kind, before, *after in lines:
            values, codes = (self._names, self._vmas.name) if kind == "name" else (self._flags, self._vmas.flags)
            start, end = str(before).encode(), "".join(map(str, (*after, "\n"))).encode()
            parts.append([b"%b%b%b" % (start, values[code], end) for code in codes.codes[rows].tolist()])
        return list(map(b"".join, zip(*parts, strict=True)))


def _line_ends(text: bytes, crlf: bool) -> bytes:
    return text.replace(b"\n", b"\r\n") if crlf else text
