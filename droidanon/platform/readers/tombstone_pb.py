"""Reads tombstones in protocol buffers, `tombstone_NN.pb` since Android 12 (AOSP system/core
debuggerd/proto/tombstone.proto).

Only the fields needed are read: the identity of the process and its memory mappings. Registers, stacks, memory and
logs are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator

from droidanon.platform.readers.tombstone import Tombstone
from droidanon.platform.readers.tombstone_print import maps_line

_ARCH, _BUILD, _TIMESTAMP, _PID, _COMMAND_LINE, _MAPPINGS = 1, 2, 4, 5, 9, 17
_BEGIN, _END, _OFFSET, _READ, _WRITE, _EXECUTE, _NAME = 1, 2, 3, 4, 5, 6, 7
_ARCHITECTURES = ("arm", "arm64", "x86", "x86_64", "riscv64")
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MOST_VARINT = 10
_MASK = (1 << 64) - 1


def looks_like_tombstone_pb(head: bytes) -> bool:
    """Whether a file begins like such a message: an architecture (not for 32-bit ARM), then the build fingerprint."""
    fields = list(_fields_as_far(memoryview(head[:4096])))
    numbers = [number for number, _ in fields[:6]]
    if numbers[:1] == [_ARCH]:
        numbers, fields = numbers[1:], fields[1:]
    if numbers[:1] != [_BUILD] or not isinstance(fields[0][1], bytes):
        return False
    return b"/" in fields[0][1] and fields[0][1].isascii() and numbers == sorted(numbers)


def parse_tombstone_pb(data: bytes) -> Tombstone | None:
    """The process and its map; None for a message without a map, or one damaged before it."""
    found = Tombstone()
    printed: list[bytes] = []
    try:
        for number, value in _fields(memoryview(data)):
            if number == _MAPPINGS and isinstance(value, bytes):
                printed.append(_mapping(value))
            else:
                _fact(found, number, value)
    except ValueError:
        found.problems.append((0, "the message is cut off or damaged; the part before is used"))
    if not printed:
        return None
    found.device.setdefault("abi", _ARCHITECTURES[0])  # the default of the field, which is then not encoded
    found.maps = b"".join(printed)
    found.entries = len(printed)
    return found


def _fact(found: Tombstone, number: int, value: int | bytes) -> None:
    if number == _PID and isinstance(value, int):
        found.pid = value
    elif number == _ARCH and isinstance(value, int) and value < len(_ARCHITECTURES):
        found.device["abi"] = _ARCHITECTURES[value]
    elif isinstance(value, bytes):
        text = value.decode("utf-8", "backslashreplace")
        if number == _COMMAND_LINE and not found.process:
            found.process = text
        elif number == _TIMESTAMP:
            found.device["reported"] = text
        elif number == _BUILD:
            found.device["build"] = text
            release = text.partition(":")[2].partition("/")[0]
            if release:
                found.device["android"] = release


def _mapping(data: bytes) -> bytes:
    """One entry as a line of maps; the message leaves out fields with value 0."""
    fields = dict(_fields(memoryview(data)))
    start, end, offset = (_number(fields.get(key)) for key in (_BEGIN, _END, _OFFSET))
    perms = "".join(
        letter if fields.get(key) else "-" for letter, key in zip("rwx", (_READ, _WRITE, _EXECUTE), strict=True)
    )
    name = fields.get(_NAME, b"")
    return maps_line(start, end, perms, offset, name if isinstance(name, bytes) else b"")


def _number(value: int | bytes | None) -> int:
    return value if isinstance(value, int) else 0


def _fields_as_far(view: memoryview) -> Iterator[tuple[int, int | bytes]]:
    try:
        yield from _fields(view)
    except ValueError:
        return


def _fields(view: memoryview) -> Iterator[tuple[int, int | bytes]]:
    """The number and value of each field of a message. Raises ValueError where it is damaged."""
    place = 0
    while place < len(view):
        key, place = _varint(view, place)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint(view, place)
            yield number, value
            continue
        if kind == _BYTES:
            size, place = _varint(view, place)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise ValueError(kind)
        if place + size > len(view):
            raise ValueError(size)
        yield number, bytes(view[place : place + size])
        place += size


def _varint(view: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for count in range(_MOST_VARINT):
        if place + count >= len(view):
            raise ValueError(place)
        byte = view[place + count]
        value |= (byte & 0x7F) << (7 * count)
        if not byte & 0x80:
            return value & _MASK, place + count + 1
    raise ValueError(place)
