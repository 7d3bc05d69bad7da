"""Writes VMAs as the exact text from which they were read."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from droidanon.columns import Layout, VmaTable
from droidanon.model import VMA_FIDELITIES, Capture
from droidanon.smaps.names import column_of, name_bytes

_BLOCK = 4096


def write_process(capture: Capture, index: int) -> Iterator[bytes]:
    """The text of one process, in pieces, byte for byte as it was read."""
    process = capture.processes[index]
    if process.fidelity not in VMA_FIDELITIES:  # its rows are in its text
        yield _line_ends(process.text or b"", process.crlf)
        return
    first, last = capture.vmas.bounds_of(index)
    writer = _Writer(capture.vmas)
    for start in range(first, last, _BLOCK):
        yield _line_ends(writer.rows(start, min(start + _BLOCK, last)), process.crlf)
    if process.text:
        yield _line_ends(process.text, process.crlf)


def _line_ends(text: bytes, crlf: bool) -> bytes:
    return text.replace(b"\n", b"\r\n") if crlf else text


class _Writer:
    def __init__(self, vmas: VmaTable) -> None:
        self.vmas = vmas
        self.names = [name_bytes(name) for name in vmas.name.values]
        self.flags = [flags.encode() for flags in vmas.flags.values]
        self.perms = vmas.perms.values
        self.devices = vmas.device.values
        self.columns = _columns(vmas)

    def rows(self, start: int, stop: int) -> bytes:
        part = slice(start, stop)
        vmas = self.vmas
        bodies = self.bodies(start, stop)
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
            prefix = f"{low:08x}-{high:08x} {self.perms[perms]} {offset:08x} {self.devices[device]} {inode} ".encode()
            form = vmas.layouts[layout]
            text = self.names[name]
            if text:
                width = form.name_column
                prefix = (prefix.ljust(width) if len(prefix) < width else prefix + b" ") + text
            elif not form.blank:
                prefix = prefix[:-1]
            pieces += (prefix, b"\n", bodies[row])
        return b"".join(pieces)

    def bodies(self, start: int, stop: int) -> list[bytes]:
        """The lines after the header of each row, formatted by layout."""
        vmas = self.vmas
        layouts = vmas.layout[start:stop]
        made: list[bytes] = [b""] * (stop - start)
        for code in np.unique(layouts).tolist():
            rows = np.flatnonzero(layouts == code)
            for row, body in zip(rows.tolist(), self.bodies_of(vmas.layouts[code], rows + start), strict=True):
                made[row] = body
        return made

    def bodies_of(self, layout: Layout, rows: npt.NDArray[np.int64]) -> list[bytes]:
        """The bodies of rows with one layout: a pattern with placeholders for numbers, name and flags."""
        pattern: list[bytes] = []
        values: list[list[bytes] | list[int]] = []
        for line in layout.lines:
            if line[0] == "counter":
                _, key, before, width, after = line
                pattern.append(f"{_literal(before)}%{width}d{_literal(after)}\n".encode())
                values.append(self.vmas.counters[self.columns[str(key), bool(after)]][rows].tolist())
            elif line[0] == "name":
                pattern.append(f"{_literal(line[1])}%b\n".encode())
                values.append([self.names[name] for name in self.vmas.name.codes[rows].tolist()])
            else:
                pattern.append(f"{_literal(line[1])}%b{_literal(line[2])}\n".encode())
                values.append([self.flags[flags] for flags in self.vmas.flags.codes[rows].tolist()])
        if not values:
            return [b""] * len(rows)
        whole = b"".join(pattern)
        return [whole % row for row in zip(*values, strict=True)]


def _literal(text: str | int) -> str:
    return str(text).replace("%", "%%")


def _columns(vmas: VmaTable) -> dict[tuple[str, bool], str]:
    """The column of each key that the layouts print."""
    keys = {
        (str(line[1]), bool(line[4])): None for layout in vmas.layouts for line in layout.lines if line[0] == "counter"
    }
    return {key: column_of(*key, vmas.counters) for key in keys}
