"""Finds the lines of entries after their headers, using layouts learnt from the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from droidanon.smaps.bodies import read_bodies
from droidanon.smaps.byte_matrix import PADDING, Bytes, Positions
from droidanon.smaps.entry import counter_bytes
from droidanon.smaps.fast import Flags
from droidanon.smaps.names import Interned
from droidanon.smaps.template import Template, learn

_MOST_TEMPLATES = 16
_HEADERS = 4
"""Headers are less than one byte in so many of smaps; a layout is learnt if more is left."""
_MOST_FLAGS = 1 << 20
"""Bytes of distinct flags that are kept."""
_NEWLINE = 10


@dataclass(frozen=True, slots=True)
class Bodies:
    """Ascending ranges of a text, each with whole lines of an entry without its header; and the number of these
    lines."""

    begins: Positions
    stops: Positions
    lines: Positions


class EntryBodies:
    """Finds bodies in which a function accepts every line except the flags as part of an entry."""

    def __init__(self, is_of_entry: Callable[[bytes], bool]) -> None:
        self._is_of_entry = is_of_entry
        self._templates: list[Template] = []
        self._flags = Flags(Interned())

    def find(self, text: bytes) -> Bodies:
        """Bodies from `Size:` to the flags in whole lines: most of those with a common layout."""
        if self._flags.size > _MOST_FLAGS:
            self._flags = Flags(Interned())
        data = np.frombuffer(text + bytes(PADDING), np.uint8)
        none = np.zeros(0, np.int64)
        found = Bodies(none, none, none)
        tried = 0
        while tried < len(self._templates) or self._learn(text, found):
            found = _merged(found, self._of(data, len(text), self._templates[tried]))
            tried += 1
        return found

    def _of(self, data: Bytes, size: int, template: Template) -> Bodies:
        begins, _ = read_bodies(data, size, template)
        flags, stops = self._flags.lookup(data, size, begins + template.size)
        good = (flags >= 0) & (stops <= size) & ((begins == 0) | (data[begins - 1] == _NEWLINE))
        begins, stops = begins[good], stops[good]
        return Bodies(begins, stops, np.full(len(begins), len(template.form.lines) + 1))

    def _learn(self, text: bytes, found: Bodies) -> bool:
        """Learns a layout from the bytes outside any body, if there are many; returns whether it found one."""
        left = len(text) - int((found.stops - found.begins).sum())
        if left * _HEADERS < len(text) or len(self._templates) == _MOST_TEMPLATES:
            return False
        rest = zip([0, *found.stops.tolist()], [*found.begins.tolist(), len(text)], strict=True)
        for template in learn(np.frombuffer(b"".join([text[begin:stop] for begin, stop in rest]), np.uint8)):
            if any(template.same_as(known) for known in self._templates):
                continue
            if all(self._is_of_entry(counter_bytes(line, 1)) for line in template.form.lines):
                self._templates.append(template)
                return True
        return False


def _merged(one: Bodies, other: Bodies) -> Bodies:
    """Both, merged. They do not overlap, because `Size:` begins a body and occurs in no other line of one."""
    if not len(one.begins):
        return other
    begins = np.concatenate([one.begins, other.begins])
    order = np.argsort(begins, kind="stable")
    stops, lines = np.concatenate([one.stops, other.stops]), np.concatenate([one.lines, other.lines])
    return Bodies(begins[order], stops[order], lines[order])
