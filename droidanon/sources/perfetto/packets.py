"""Splits Perfetto traces into packets, some of them compressed (protos/perfetto/trace/trace.proto)."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from droidanon.errors import InputError

_PACKET = 0x0A
"""Field 1 of Trace, length-delimited."""
HEAD_BYTES = 1 << 16
_LOOKED_AT = 8
_MOST_VARINT = 10
_GZIP = b"\x1f\x8b"
_FIXED_SIZES = {1: 8, 5: 4}


class CutOff(Exception):
    """The trace ends inside a packet."""


def packets(data: bytes) -> Iterator[memoryview]:
    """The packets of a trace. Raises CutOff if it ends inside one, and InputError for other bytes between them."""
    view = memoryview(data)
    place = 0
    while place < len(view):
        if view[place] != _PACKET:
            raise InputError(f"not a trace packet at byte {place:,}")
        length, begin = _varint(view, place + 1)
        if begin + length > len(view):
            raise CutOff
        yield view[begin : begin + length]
        place = begin + length


def is_trace(path: Path) -> bool:
    """Whether a file begins like a trace. OSError if it cannot be opened."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return looks_like_trace(unpacked_head(file.read(HEAD_BYTES)))


def unpacked_head(head: bytes) -> bytes:
    """The beginning of a file's content: decompressed if it is gzip, else unchanged."""
    if not head.startswith(_GZIP):
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    except zlib.error:
        return head


def looks_like_trace(head: bytes) -> bool:
    """Whether a file with this beginning is a trace, i.e. a sequence of valid packets as far as it is complete."""
    found = 0
    try:
        for packet in packets(head):
            if not _is_message(packet):
                return found > 0  # damaged, in a trace
            found += 1
            if found == _LOOKED_AT:
                break
    except CutOff:
        return found > 0 or (len(head) > _MOST_VARINT and b"\0" in head)
    except InputError:
        return found > 1
    return found > 0


def _is_message(packet: memoryview) -> bool:
    """Whether a packet consists entirely of fields, unlike the empty lines of a text."""
    place = 0
    try:
        while place < len(packet):
            key, place = _varint(packet, place)
            kind = key & 7
            if kind in (0, 2):
                value, place = _varint(packet, place)
                place += value if kind == 2 else 0
            elif kind in _FIXED_SIZES:
                place += _FIXED_SIZES[kind]
            else:
                return False
    except (CutOff, InputError):
        return False
    return place == len(packet)


def inflate(data: bytes, most: int) -> bytes:
    """The content of `compressed_packets` (zlib). Raises InputError if it exceeds the limit or is damaged."""
    worker = zlib.decompressobj()
    try:
        found = worker.decompress(data, most)
    except zlib.error as error:
        raise InputError(f"packed packets are damaged: {error}") from error
    if worker.unconsumed_tail:
        raise InputError("packed packets are too large")
    return found


def unpack_zstd(data: bytes, most: int) -> bytes:
    """The content of `zstd_compressed_packets`, likewise."""
    import pyarrow as pa

    try:
        with pa.CompressedInputStream(io.BytesIO(data), "zstd") as stream:
            found: bytes = stream.read(most + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"packed packets are damaged: {error}") from error
    if len(found) > most:
        raise InputError("packed packets are too large")
    return found


def _varint(view: memoryview, place: int) -> tuple[int, int]:
    """A number and the offset after it."""
    value = 0
    for count in range(_MOST_VARINT):
        if place + count >= len(view):
            raise CutOff
        byte = view[place + count]
        value |= (byte & 0x7F) << (7 * count)
        if not byte & 0x80:
            return value, place + count + 1
    raise InputError(f"not a length at byte {place:,}")
