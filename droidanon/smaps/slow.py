"""The exact parser: line by line, for whatever is not laid out as expected. It defines what the fast path must give."""

from __future__ import annotations

from dataclasses import dataclass, field

from droidanon.model import Layout
from droidanon.smaps.entry import (
    DEFAULT_NAME_COLUMN,
    FIELD,
    FLAGS_LINE,
    HEADER,
    NAME_LINE,
    TEXT_FIELD,
    UNITLESS_KEYS,
    Entry,
    body_bytes,
    counter_line,
    header_bytes,
)

MAX_SHOWN_LINE = 100
_HEX = b"0123456789abcdef"


@dataclass(slots=True)
class SlowResult:
    """Entries in order, what follows the last one (or all, without any), and problems as (line number from 1, message)."""

    entries: list[Entry] = field(default_factory=list)
    tail: bytes = b""
    problems: list[tuple[int, str]] = field(default_factory=list)
    fields: int = 0
    """Lines that were counters, so that a text without one header can still be told from no smaps at all."""


@dataclass(slots=True)
class _Open:
    """The entry that is being read."""

    match: tuple[bytes | None, ...]
    position: int
    lines: list[tuple[str | int, ...]] = field(default_factory=list)
    counters: dict[tuple[str, bool], int] = field(default_factory=dict)
    keys: set[bytes] = field(default_factory=set)
    name_line: bytes | None = None
    flags: str = ""
    odd: bool = False


def parse_slow(data: bytes, *, at_end: bool = True) -> SlowResult:
    """Entries of one text, or of a stretch of it that begins at an entry. `at_end`: the text ends here, maybe torn."""
    return _Reader(data, at_end).run()


class _Reader:
    def __init__(self, data: bytes, at_end: bool) -> None:
        self.data = data
        self.at_end = at_end
        self.result = SlowResult()
        self.current: _Open | None = None
        self.orphan = False
        self.written = 0  # bytes that belong to entries so far
        self.layouts: dict[Layout, Layout] = {}

    def run(self) -> SlowResult:
        position = 0
        data = self.data
        number = 0
        while position < len(data):
            newline = data.find(b"\n", position)
            after = len(data) if newline < 0 else newline + 1
            number += 1
            self.line(data[position : len(data) if newline < 0 else newline], number, position, torn=newline < 0)
            position = after
        self.close(len(data))
        self.result.tail = data[self.written :]
        return self.result

    def line(self, line: bytes, number: int, position: int, torn: bool) -> None:
        stripped = line.rstrip(b"\r")
        if torn and not self.at_end:
            torn = False
        if stripped[:1] in _HEX_STARTS and (match := HEADER.fullmatch(stripped)):
            if torn and (self.result.fields or not _whole_header(match.groups())):
                self.problem(number, "torn header at the end", line)
                self.close(position)
                self.orphan = True
                return
            self.close(position)
            self.orphan = False
            self.current = _Open(match.groups(), position)
            self.current.odd = stripped != line
            return
        current = self.current
        if current is not None and not self.orphan and self.field(current, stripped, number, position, torn):
            current.odd = current.odd or stripped != line
            return
        if self.orphan and FIELD.fullmatch(stripped):
            self.result.fields += 1
            return  # its header was reported already
        if self.orphan and (NAME_LINE.match(stripped) or FLAGS_LINE.match(stripped)):
            return
        if current is None and not self.orphan and FIELD.fullmatch(stripped):
            self.result.fields += 1
            self.orphan = True
            self.problem(number, "counters without a header", line)
            return
        if _looks_like_header(stripped):
            self.close(position)
            self.orphan = True
            self.problem(number, "broken header, its counters are left out", line)
            return
        if current is not None:
            current.odd = True
        self.problem(number, "torn line" if torn else "not a line of smaps", line)

    def field(self, current: _Open, line: bytes, number: int, position: int, torn: bool) -> bool:
        """Take a line of the open entry; False if it is none."""
        if match := FIELD.fullmatch(line):
            key, blanks, digits, unit = match.groups()
            if key in current.keys:
                self.close(position)
                self.orphan = True
                self.problem(number, f"{key.decode()} a second time: a header is missing before it", line)
                return True
            if not unit and (torn or (key not in UNITLESS_KEYS and key in _KB_KEYS)):
                current.odd = True
                self.problem(number, "torn number, not counted", line)
                return True
            current.keys.add(key)
            self.result.fields += 1
            current.counters[(key.decode(), bool(unit))] = int(digits)
            current.lines.append(counter_line(key, blanks, digits, unit))
            return True
        if match := NAME_LINE.fullmatch(line):
            if torn:
                return False
            current.name_line = match.group(2) if current.name_line is None else current.name_line
            current.lines.append(("name", match.group(1).decode()))
            return True
        if match := FLAGS_LINE.fullmatch(line):
            label, flags, blank = match.groups()
            if flags.endswith(b" "):
                flags, blank = flags[:-1], b" "
            current.flags = flags.decode()
            current.lines.append(("flags", label.decode(), blank.decode()))
            return True
        if not torn and TEXT_FIELD.fullmatch(line) and line.split(b":")[0] not in _KB_KEYS:
            current.odd = True  # a key that no kernel of ours prints: kept in the text
            return True
        return False

    def close(self, end: int) -> None:
        current, self.current = self.current, None
        if current is None:
            return
        raw = self.data[self.written : end]
        start, stop, perms, offset, device, inode, blanks, name = current.match
        name = name or b""
        assert start and stop and perms and offset and device and inode
        header_name = name
        if not name and current.name_line:
            name = current.name_line
        column = _name_column(current.match) if header_name else DEFAULT_NAME_COLUMN
        layout = Layout(column, header_name != b"" or blanks is not None, tuple(current.lines))
        layout = self.layouts.setdefault(layout, layout)
        entry = Entry(
            int(start, 16), int(stop, 16), perms.decode(), int(offset, 16), device.decode(), int(inode),
            name, current.flags, current.counters, layout, None, current.position,
        )  # fmt: skip
        by_key = {key: value for (key, _), value in current.counters.items()}
        rebuilt = header_bytes(
            entry.start, entry.end, entry.perms, entry.offset, entry.device, entry.inode, name, layout
        )
        if current.odd or rebuilt + b"\n" + body_bytes(layout, by_key, name, entry.flags) != raw:
            entry.text = raw
        self.written = end
        self.result.entries.append(entry)

    def problem(self, number: int, message: str, line: bytes) -> None:
        shown = line[:MAX_SHOWN_LINE].decode("utf-8", "backslashreplace") + ("…" if len(line) > MAX_SHOWN_LINE else "")
        self.result.problems.append((number, f"{message}: {shown!r}"))


_HEX_STARTS = tuple(bytes([char]) for char in _HEX)
_KB_KEYS = frozenset(
    b"Size KernelPageSize MMUPageSize Rss Pss Pss_Dirty Pss_Anon Pss_File Pss_Shmem Shared_Clean Shared_Dirty "
    b"Private_Clean Private_Dirty Referenced Anonymous KSM LazyFree AnonHugePages ShmemHugePages ShmemPmdMapped "
    b"FileHugePages FilePmdMapped Shared_Hugetlb Private_Hugetlb HugePFNMap Swap SwapPss Locked".split()
)


def _looks_like_header(line: bytes) -> bool:
    head, dash, rest = line[:34].partition(b"-")
    return bool(dash) and bool(head) and not head.strip(_HEX) and rest[:1] in _HEX_STARTS


def _whole_header(groups: tuple[bytes | None, ...]) -> bool:
    """In `maps` text a header without newline is taken as whole if it got as far as a name."""
    name = groups[7] or b""
    return name.endswith(b"]") if name.startswith(b"[") else bool(name)


def _name_column(groups: tuple[bytes | None, ...]) -> int:
    """The column at which the name of this header starts, or 73 where a long prefix pushed it further."""
    start, end, perms, offset, device, inode, blanks, _ = (len(group or b"") for group in groups)
    column = start + 1 + end + 1 + perms + 1 + offset + 1 + device + 1 + inode + blanks
    return column if blanks > 2 or column in (49, 73) else DEFAULT_NAME_COLUMN
