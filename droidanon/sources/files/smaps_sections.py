"""Splits a text with the smaps or maps of several processes, or with other lines among them.

A section begins where addresses start over, or after a line that names another process (`===PID:1===`, `---
/proc/1/smaps ---`, `==> /proc/1/smaps <==`, `>>> NAME (PID) <<<`, `shell:/ # cat /proc/1/smaps`, `pid 1: NAME`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from droidanon.smaps.entry import FIELD, HEADER, KB_KEYS, UNITLESS_KEYS
from droidanon.sources.files.infer_process import infer_process
from droidanon.sources.files.line_scan import scan_lines
from droidanon.sources.files.pid_stream import STREAM_LABEL
from droidanon.sources.large_text import Sliced, TextPart

_PROC = re.compile(r"/proc/([0-9]{1,9})(?:/|\b)")
_SHOWMAP = re.compile(r">>>\s*(\S.*?)\s*\(([0-9]{1,9})\)\s*<<<")
_PID = re.compile(
    r"\b(?:pid|process)\b[ \t:=#]{0,4}([0-9]{1,9})\b[ \t:,(\[-]{0,4}([A-Za-z/][\w./:@-]{1,200})?", re.IGNORECASE
)
_NAME_AND_PID = re.compile(r"(?:^|[ \t#=*-])([A-Za-z][\w:@-]*(?:\.[\w:@-]+)+)[ \t(:,\[]{1,4}([0-9]{1,9})\b")
_PID_AND_NAME = re.compile(r"(?:^|[ \t#=*-])([0-9]{1,9})[ \t):,\]-]{1,4}([A-Za-z/][\w./:@-]{1,200})")
_MOST_MARKER, _MOST_MARKED = 300, 5
"""The bytes of a line, and the lines above a header, that may name a process."""
_LOG = re.compile(rb"(?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d|[VDIWEFAS]/.{1,100}\( *\d+\): |(?:<\d+>)?\[ *\d+\.\d+\]")
"""A line of logcat or of the kernel's log, as consoles print them among other output: its pid is that of the writer."""
_OF_ENTRY = re.compile(rb"[0-9a-f]-[0-9a-f]{4,16} [r-][w-][x-][ps] |: *[0-9]{1,18} kB|: *[a-z]{2}(?: [a-z]{2}){2}")
"""A damaged line of an entry: its numbers are no pids."""
_FLAGS = re.compile(rb"VmFlags:(?: ?[a-z?]{2})* ?")
_FRAGMENT = re.compile(rb"([A-Za-z_]{0,20})(?::[ \t]{0,40}[0-9]{0,18}(?: k?B?)?)?|[ \t]{0,40}[0-9]{0,18} k?B?")
_FLAGS_FRAGMENT = re.compile(rb"(?:[VmFlags]{0,7}:)? ?(?:[a-z?]{1,2}(?: [a-z?]{1,2}){0,40})? ?")
"""A fragment of a VmFlags line: words of two letters, the first and the last may be cut."""
_WINDOW = 512 << 10
_KEYS = (*KB_KEYS, *UNITLESS_KEYS, b"VmFlags", b"Name")
_ROLLUP = b"[rollup]"
_VSYSCALL = 0xFFFFFFFF00000000
"""Addresses of the kernel, where x86 has `[vsyscall]`."""


@dataclass(slots=True)
class SmapsSection:
    """The lines of one process, as ranges of a text.

    `pid` and `name` come from the line above it; None and empty if there are none.
    """

    whole: Sliced
    pid: int | None = None
    name: str = ""
    spans: list[tuple[int, int]] = field(default_factory=list)
    headers: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    """The offset of each header."""
    _inferred: list[tuple[str, str | None] | None] = field(default_factory=list)

    @property
    def part(self) -> TextPart:
        return TextPart(self.whole, tuple(self.spans))

    @property
    def inferred(self) -> tuple[str, str | None] | None:
        """The process inferred from the mappings."""
        if not self._inferred:
            self._inferred.append(infer_process(self.part.read()))
        return self._inferred[0]

    def header_lines(self) -> set[bytes]:
        """The header lines."""
        begin, stop = self.spans[0][0], self.spans[-1][1]
        data = self.whole[begin:stop] + b"\n"
        return {data[start : data.index(b"\n", start)].rstrip(b"\r") for start in (self.headers - begin).tolist()}


@dataclass(frozen=True, slots=True)
class SmapsSections:
    """All sections with at least one entry, and the lines outside sections: the number (from 1) of the first, and their
    count.
    """

    sections: tuple[SmapsSection, ...]
    first_foreign: int
    foreign: int
    is_stream: bool
    """Whether a line begins with the label of a stream's markers."""
    begins_again: bool
    """Whether the addresses of the text descend somewhere: it has several processes, or one several times."""


def split_sections(text: Sliced) -> SmapsSections:
    """The sections of a text, without lines that are neither part of an entry nor a fragment of one."""
    scan = scan_lines(text, _is_of_entry)
    splitter = _Splitter(text, scan.headers, frozenset(_rollups(text, scan.headers) or _restarts(scan.starts)))
    after = np.searchsorted(scan.headers, [start for _, start, _ in scan.others]).tolist()
    header = 0
    for (number, start, stop), next_header in zip(scan.others, after, strict=True):
        splitter.take_headers(header, next_header)
        header = next_header
        splitter.take_lines(number, start, stop)
    splitter.take_headers(header, len(scan.headers))
    return splitter.finish()


class _Splitter:
    """Divides a text into sections; takes its headers and other lines in order."""

    def __init__(self, text: Sliced, headers: npt.NDArray[np.int64], again: frozenset[int]) -> None:
        self._text, self._headers, self._again = text, headers, again
        self._restarts = np.array(sorted(again), np.int64)
        self._sections = [SmapsSection(text)]
        self._first = [0]
        """For each section, the number of its first header."""
        self._marked: list[bytes] = []
        """The last lines since the last header that are no part of an entry."""
        self._first_foreign, self._foreign = 0, 0
        self._is_stream = False
        self._window, self._window_at = b"", 0
        """The bytes from which lines are taken, and their offset."""
        self._at = 0
        """The offset of the first byte that is in no section yet."""

    def take_headers(self, first: int, stop: int) -> None:
        """Takes headers with only regular entries between them; only headers where a section may begin matter."""
        if first == stop:
            return
        inside = self._restarts[np.searchsorted(self._restarts, first + 1) : np.searchsorted(self._restarts, stop)]
        for header in (first, *inside.tolist()):
            self._take_header(header)

    def _take_header(self, header: int) -> None:
        place = int(self._headers[header])
        has_headers = header > self._first[-1]
        if header in self._again or (has_headers and _of_another(self._sections[-1], self._marked)):
            self._close_span(place, place)
            self._sections.append(SmapsSection(self._text))
            self._first.append(header)
            has_headers = False
        if not has_headers:
            self._sections[-1].pid, self._sections[-1].name = _owner(self._marked)
        self._marked = []

    def take_lines(self, number: int, start: int, stop: int) -> None:
        """Takes empty lines and lines that are not part of an entry."""
        if stop > self._window_at + len(self._window):
            self._window_at, self._window = start, self._text[start : max(stop, start + _WINDOW)]
        data = self._window[start - self._window_at : stop - self._window_at]
        lines = [line.rstrip(b"\r") for line in data.removesuffix(b"\n").split(b"\n")]
        foreign = [place for place, line in enumerate(lines, number + 1) if line.strip()]
        if foreign and not self._foreign:
            self._first_foreign = foreign[0]
        self._foreign += len(foreign)
        self._is_stream = self._is_stream or any(line.startswith(STREAM_LABEL) for line in lines)
        self._marked = [*self._marked, *lines][-_MOST_MARKED:]
        self._close_span(start, stop)

    def _close_span(self, end: int, following: int) -> None:
        if end > self._at:
            self._sections[-1].spans.append((self._at, end))
        self._at = following

    def finish(self) -> SmapsSections:
        """The sections; nothing can be taken afterwards."""
        self._close_span(len(self._text), len(self._text))
        for section, (first, stop) in zip(self._sections, pairwise([*self._first, len(self._headers)]), strict=True):
            section.headers = self._headers[first:stop]
        sections = tuple(one for one in self._sections if one.spans)
        return SmapsSections(sections, self._first_foreign, self._foreign, self._is_stream, bool(self._again))


def _restarts(starts: npt.NDArray[np.uint64]) -> list[int]:
    """The indices at which addresses start over.

    A single lower address, after which the sequence continues, is damage. A `[vsyscall]` at the beginning means an
    excerpt.
    """
    return [place for place in (np.flatnonzero(starts[1:] < starts[:-1]) + 1).tolist() if _restarts_at(starts, place)]


def _rollups(text: Sliced, headers: npt.NDArray[np.int64]) -> Sequence[int]:
    """The indices of all headers but the first in a text of smaps_rollup, which has one for each process."""
    first = int(headers[0]) if len(headers) > 1 else 0
    is_rollup = len(headers) > 1 and _ROLLUP in text[first : first + _MOST_MARKER].split(b"\n", 1)[0]
    return range(1, len(headers)) if is_rollup else ()


def _restarts_at(starts: npt.NDArray[np.uint64], place: int) -> bool:
    if place == 1 and starts[0] >= _VSYSCALL:
        return False
    return not (place + 1 < len(starts) and starts[place + 1] > starts[place - 1] and _falls_alone(starts, place))


def _falls_alone(starts: npt.NDArray[np.uint64], place: int) -> bool:
    return bool(place + 2 >= len(starts) or starts[place + 2] > starts[place - 1])


def _of_another(section: SmapsSection, marked: Sequence[bytes]) -> bool:
    """Whether the lines above a header name another process than the section's, which has headers."""
    pid, _ = _owner(marked)
    return pid is not None and pid != section.pid


def _is_of_entry(line: bytes) -> bool:
    """Whether a line is part of an entry, or may be a fragment of one."""
    if (match := FIELD.fullmatch(line)) is not None:
        key = match[1]
        return key in KB_KEYS or key in UNITLESS_KEYS or bool(match[4])
    if _FLAGS.fullmatch(line) or line.startswith(b"Name:") or HEADER.fullmatch(line):
        return True
    return len(line) < 100 and _is_fragment(line)


def _is_fragment(line: bytes) -> bool:
    match = _FRAGMENT.fullmatch(line)
    if not line.strip(b": \t"):
        return False
    if match is None:
        return _FLAGS_FRAGMENT.fullmatch(line) is not None
    word = match[1]
    return not word or any(key.startswith(word) or key.endswith(word) for key in _KEYS)


def _owner(marked: Sequence[bytes]) -> tuple[int | None, str]:
    """pid and name in the last line that has them."""
    for line in reversed(marked):
        if _LOG.match(line) or _OF_ENTRY.search(line):
            continue
        text = line[:_MOST_MARKER].decode("utf-8", "replace")
        if match := _SHOWMAP.search(text):
            return int(match[2]), match[1]
        if match := _PROC.search(text):
            return int(match[1]), ""
        if match := _PID.search(text):
            return int(match[1]), match[2] or ""
        if match := _NAME_AND_PID.search(text):
            return int(match[2]), match[1]
        if match := _PID_AND_NAME.search(text):
            return int(match[1]), match[2]
    return None, ""
