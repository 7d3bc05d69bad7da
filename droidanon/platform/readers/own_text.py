"""Selects the lines of a text that the kernel or a platform tool prints about the memory of one process.

Everything else in the text of a process is foreign: logs after a table in a bug report, messages of a shell between
two lines, names of databases and files. droidanon reads nothing from it, and it may be private.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from droidanon.model import VMA_FIDELITIES
from droidanon.smaps.entry import FIELD, FLAGS_LINE, HEADER, KB_KEYS, NAME_LINE, NOT_COUNTERS, UNITLESS_KEYS

Test = Callable[[bytes], object]

_TORN_HEADER = re.compile(
    rb"[0-9a-f]{1,16}|[0-9a-f]{8,16}-(?:[0-9a-f]{0,7}|[0-9a-f]{8,16}(?: [r-]?[w-]?[x-]?(?:[ps](?: [0-9a-f: ]*)?)?)?)"
)
_TORN_FIELD = re.compile(rb"([A-Z][A-Za-z_]*)(:[ \t]*([0-9]{1,18} ?k?|[a-z? ]*))?")
_KEYS = KB_KEYS | UNITLESS_KEYS | NOT_COUNTERS

_STATUS_LINE = re.compile(rb"[A-Za-z][A-Za-z0-9_]{1,31}:\t.*")
"""fs/proc/array.c prints a tab after the colon."""

_SHOWMAP_TITLES = frozenset(
    b"virtual shared private Anon Shmem File HugePages PmdMapped Shmem-PmdMapped FilePmd ShmemPmd Shared Private "
    b"Hugetlb size RSS PSS clean dirty swap swapPSS Mapped Locked flags # object start end addr".split()
)
_SHOWMAP_ROW = re.compile(rb" *(?:[0-9a-f]{8,16} +[0-9a-f]{8,16} +)?(?:[0-9]{1,18} +){8,17}.*")

_WORD = rb"(?:Pss|Rss|Total|Private|Shared|Clean|Dirty|Swap(?:ped)?(?:Pss)?|Heap|Size|Alloc|Free|[PR]ss\(KB\))"
_MEMINFO_START = re.compile(
    rb"\*\* MEMINFO in pid [0-9]{1,10} \[.*\] \*\*| {4,}Pss [A-Za-z ]{4,}| {0,3}Pss(?: +%b){2,11}" % _WORD
)
"""A native process has no line with its name; its text begins with the titles of the first table."""
_MEMINFO_PREFACE = re.compile(rb"Applications Memory Usage \(.{1,20}\):|Uptime: [0-9]+ Realtime: [0-9]+|")
_TITLE = rb"[A-Z][A-Za-z]{1,11}(?:\(\w{2,5}\))?"
_MEMINFO_TITLES = re.compile(rb" {4,}%b(?: +%b){0,11}| {0,3}%b(?: +%b){0,11}|[ -]+" % (_TITLE, _TITLE, _WORD, _WORD))
"""Titles that lost their indentation are recognised by their words."""
_MEMINFO_ROW = re.compile(rb" *[A-Za-z.][A-Za-z0-9. /()_-]{0,40} +[0-9]{1,18}(?: +[0-9]{1,18}){0,15}")
_MEMINFO_PAIRS = re.compile(rb" *(?:[A-Za-z][A-Za-z ()_/-]{0,40}: +-?[0-9]{1,18}(?: +[0-9]{1,18})? *){1,4}")
_MEMINFO_NUMBERS = frozenset((b"Dalvik Details", b"App Summary", b"Objects", b"SQL", b"Native Allocations"))
_MEMINFO_FILES = frozenset((b"DATABASES", b"Asset Allocations"))
"""Sections with a row per file of the app; droidanon does not read them."""
_MEMINFO_ENDS = (b"** MEMINFO", b"------ ", b"Total PSS by ", b"Total RSS by ", b"Total Swap ")
_CHECKIN = re.compile(rb"4,[0-9]{1,10},")
_CHECKIN_NUMBER = re.compile(rb"-?[0-9]+|N/A")
_CHECKIN_SUMS, _CHECKIN_AREA = 47, 9
"""Cells: version, pid, process and four sums for each of 11 groups; then each area has a label and 8 numbers."""


def own_text(fidelity: str, text: bytes) -> bytes:
    """The own lines of a process's text, unchanged and in order; none for fidelity `none`."""
    if fidelity in VMA_FIDELITIES:
        return smaps_lines(text)
    select = _SELECT.get(fidelity)
    return text if select is None else b"".join(select(text))


def smaps_lines(text: bytes) -> bytes:
    """The headers, counters, names, flags and blank lines in a text, and a torn line at the end."""
    kept = list(_matching(text, _is_smaps_line))
    last = text[text.rfind(b"\n") + 1 :]
    if last and not _is_smaps_line(last.rstrip(b"\r")) and _is_torn(last):
        kept.append(last)
    return b"".join(kept)


def is_smaps_line(line: bytes) -> bool:
    """Whether a line, without its newline, can be a line of smaps."""
    return _is_smaps_line(line) or _is_torn(line)


def _is_torn(line: bytes) -> bool:
    """Whether this is the beginning of a line of smaps: a text may be cut off anywhere."""
    if field := _TORN_FIELD.fullmatch(line):
        return field[1] in _KEYS if field[2] else any(key.startswith(field[1]) for key in _KEYS)
    return _TORN_HEADER.fullmatch(line) is not None


def _is_smaps_line(line: bytes) -> bool:
    return not line.strip() or any(pattern.fullmatch(line) for pattern in (FIELD, HEADER, FLAGS_LINE, NAME_LINE))


def _matching(text: bytes, test: Test) -> Iterator[bytes]:
    return (line for line in text.splitlines(keepends=True) if test(line.rstrip(b"\r\n")))


def _status_lines(text: bytes) -> Iterator[bytes]:
    return _matching(text, _STATUS_LINE.fullmatch)


def _showmap_lines(text: bytes) -> Iterator[bytes]:
    return _matching(text, _is_showmap_line)


def _is_showmap_line(line: bytes) -> bool:
    words = line.split()
    return set(words) <= _SHOWMAP_TITLES or set(line) <= set(b"- ") or _SHOWMAP_ROW.fullmatch(line) is not None


def _meminfo_lines(text: bytes) -> Iterator[bytes]:
    """The tables of numbers of the first process, up to the first line that does not belong to them."""
    begun = files = False
    titles = 0  # title lines that may follow: two, and the dashes below them
    for whole in text.splitlines(keepends=True):
        line = whole.rstrip()
        section = line.strip()
        if _CHECKIN.match(line):
            yield _checkin_numbers(line) + whole[len(line) :]
            return
        if section in _MEMINFO_NUMBERS or section in _MEMINFO_FILES or (not begun and _MEMINFO_START.fullmatch(line)):
            begun, files, titles = True, section in _MEMINFO_FILES, 3
            if not files:
                yield whole
        elif begun and (_ends_meminfo(line) or not (files or _is_meminfo_line(line, titles))):
            return
        elif not files and (begun or _MEMINFO_PREFACE.fullmatch(line)):
            titles -= _MEMINFO_TITLES.fullmatch(line) is not None
            yield whole


def _ends_meminfo(line: bytes) -> bool:
    """Whether a line follows the tables; the dashes below titles may have lost their indentation."""
    return line.startswith(_MEMINFO_ENDS) and not set(line) <= set(b" -")


def _is_meminfo_line(line: bytes, titles: int) -> bool:
    """Whether a line can belong to a table; `titles`: how many title lines may still follow."""
    return (
        not line
        or _MEMINFO_ROW.fullmatch(line) is not None
        or _MEMINFO_PAIRS.fullmatch(line) is not None
        or (titles > 0 and _MEMINFO_TITLES.fullmatch(line) is not None)
    )


def _checkin_numbers(line: bytes) -> bytes:
    """A line of `--checkin` without the names and numbers of databases at its end."""
    cells = line.split(b",")
    place = _CHECKIN_SUMS
    while place < len(cells) and not _CHECKIN_NUMBER.fullmatch(cells[place]) and b"/" not in cells[place]:
        place += _CHECKIN_AREA
    while place < len(cells) and _CHECKIN_NUMBER.fullmatch(cells[place]):
        place += 1
    return b",".join(cells[:place])


def _no_lines(text: bytes) -> Iterator[bytes]:
    del text
    return iter(())


_SELECT: Mapping[str, Callable[[bytes], Iterator[bytes]]] = {
    "meminfo": _meminfo_lines,
    "showmap": _showmap_lines,
    "status": _status_lines,
    "none": _no_lines,
}
"""By fidelity. A packet of a Perfetto trace contains only the smaps of its process."""
