"""Restores saved, quoted or pasted text to what the tool printed: encoding, line ends, line prefixes.

Text that begins with an smaps entry is returned unchanged. `removed` lists everything removed or assumed.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from droidanon.smaps.entry import HEADER

_HEAD = 1 << 12
_SEARCHED = 1 << 18
"""Bytes at the beginning of a text that are searched for a line that shows the prefix of lines."""
_MOST_PREFIX = 160
_MOST_MATCHES = 400
_BOM = b"\xef\xbb\xbf"
_CLEAN = re.compile(HEADER.pattern + rb"\r?\n")
_ANCHOR = (
    rb"[0-9a-f]{4,16}-[0-9a-f]{4,16} [r-][w-][x-][ps] [0-9a-f]{1,16} [0-9a-f]{1,8}:[0-9a-f]{1,8} [0-9]"
    rb"|\*\* MEMINFO in pid [0-9]|Applications Memory Usage|Total PSS by process:|MemTotal: +[0-9]"
    rb"|== dumpstate: |>>PID_START: |memory map[ :(]|pid: [0-9]+, tid: [0-9]+, name: |------ SHOW MAP [0-9]"
    rb"|Address +(?:Kbytes|Perm) |==[0-9]+==(?:ERROR|Process memory)|  PID +Vss |-{8,16} -{8,16} -{8}"
    rb'|"virtual size",|\[?\{"virtual size":'
    rb"|  Vss +Rss +Pss +Uss | App Summary\r?$| {13,22}Pss +(?:Pss|Private|Rss) "
)
"""Lines that begin at the left margin in the tools' output."""
_AT_MARGIN = re.compile(rb"^(?:" + _ANCHOR + rb")", re.MULTILINE)
_BEHIND_PREFIX = re.compile(rb"^([^\n]{1,%d}?)(?:" % _MOST_PREFIX + _ANCHOR + rb")", re.MULTILINE)
_PARTS = re.compile(rb"([0-9]+)|([ \t]+)|([^0-9 \t]+)")
_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]{0,200}(?:\x07|\x1b\\))")
"""A control sequence of a terminal (ECMA-48), or the title of its window."""
_BLANK = "\N{NO-BREAK SPACE}".encode()
_QUOTE = re.compile(rb'(?<!\\)"')
_ESCAPED = re.compile(rb"\\(?:r\\n|[nrt\"/\\])")
_MEANT = {b"\\r\\n": b"\n", b"\\n": b"\n", b"\\r": b"", b"\\t": b"\t"}
_MOST_LINES = 16
"""JSON with a text in it has no more lines at its beginning; so many lines show that every second one is empty."""
_EMPTY_LINES = re.compile(rb"\r?\n[ \t\r]*\n")
_PROC_FILE = re.compile(rb"^[^\n]{0,40}/proc/[0-9]{1,10}/(?:smaps|maps)(?:_rollup)?:$")


@dataclass(frozen=True, slots=True)
class Normalised:
    """The text, and a phrase per change."""

    data: bytes
    removed: tuple[str, ...] = ()


def normalise_text(data: bytes) -> Normalised:
    """Remove what editors, terminals, web pages, mail, Markdown, JSON and logcat added to a text."""
    if not data or (_CLEAN.match(data, 0, _HEAD) and b"\r\r\n" not in data[:_HEAD]):
        return Normalised(data)
    removed: list[str] = []
    for step in (_decode, _unescape, _line_ends, _plain_characters, _strip_prefix):
        data, done = step(data)
        removed += [done] if done else []
    return Normalised(data, tuple(removed))


def utf16_order(head: bytes) -> str | None:
    """The codec of a text in UTF-16 or UTF-32, by its byte order mark or by the positions of its zeros; None for any
    other file.
    """
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    sample = head[: min(len(head), 512) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if half < 8:
        return None
    if odd > 0.9 * half and not even:
        return "utf-16-le"
    return "utf-16-be" if even > 0.9 * half and not odd else None


def _decode(data: bytes) -> tuple[bytes, str]:
    codec = utf16_order(data[:512])
    if codec is not None:
        text = data.decode(codec, "replace").removeprefix("\ufeff")
        return text.encode("utf-8", "replace"), f"decoded from {codec.upper()}"
    if data.startswith(_BOM):
        return data.removeprefix(_BOM), "removed a byte order mark"
    return data, ""


def _unescape(data: bytes) -> tuple[bytes, str]:
    """The strings of a JSON text, each on separate lines, if it has more escaped line ends than real ones."""
    head = data[: 1 << 16]
    if b"\0" in head or head.count(b"\\n") < 2 or head.count(b"\n") > min(head.count(b"\\n") // 2, _MOST_LINES):
        return data, ""
    text = _ESCAPED.sub(lambda match: _MEANT.get(match[0], match[0][-1:]), _QUOTE.sub(b"\n", data))
    return text, "escaped line ends \\n were changed to line ends"


def _plain_characters(data: bytes) -> tuple[bytes, str]:
    """The text without terminal colours, and with plain blanks in place of those of web pages."""
    head = data[: 1 << 16]
    removed = []
    if b"\x1b" in head and b"\0" not in head:
        data = _ESCAPE.sub(b"", data)
        removed.append("removed control sequences of a terminal")
    if _BLANK in head:
        data = data.replace(_BLANK, b" ")
        removed.append("no-break spaces were changed to blanks")
    return data, ", ".join(removed)


def _line_ends(data: bytes) -> tuple[bytes, str]:
    head = data[: 1 << 16]
    if b"\r\r\n" in head:
        return data.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n"), "line ends \\r\\r\\n were changed to \\n"
    if b"\r" in head and b"\n" not in head and b"\0" not in head:
        return data.replace(b"\r", b"\n"), "line ends \\r were changed to \\n"
    lines = [line.strip() for line in head.split(b"\n")[:_MOST_LINES]]
    if len(lines) == _MOST_LINES and all(lines[::2]) and not any(lines[1::2]):
        return _EMPTY_LINES.sub(b"\n", data), "removed an empty line after each line"
    return data, ""


def _strip_prefix(data: bytes) -> tuple[bytes, str]:
    """Remove the prefix of each line: indentation, `> `, logcat's time, pids and tag, or a file name.

    The prefix is detected in lines that are not indented in the tools' output. Its numbers and blanks may vary. Lines
    without it are dropped.
    """
    head = data[:_SEARCHED]
    if b"\0" in head or _AT_MARGIN.search(head):
        return data, ""
    found = Counter(
        _shape(match[1]) for match, _ in zip(_BEHIND_PREFIX.finditer(head), range(_MOST_MATCHES), strict=False)
    )
    for shape, _ in found.most_common(3):
        prefix = re.compile(shape)
        lines = data.split(b"\n")
        kept = [line[match.end() :] for line in lines if (match := prefix.match(line))]
        if _is_of_all(prefix, lines, len(kept)):
            return _cut(lines, prefix, len(kept))
    return data, ""


def _is_of_all(prefix: re.Pattern[bytes], lines: list[bytes], kept: int) -> bool:
    """Whether the lines around the first one with the prefix have it, too; else it was part of a sentence."""
    first = next((place for place, line in enumerate(lines) if prefix.match(line)), 0)
    near = [line for line in lines[first : first + 12] if line.strip()]
    return kept >= min(len(near), 2) and 2 * sum(prefix.match(line) is not None for line in near) > len(near)


def _cut(lines: list[bytes], prefix: re.Pattern[bytes], kept: int) -> tuple[bytes, str]:
    texts: list[bytes] = []
    owner = b""
    example = b""
    for line in lines:
        match = prefix.match(line)
        if match is None:
            continue
        example = example or match[0]
        if (
            _PROC_FILE.match(match[0]) and match[0] != owner
        ):  # the file name that grep prints: it identifies the process of the line
            owner = match[0]
            texts.append(owner + b"\n")
        texts.append(line[match.end() :] + b"\n")
    left_out = sum(bool(line.strip()) for line in lines) - kept
    shown = "indentation" if not example.strip() else repr(example.decode("utf-8", "backslashreplace"))
    words = f"removed {shown} from {kept:,} lines"
    return b"".join(texts), f"{words}; {left_out:,} lines without it are left out" if left_out > 0 else words


def _shape(prefix: bytes) -> bytes:
    """A pattern for a prefix with any numbers and blanks in it. Blanks at its end must match."""
    bare = prefix.rstrip(b" \t")
    parts = [
        rb"[0-9]+" if number else rb"[ \t]*" if blanks else re.escape(word)
        for number, blanks, word in _PARTS.findall(bare)
    ]
    if parts and parts[0] == rb"[0-9]+":  # short line numbers are padded with blanks
        parts.insert(0, rb"[ \t]*")
    end = re.escape(prefix[len(bare) :])
    return b"".join(parts) + (rb"(?:%s|$)" % end if end and bare else end)
