"""The lines of one entry, and how the kernel prints them (fs/proc/task_mmu.c)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from droidanon.columns import Layout

HEADER = re.compile(
    rb"([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][ps]) ([0-9a-f]{1,16}) "
    rb"([0-9a-f]{1,8}:[0-9a-f]{1,8}) ([0-9]{1,20})(?:( {1,128})([^\r]{0,16384}?))?"
)
"""start, end, perms, offset, device, inode, blanks, name (show_map_vma). No more blanks than `columns.MOST_WIDTH` has
room for (further ones belong to the name), and no longer a name than `columns.MOST_TEXT` with each byte as `\\xNN`."""

FIELD = re.compile(rb"([A-Z][A-Za-z0-9_]{0,63}):([ \t]{0,128})([0-9]{1,18})( kB|)")
"""key, blanks, number, unit (SEQ_PUT_DEC and seq_printf). A line with more blanks, or a key longer than
`columns.MOST_KEY`, is not the kernel's."""

NAME_LINE = re.compile(rb"(Name: *)(.*)", re.DOTALL)
FLAGS_LINE = re.compile(rb"(VmFlags:(?: |$))((?:[a-z?]{2}(?: [a-z?]{2})*)?)( ?)")
TEXT_FIELD = re.compile(rb"[A-Z][A-Za-z0-9_]{0,63}:(\s.*)?", re.DOTALL)

KB_KEYS = frozenset(
    b"Size KernelPageSize MMUPageSize Rss Pss Pss_Dirty Pss_Anon Pss_File Pss_Shmem Shared_Clean Shared_Dirty "
    b"Private_Clean Private_Dirty Referenced Anonymous KSM LazyFree AnonHugePages ShmemHugePages ShmemPmdMapped "
    b"FileHugePages FilePmdMapped Shared_Hugetlb Private_Hugetlb HugePFNMap Swap SwapPss Locked".split()
)
UNITLESS_KEYS = frozenset({b"THPeligible", b"ProtectionKey"})
NOT_COUNTERS = frozenset({b"Name", b"VmFlags"})
"""Keys of lines that hold text, even where that looks like a number."""
KB_COLUMN = 24
"""The column at which the kernel's numbers in kB end, if they have 8 digits or fewer."""
DEFAULT_NAME_COLUMN = 73


@dataclass(slots=True)
class Entry:
    """One parsed VMA; `text` is set if columns and layout do not reproduce its bytes."""

    start: int
    end: int
    perms: str
    offset: int
    device: str
    inode: int
    name: bytes
    flags: str
    counters: dict[tuple[str, bool], int]
    """(kernel key, printed in kB) to number."""
    layout: Layout
    text: bytes | None
    position: int
    """Byte offset of its header in the text that was parsed."""


def header_bytes(
    start: int, end: int, perms: str, offset: int, device: str, inode: int, name: bytes, layout: Layout
) -> bytes:
    """The header line, as show_map_vma prints it, without its newline."""
    prefix = f"{start:08x}-{end:08x} {perms} {offset:08x} {device} {inode} ".encode()
    if not name:
        return prefix if layout.blank else prefix[:-1]
    return (prefix.ljust(layout.name_column) if len(prefix) < layout.name_column else prefix + b" ") + name


def body_bytes(layout: Layout, counters: dict[str, int], name: bytes, flags: str) -> bytes:
    """The lines after the header; `counters` by kernel key."""
    parts: list[bytes] = []
    for line in layout.lines:
        if line[0] == "counter":
            parts.append(counter_bytes(line, counters[str(line[1])]) + b"\n")
        elif line[0] == "name":
            parts.append(str(line[1]).encode() + name + b"\n")
        else:
            parts.append(f"{line[1]}{flags}{line[2]}\n".encode())
    return b"".join(parts)


def is_counted(key: bytes, unit: bytes) -> bool:
    """Whether a line with a number is a counter; if a kernel key lacks its unit, the number was torn."""
    return key not in NOT_COUNTERS and (bool(unit) or key not in KB_KEYS)


class Keys:
    """The keys that may become columns: the kernel's, and a limited number of others."""

    _MOST_OTHERS = 64

    def __init__(self) -> None:
        self._others: set[bytes] = set()

    def allow(self, key: bytes) -> bool:
        """Whether this key may become a column; a new key is counted."""
        if key in KB_KEYS or key in UNITLESS_KEYS or key in self._others:
            return True
        if len(self._others) >= self._MOST_OTHERS:
            return False
        self._others.add(key)
        return True


BEGIN = rb"[0-9a-f]{5,32}-[0-9a-f]|[0-9a-f]{1,4}-[0-9a-f]{1,32} [r-][w-][x-][ps] "
"""A line that ends the entry before it: a header, or a fragment of one. The kernel prints addresses with at least 8
digits; a date (`11-29 18:00`, `2026-11-29`) has fewer.
"""
LONGEST_BEGIN = 64
"""Bytes of a line that show whether it begins an entry; `BEGIN` needs fewer."""
_BEGIN = re.compile(BEGIN)


def begins_entry(line: bytes) -> bool:
    """Whether a line (without its newline) ends the entry before it (`BEGIN`)."""
    return _BEGIN.match(line) is not None


def counter_line(key: bytes, blanks: bytes, number: bytes, unit: bytes) -> tuple[str | int, ...]:
    """The format of a counter's line, as stored in a layout."""
    padding = len(blanks.lstrip(b"\t"))
    tabs = blanks[: len(blanks) - padding]
    in_column = unit and not tabs and len(key) + 1 + padding + len(number) == KB_COLUMN
    if padding <= 1 and not in_column:  # left-aligned after at most one blank: the width follows the number
        before, width = key + b":" + blanks, 1
    else:
        before, width = key + b":" + tabs, padding + len(number)
    return ("counter", key.decode(), before.decode(), width, unit.decode())


def counter_bytes(line: tuple[str | int, ...], number: int) -> bytes:
    """A counter's line as a layout prints it, without its newline."""
    _, _, before, width, after = line
    return f"{before}{str(number).rjust(int(width))}{after}".encode()
