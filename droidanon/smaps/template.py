"""The fixed layout of an entry's body (from `Size:` to the label of `VmFlags:`), learnt from one entry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droidanon.smaps.entry import FIELD, counter_line

FLAGS_LABEL = b"VmFlags: "
FIRST_LABEL = b"Size:"
DIGITS = 8
LABEL_BYTES = 16
_MIN_BODY, _MAX_BODY = 160, 2000


@dataclass(frozen=True, eq=False)
class Template:
    """A body of `size` bytes; in `fixed` a byte that a number may take is 0, in `mask` it is 0 and any other 255."""

    size: int
    fixed: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.uint8]
    keys: tuple[tuple[str, bool], ...]
    ends: tuple[int, ...]
    """Offset just behind the last digit of each key's number."""
    widths: tuple[int, ...]
    """Characters (at most 8) that the number may take."""
    lines: tuple[tuple[str | int, ...], ...]
    labels: dict[bytes, int]
    """The 16 bytes at the start of each line, and the line's offset."""


def learn(data: bytes | bytearray, start: int, end: int) -> Template | None:
    """The template of the first entry in `data[start:end]` that has a body; None if it does not look like one."""
    size_at = data.find(b"\n" + FIRST_LABEL, start, end) + 1
    if size_at == 0:
        return None
    flags_at = data.find(b"\n" + FLAGS_LABEL, size_at, min(end, size_at + _MAX_BODY)) + 1
    size = flags_at + len(FLAGS_LABEL) - size_at
    if flags_at == 0 or not _MIN_BODY <= size <= _MAX_BODY:
        return None
    body = bytes(data[size_at : flags_at + len(FLAGS_LABEL)])
    fixed = np.frombuffer(body, np.uint8).copy()
    mask = np.full(size, 255, np.uint8)
    keys, ends, widths, lines, labels = [], [], [], [], {}
    at = 0
    for line in body.split(b"\n")[:-1]:
        match = FIELD.fullmatch(line)
        if not match:
            return None
        key, blanks, digits, unit = match.groups()
        stop = at + len(line) - len(unit)
        width = min(DIGITS, len(digits) + len(blanks.lstrip(b"\t")))
        if stop < DIGITS or len(digits) > DIGITS:
            return None
        fixed[stop - width : stop] = 0
        mask[stop - width : stop] = 0
        keys.append((key.decode(), bool(unit)))
        ends.append(stop)
        widths.append(width)
        lines.append(counter_line(key, blanks, digits, unit))
        label = body[at : at + LABEL_BYTES]
        labels[label.ljust(LABEL_BYTES, b"\0")] = at
        at += len(line) + 1
    if len(set(keys)) != len(keys) or any(line[3] == 1 and line[4] for line in lines):
        return None
    return Template(size, fixed, mask, tuple(keys), tuple(ends), tuple(widths), tuple(lines), labels)
