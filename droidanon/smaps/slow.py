"""The reference parser: line by line, for text without a known layout. The fast path must give the same results."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from droidanon.columns import Layout
from droidanon.counters import most_kb
from droidanon.smaps.entry import (
    DEFAULT_NAME_COLUMN,
    FIELD,
    FLAGS_LINE,
    HEADER,
    KB_KEYS,
    NAME_LINE,
    NOT_COUNTERS,
    TEXT_FIELD,
    Entry,
    Keys,
    begins_entry,
    counter_bytes,
    counter_line,
    header_bytes,
    is_counted,
)

MOST_PROBLEMS = 100
"""The problems listed per text; the rest is only counted."""
_MAX_SHOWN_LINE = 100
_MAX_FLAGS_LINE = 4096
_MOST_KNOWN_LINES = 1 << 16
_HEX_STARTS = tuple(bytes([char]) for char in b"0123456789abcdef")
_INTERESTING = re.compile(rb"^[0-9a-fA-Z]", re.MULTILINE)
_MOST_INODE = 2**64 - 1

Line = tuple[str | int, ...]


@dataclass(slots=True)
class SlowResult:
    """Entries in order, the bytes after the last one (or all bytes), and problems as (line number from 1, message)."""

    entries: list[Entry] = field(default_factory=list)
    tail: bytes = b""
    problems: list[tuple[int, str]] = field(default_factory=list)
    more: int = 0
    """Problems beyond the first `MOST_PROBLEMS`."""
    fields: int = 0
    """The number of counter lines, by which a text without headers is recognised as smaps."""


@dataclass(frozen=True, slots=True)
class _Counter:
    """A parsed counter line."""

    key: bytes
    column: tuple[str, bool]
    value: int
    form: int
    exact: bool
    """Whether its layout reproduces the line."""


class _Forms:
    """Numbers the lines of layouts, so that a layout can be looked up by a short tuple of numbers."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._numbers: dict[Line, int] = {}
        self._layouts: dict[tuple[int, ...], Layout] = {}

    def number(self, line: Line) -> int:
        number = self._numbers.setdefault(line, len(self.lines))
        if number == len(self.lines):
            self.lines.append(line)
        return number

    def layout(self, name_column: int, blank: bool, forms: list[int]) -> Layout:
        key = (name_column, blank, *forms)
        layout = self._layouts.get(key)
        if layout is None:
            layout = Layout(name_column, blank, tuple(self.lines[number] for number in forms))
            self._layouts[key] = layout
        return layout


class SlowParser:
    """The state of the line-by-line parser between calls."""

    def __init__(self, keys: Keys | None = None) -> None:
        self.keys = keys or Keys()
        self.forms = _Forms()
        self.counters: dict[bytes, _Counter] = {}

    def parse(self, data: bytes, *, at_end: bool = True, after_counters: bool = False) -> SlowResult:
        """Parses a text, or a part of it that begins at an entry.

        `at_end`: the text ends here, maybe torn. `after_counters`: counters precede this part.
        """
        return _SlowReader(self, data, at_end, after_counters).run()

    def counter(self, line: bytes) -> _Counter | None:
        """The counter of a line that is not torn; None for any other line."""
        known = self.counters.get(line)
        if known is None and (match := FIELD.fullmatch(line)):
            key, blanks, digits, unit = match.groups()
            if not is_counted(key, unit) or not self.keys.allow(key):
                return None
            form = counter_line(key, blanks, digits, unit)
            number = self.forms.number(form)
            exact = counter_bytes(form, int(digits)) == line
            known = _Counter(key, (key.decode(), bool(unit)), int(digits), number, exact)
            if len(self.counters) >= _MOST_KNOWN_LINES:
                self.counters.clear()
            self.counters[line] = known
        return known


@dataclass(slots=True)
class _OpenEntry:
    """The entry that is being read."""

    match: tuple[bytes | None, ...]
    position: int
    odd: bool
    forms: list[int] = field(default_factory=list)
    counters: dict[tuple[str, bool], int] = field(default_factory=dict)
    keys: set[bytes] = field(default_factory=set)
    name_lines: list[bytes] = field(default_factory=list)
    flags: str | None = None


class _SlowReader:
    def __init__(self, parser: SlowParser, data: bytes, at_end: bool, after_counters: bool) -> None:
        self.parser = parser
        self.data = data
        self.at_end = at_end
        self.after_counters = after_counters
        self.result = SlowResult()
        self.current: _OpenEntry | None = None
        self.orphan = False  # these lines lack their header; reported already
        self.written = 0  # end of the bytes that belong to entries

    def run(self) -> SlowResult:
        data, size = self.data, len(self.data)
        position = number = 0
        while position < size:
            newline = data.find(b"\n", position)
            number += 1
            if newline < 0:
                self.line(data[position:], number, position, torn=self.at_end)
                break
            line = data[position:newline]
            counter = self.parser.counters.get(line)
            current = self.current
            if counter is not None and current is not None and counter.key not in current.keys:
                self.count(current, counter)
            else:
                self.line(line, number, position, torn=False)
                if len(self.result.problems) >= MOST_PROBLEMS and not _INTERESTING.match(line):
                    skipped = self.skip_junk(newline + 1)
                    number += skipped[0]
                    newline = skipped[1] - 1
            position = newline + 1
        self.close(size)
        self.result.tail = data[self.written :]
        return self.result

    def skip_junk(self, position: int) -> tuple[int, int]:
        """Skips lines that are not smaps; returns their number, and the start of the next line."""
        match = _INTERESTING.search(self.data, position)
        if match:
            stop = match.start()
        else:  # the last line may be torn
            stop = max(self.data.rfind(b"\n") + 1, position)
        count = self.data.count(b"\n", position, stop)
        self.result.more += count
        return count, stop

    def line(self, line: bytes, number: int, position: int, torn: bool) -> None:
        stripped = line.rstrip(b"\r")
        if stripped[:1] in _HEX_STARTS and (match := _header(stripped)):
            self.header(match, line, number, position, torn)
            return
        current = self.current
        if current is not None and self.field(current, stripped, number, position, torn):
            current.odd = current.odd or torn or stripped != line
        elif current is None and self.headless(stripped, number, line):
            pass
        elif begins_entry(stripped):
            self.close(position)
            self.orphan = True
            self.problem(number, "broken header, its counters are left out", line)
        else:
            if current is not None:
                current.odd = True
            if stripped.strip():  # an empty line loses nothing
                self.problem(number, "torn line" if torn else "not a line of smaps", line)

    def header(self, match: tuple[bytes | None, ...], line: bytes, number: int, position: int, torn: bool) -> None:
        self.close(position)
        self.orphan = torn and (self.after_counters or self.result.fields > 0 or not _whole_header(match))
        if self.orphan:
            self.problem(number, "torn header at the end", line)
        else:
            self.current = _OpenEntry(match, position, odd=torn or line[-1:] == b"\r")

    def headless(self, line: bytes, number: int, raw: bytes) -> bool:
        """Handles a line of an entry whose header is missing."""
        is_counter = FIELD.fullmatch(line) is not None
        if not is_counter and not NAME_LINE.match(line) and not (self.orphan and line.startswith(b"VmFlags:")):
            return False
        self.result.fields += is_counter
        if not self.orphan:
            self.orphan = True
            self.problem(number, "counters without a header", raw)
        return True

    def count(self, current: _OpenEntry, counter: _Counter) -> None:
        """Adds a counter to the open entry."""
        current.keys.add(counter.key)
        current.counters[counter.column] = counter.value
        current.forms.append(counter.form)
        if not counter.exact:
            current.odd = True
        self.result.fields += 1

    def field(self, current: _OpenEntry, line: bytes, number: int, position: int, torn: bool) -> bool:
        """Adds a line to the open entry; False if it is not part of one."""
        if (match := FIELD.fullmatch(line)) and match.group(1) not in NOT_COUNTERS:
            key, _, _, unit = match.groups()
            if key in current.keys:
                self.close(position)
                self.orphan = True
                self.problem(number, f"{key.decode()} a second time: a header is missing before it", line)
            elif not unit and (torn or key in KB_KEYS):
                current.odd = True
                self.problem(number, "torn number, not counted", line)
            elif int(match[3]) > most_kb("size_kb" if key == b"Size" else ""):
                current.odd = True
                self.problem(number, "larger than the memory of any machine; not counted", line)
            elif counter := self.parser.counter(line):
                self.count(current, counter)
            else:
                current.odd = True
                self.problem(number, "too many unknown counters, this one is left out", line)
            return True
        forms = self.parser.forms
        if match := NAME_LINE.fullmatch(line):
            if not torn:
                current.name_lines.append(match.group(2))
                current.forms.append(forms.number(("name", match.group(1).decode())))
            return not torn
        if len(line) <= _MAX_FLAGS_LINE and (match := FLAGS_LINE.fullmatch(line)):
            label, flags, blank = match.groups()
            current.odd = current.odd or current.flags is not None
            current.flags = flags.decode()
            current.forms.append(forms.number(("flags", label.decode(), blank.decode())))
            return True
        if not torn and TEXT_FIELD.fullmatch(line) and line.split(b":")[0] not in KB_KEYS:
            current.odd = True  # a key that no known kernel prints: kept as text
            return True
        return False

    def close(self, end: int) -> None:
        """Closes the open entry; all bytes since the last one belong to it."""
        current, self.current = self.current, None
        if current is None:
            return
        start, stop, perms, offset, device, inode, blanks, header_name = current.match
        assert start and stop and perms and offset and device and inode
        name = header_name or (current.name_lines[0] if current.name_lines else b"")
        column = _name_column(current.match) if header_name else DEFAULT_NAME_COLUMN
        layout = self.parser.forms.layout(column, bool(header_name) or blanks is not None, current.forms)
        entry = Entry(
            int(start, 16),
            int(stop, 16),
            perms.decode(),
            int(offset, 16),
            device.decode(),
            int(inode),
            name,
            current.flags or "",
            current.counters,
            layout,
            None,
            current.position,
        )
        header = header_bytes(
            entry.start, entry.end, entry.perms, entry.offset, entry.device, entry.inode, name, layout
        )
        exact = not current.odd and self.written == current.position and all(n == name for n in current.name_lines)
        if not exact or not self.data.startswith(header + b"\n", current.position):
            entry.text = self.data[self.written : end]
        self.written = end
        self.result.entries.append(entry)

    def problem(self, number: int, message: str, line: bytes) -> None:
        if len(self.result.problems) >= MOST_PROBLEMS:
            self.result.more += 1
            return
        shown = line[:_MAX_SHOWN_LINE].decode("utf-8", "backslashreplace") + "…" * (len(line) > _MAX_SHOWN_LINE)
        self.result.problems.append((number, f"{message}: {shown!r}"))


def _header(line: bytes) -> tuple[bytes | None, ...] | None:
    match = HEADER.fullmatch(line)
    if match is None or (len(match.group(6)) == 20 and int(match.group(6)) > _MOST_INODE):
        return None
    return match.groups()


def _whole_header(groups: tuple[bytes | None, ...]) -> bool:
    """In `maps` text a header without a newline counts as complete if it reaches the name."""
    name = groups[7] or b""
    return name.endswith(b"]") if name.startswith(b"[") else bool(name)


def _name_column(groups: tuple[bytes | None, ...]) -> int:
    """The column at which the name of this header starts, or 73 if a long prefix shifted it."""
    start, end, perms, offset, device, inode, blanks, _ = (len(group or b"") for group in groups)
    column = start + 1 + end + 1 + perms + 1 + offset + 1 + device + 1 + inode + blanks
    return column if blanks > 2 or column in (49, 73) else DEFAULT_NAME_COLUMN
