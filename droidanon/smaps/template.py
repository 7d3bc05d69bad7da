"""The fixed layout of an entry's body (from `Size:` to the label of `VmFlags:`), learnt from one entry."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

from droidanon.smaps.entry import FIELD, KB_COLUMN, counter_bytes, counter_line, is_counted

FLAGS_LABEL = b"VmFlags: "
_FIRST_LINE = re.compile(rb"\nSize:")
DIGITS = 8
MOST_DIGITS = 16
"""Digits of the largest numbers of a template: two words of 8."""
LABEL_BYTES = 16
_MIN_BODY, _MAX_BODY = 160, 2000
_SLOTS = 1024
_SLOT_SHIFT = np.uint64(64 - 10)
_ATTEMPTS = 8
"""The entries in which a complete one is searched for."""


@dataclass(frozen=True, eq=False)
class EntryForm:
    """The lines of an entry: the keys of its counters (and whether they are in kB), its lines without `Name:` and
    `VmFlags:` as in a layout, and whether it ends with `VmFlags:`.
    """

    keys: tuple[tuple[str, bool], ...]
    lines: tuple[tuple[str | int, ...], ...]
    has_flags: bool


HEADER_ONLY = EntryForm((), (), has_flags=False)
"""An entry of `maps`."""


@dataclass(frozen=True, eq=False)
class Template:
    """A body of `size` bytes. Bytes of numbers are 0 in `fixed` and `mask`; all others are 255 in `mask`."""

    size: int
    fixed: npt.NDArray[np.uint8]
    mask: npt.NDArray[np.uint8]
    fixed_words: npt.NDArray[np.uint64]
    mask_words: npt.NDArray[np.uint64]
    """`fixed` and `mask` in words of 8 bytes; those after the body are 0 in both."""
    form: EntryForm
    ends: tuple[int, ...]
    """The offset after the last digit of each key's number."""
    widths: tuple[int, ...]
    """The width of each number: at most 8 characters, 16 if the entry it was learnt from has a longer number there."""
    least: tuple[int, ...]
    """The smallest number that fits: 0, or that with as many digits if it is left-aligned: others move what follows."""
    edges: npt.NDArray[np.int64]
    """The first byte of each number's field and the byte after it, one after the other."""
    labels: LabelTable

    def fits(self, body: npt.NDArray[np.uint8]) -> bool:
        """Whether a body equals the template in all bytes outside its numbers."""
        return bool(((body & self.mask) == self.fixed).all())

    def same_as(self, other: Template) -> bool:
        """Whether another template fits the same bodies."""
        return self.size == other.size and bool((self.fixed == other.fixed).all() and (self.mask == other.mask).all())


@dataclass(frozen=True, eq=False)
class LabelTable:
    """Finds the offset of a line in a body by its first 16 bytes (a perfect hash)."""

    factor: np.uint64
    keys: npt.NDArray[np.uint64]
    offsets: npt.NDArray[np.int64]

    @staticmethod
    def of(labels: dict[bytes, int]) -> LabelTable:
        """The table of labels and the offsets of their lines."""
        words = np.frombuffer(b"".join(labels), np.uint64).reshape(-1, 2)
        for factor in np.random.default_rng(7).integers(1, 2**63, 2000, dtype=np.uint64) * np.uint64(2) + np.uint64(1):
            mixed = (words[:, 0] ^ (words[:, 1] * np.uint64(3))) * factor
            slots = mixed >> _SLOT_SHIFT
            if len(set(slots.tolist())) == len(slots):
                break
        # If labels shared a slot (never seen), only the last of them would be found.
        keys, offsets = np.zeros(_SLOTS, np.uint64), np.full(_SLOTS, -1, np.int64)
        keys[slots], offsets[slots] = mixed, list(labels.values())
        return LabelTable(factor, keys, offsets)

    def find(self, words: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """The offset of the line that begins with each pair of words, and whether it is probably a known line."""
        mixed = (words[:, 0] ^ (words[:, 1] * np.uint64(3))) * self.factor
        slots = mixed >> _SLOT_SHIFT
        return self.offsets[slots], self.keys[slots] == mixed


def learn(data: npt.NDArray[np.uint8]) -> Iterator[Template]:
    """The templates of the first few complete entries in a text."""
    for first_line in islice(_FIRST_LINE.finditer(data.data), _ATTEMPTS):
        size_at = first_line.start() + 1
        lines = data[size_at : size_at + _MAX_BODY].tobytes()
        flags_at = lines.find(b"\n" + FLAGS_LABEL) + 1
        if flags_at and (template := _template_of(lines[: flags_at + len(FLAGS_LABEL)])):
            yield template


def _template_of(body: bytes) -> Template | None:
    """A recent template that fits a body, otherwise a new one."""
    for known in tuple(_recent):
        if known.size == len(body) and known.fits(np.frombuffer(body, np.uint8)):
            return known
    template = _template(body)
    if template is not None:
        _recent.appendleft(template)
    return template


_recent: deque[Template] = deque(maxlen=16)
"""Templates of earlier texts: a phone has one or two."""


def _template(body: bytes) -> Template | None:
    if not _MIN_BODY <= len(body) <= _MAX_BODY:
        return None
    fixed = np.frombuffer(body, np.uint8).copy()
    mask = np.full(len(body), 255, np.uint8)
    keys, ends, widths, least, lines, labels = [], [], [], [], [], {}
    at = 0
    for text in body.split(b"\n")[:-1]:
        match = FIELD.fullmatch(text)
        if not match:
            return None
        key, blanks, digits, unit = match.groups()
        line = counter_line(key, blanks, digits, unit)
        stop = at + len(text) - len(unit)
        width = _digits_width(line, len(digits), stop - at)
        if len(digits) > MOST_DIGITS or not is_counted(key, unit):
            return None
        if counter_bytes(line, int(digits)) != text:
            return None
        fixed[stop - width : stop] = 0
        mask[stop - width : stop] = 0
        keys.append((key.decode(), bool(unit)))
        ends.append(stop)
        widths.append(width)
        least.append(10 ** (width - 1) if line[3] == 1 and width > 1 else 0)
        lines.append(line)
        labels[body[at : at + LABEL_BYTES].ljust(LABEL_BYTES, b"\0")] = at
        at += len(text) + 1
    read = MOST_DIGITS if widths[0] > DIGITS else DIGITS  # the bytes before `end` that are read as words
    if len({key for key, _ in keys}) != len(keys) or ends[0] < read:
        return None
    form = EntryForm(tuple(keys), tuple(lines), has_flags=True)
    edges = np.ravel([(end - width, end) for end, width in zip(ends, widths, strict=True)])
    return Template(
        len(body),
        fixed,
        mask,
        _words(fixed),
        _words(mask),
        form,
        tuple(ends),
        tuple(widths),
        tuple(least),
        edges,
        LabelTable.of(labels),
    )


def _words(chars: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    return np.append(chars, np.zeros(-len(chars) % 8, np.uint8)).view(np.uint64)


def _digits_width(line: tuple[str | int, ...], digits: int, stop: int) -> int:
    """The width that numbers in other entries with the same layout line may have."""
    width = int(line[3])
    if width == 1:
        return digits
    return min(DIGITS if digits <= DIGITS else MOST_DIGITS, width if stop == KB_COLUMN else width - 2)
