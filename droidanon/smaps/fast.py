"""The fast path: parses all entries with a known layout into columns.

An entry is accepted only if printing its columns gives exactly its header, body and flags, so that the writer
reproduces it byte for byte. All other bytes are left to the slow path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from droidanon.columns import Layout
from droidanon.smaps.bodies import Counters, read_bodies
from droidanon.smaps.byte_matrix import Bytes, Mask, Positions, Words, records
from droidanon.smaps.dictionary import Codes, TextDictionary
from droidanon.smaps.entry import FLAGS_LINE
from droidanon.smaps.header_starts import header_starts
from droidanon.smaps.header_tails import NAME_LABEL, HeaderTails
from droidanon.smaps.headers import HeaderNumbers, read_headers
from droidanon.smaps.names import Interned
from droidanon.smaps.template import FLAGS_LABEL, EntryForm, Template

_FLAGS_BYTES = 80
_NEWLINE = 10


@dataclass(slots=True)
class FastRows:
    """Columns of the accepted entries, in order; each covers the bytes from `header` to `after`."""

    header: Positions
    after: Positions
    start: Words
    end: Words
    offset: Words
    perms: Codes
    tail: Codes
    name_column: Positions
    flags: Codes
    """Codes of the flags in their dictionary."""
    counters: Counters
    form: EntryForm


class Flags:
    """Distinct lists of flags by code; the value is -1 if the writer would print the list differently."""

    def __init__(self, values: Interned) -> None:
        self._dictionary = TextDictionary()
        self._interned = values
        self._list: list[int] = []
        self._values = np.zeros(0, np.int32)

    @property
    def size(self) -> int:
        """The bytes of all distinct texts."""
        return self._dictionary.size

    def lookup(self, data: Bytes, size: int, at: Positions) -> tuple[Codes, Positions]:
        """The value of the flags that start at each position (-1: left to the slow path), and where the next line
        starts.
        """
        newline = records(data, at, _FLAGS_BYTES) == _NEWLINE
        length = newline.argmax(axis=1) + 1
        # Without a newline the start of the next entry is unknown: place it beyond the end, so that it is not parsed.
        after = np.where((length > 1) | newline[:, 0], at + length, size + 1)
        length[after > size] = 0
        codes = self._dictionary.codes(data, at, length)
        if new := self._dictionary.take_new():
            self._list += map(self._learn, new)
            self._values = np.array(self._list, np.int32)
        return (np.where(codes < 0, np.int32(-1), self._values[codes]) if len(self._values) else codes), after

    def _learn(self, raw: bytes) -> int:
        text = raw[:-1]
        match = FLAGS_LINE.fullmatch(FLAGS_LABEL + text)
        exact = not text or (match and match[2] and match[3])
        return self._interned(text[:-1].decode()) if exact else -1


class Dictionaries:
    """The dictionaries of distinct texts learnt so far."""

    def __init__(self) -> None:
        self.names, self.devices, self.flag_lists = Interned(), Interned(), Interned()
        self.tails = HeaderTails(self.devices, self.names)
        self.flags = Flags(self.flag_lists)

    @property
    def size(self) -> int:
        """The bytes of all distinct texts."""
        return self.tails.size + self.flags.size


def layout_of(form: EntryForm, name_column: int, name_lines: int, flags: bool) -> Layout:
    """The layout of an entry that the fast path accepted."""
    names = (("name", NAME_LABEL.decode()),) * name_lines
    last = (("flags", FLAGS_LABEL.decode(), " " if flags else ""),) * form.has_flags
    return Layout(name_column, True, (*names, *form.lines, *last))


def parse_fast(data: Bytes, size: int, starts: Positions, template: Template, known: Dictionaries) -> FastRows | None:
    """Parse `data[:size]`, in which texts begin at `starts`; None if no entry is accepted."""
    bodies, counters = read_bodies(data, size, template)
    if not len(bodies):
        return None
    flags, after = known.flags.lookup(data, size, bodies + template.size)
    header, good = header_starts(data, bodies, after, starts, template.size)
    ends = np.append(starts[1:], size)[np.searchsorted(starts, header, side="right") - 1]
    good &= (flags >= 0) & (after <= ends)  # an entry does not continue in the next text
    numbers = read_headers(data, header)
    tail_at = np.where(good, numbers.tail, -1)
    tail, name_column = known.tails.lookup(data, tail_at, bodies, header)
    return fast_rows(header, after, numbers, tail, name_column, flags, counters, template.form)


def fast_rows(
    header: Positions,
    after: Positions,
    numbers: HeaderNumbers,
    tail: Codes,
    name_column: Positions,
    flags: Codes,
    counters: Counters,
    form: EntryForm,
) -> FastRows:
    """The entries whose tail has a code."""
    rows = FastRows(
        header,
        after,
        numbers.start,
        numbers.end,
        numbers.offset,
        numbers.perms,
        tail,
        name_column,
        flags,
        counters,
        form,
    )
    return take(rows, tail >= 0)


def take(rows: FastRows, which: Mask) -> FastRows:
    """These columns for some rows."""
    if which.all():
        return rows
    return FastRows(
        rows.header[which],
        rows.after[which],
        rows.start[which],
        rows.end[which],
        rows.offset[which],
        rows.perms[which],
        rows.tail[which],
        rows.name_column[which],
        rows.flags[which],
        rows.counters[:, which],
        rows.form,
    )
