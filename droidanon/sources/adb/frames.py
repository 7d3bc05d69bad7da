"""Parses the frames in the output of the phone's script; each begins with a line that contains the session's marker.

A frame's bytes are everything up to the next marker, without the newline that the script adds before it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from droidanon.errors import DeviceError

_SMAPS = "smaps"
_MOST_SMAPS_BYTES = 1 << 30
"""A process may have 65,530 mappings (vm.max_map_count), some phones allow a million, of at most 1 KB each."""
_MOST_BYTES = 64 << 20
"""The limit for any other frame: dumpsys of a busy phone prints a few MB."""
_MOST_HEAD_BYTES = 4096
"""The limit for a marker's line: its longest word is the name of a package."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its kind, the rest of its marker line, and its bytes; `cut`: the stream ended inside it."""

    kind: str
    argument: str
    data: bytes
    cut: bool = False


def new_marker() -> str:
    """A marker that no device text can guess."""
    return f"@@droidanon:{secrets.token_hex(12)}"


def parse_frames(chunks: Iterable[bytes], marker: str, *, keep_cut: bool = False) -> Iterator[Frame]:
    """Parse frames from chunks of any size; a frame cut off by the end of the stream is only yielded with `keep_cut`.

    Bytes before the first marker (a shell's greeting) and after `done` are skipped. Raises DeviceError for a frame
    above the limit, i.e. for a program on the phone that does not end.
    """
    sign = b"\n" + marker.encode() + b" "
    buffer = bytearray(b"\n")  # always begins with the newline that ended the last marker line
    opened: tuple[str, str] | None = None
    searched = 0
    for chunk in chunks:
        buffer += chunk
        while True:
            at = buffer.find(sign, searched)
            if at < 0:
                searched = max(len(buffer) - len(sign) + 1, 0)
                _limit(len(buffer), opened)
                break
            end = buffer.find(b"\n", at + len(sign))
            if end < 0:
                searched = at
                if len(buffer) - at > _MOST_HEAD_BYTES:
                    raise DeviceError("the phone's answer is damaged: a line of it does not end")
                break
            if opened is not None:
                yield Frame(*opened, _bytes(buffer, at))
            kind, _, argument = buffer[at + len(sign) : end].decode("utf-8", "replace").partition(" ")
            opened = (kind, argument)
            del buffer[:end]
            searched = 0
            if kind == "done":
                yield Frame(kind, argument, b"")
                return
    if keep_cut and opened is not None:
        yield Frame(*opened, _bytes(buffer, _cut_at(buffer, sign)), cut=True)


def _limit(size: int, opened: tuple[str, str] | None) -> None:
    kind = opened[0] if opened else "shell"
    most = _MOST_SMAPS_BYTES if kind == _SMAPS else _MOST_BYTES
    if size > most:
        raise DeviceError(f"the phone's answer is too long: over {most >> 20:,} MB of {kind!r}")


def _bytes(buffer: bytearray, stop: int) -> bytes:
    """A frame's bytes, copied once."""
    with memoryview(buffer) as view:
        return bytes(view[1:stop])


def _cut_at(buffer: bytearray, sign: bytes) -> int:
    """The end of a cut frame's data: before a marker that arrived in part (a newline alone counts as data)."""
    at = buffer.rfind(sign)
    if at >= 0:
        return at
    for size in range(min(len(sign), len(buffer)), 1, -1):
        if buffer.endswith(sign[:size]):
            return len(buffer) - size
    return len(buffer)
