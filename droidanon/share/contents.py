"""All bytes of a file that a reader could access, both raw and decompressed."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from droidanon.errors import InputError

_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


_DICTIONARY_PAGE, _PLAIN = 2, 0
"""From parquet.thrift: PageType, Encoding."""


class Chunk(NamedTuple):
    """Some bytes; `text` if they are text, not numbers or compressed bytes, where short words occur by chance."""

    data: bytes
    text: bool = True


def contents(data: bytes) -> Iterator[Chunk]:
    """Yield the raw bytes, then everything encoded in them: Parquet pages, gzip, zip, JSON, base64, zlib."""
    if data.startswith(b"PAR1") and data.endswith(b"PAR1"):
        yield Chunk(data, text=False)
        yield from _parquet(data)
    elif data.startswith(b"\x1f\x8b"):
        yield Chunk(data, text=False)
        yield from contents(gzip.decompress(data))
    elif data.startswith(b"PK\x03\x04"):
        yield Chunk(data, text=False)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield Chunk("\n".join(archive.namelist()).encode())
            for name in archive.namelist():
                yield from contents(archive.read(name))
    else:
        yield Chunk(data)
        for document in dict.fromkeys((data, *data.splitlines())) if data[:1] == b"{" else ():
            yield from _json(document)


def _parquet(data: bytes) -> Iterator[Chunk]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    metadata = pq.ParquetFile(pa.BufferReader(data)).metadata
    yield Chunk(data[-8 - metadata.serialized_size :])
    for value in (metadata.metadata or {}).values():
        yield from _json(value)
        yield from _unpacked(value.decode("latin-1"))
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns):
            yield from _pages(data, metadata.row_group(group).column(place))


def _pages(data: bytes, column: Any) -> Iterator[Chunk]:
    """The pages of a column chunk and their headers (parquet.thrift PageHeader), decompressed."""
    first = column.dictionary_page_offset if column.has_dictionary_page else column.data_page_offset
    place, end = first, first + column.total_compressed_size
    while place < end:
        begin = place
        header, place = _struct(data, begin)
        yield Chunk(data[begin:place])
        packed = header[3]
        page = _decompressed(data[place : place + packed], header, column.compression.lower())
        yield Chunk(page, column.physical_type == "BYTE_ARRAY" and _is_plain(header))
        place += packed


def _is_plain(header: dict[int, Any]) -> bool:
    """Whether a page has values rather than dictionary indices."""
    if header[1] == _DICTIONARY_PAGE:
        return True
    encoding = header[5][2] if 5 in header else header[8][4]
    return bool(encoding == _PLAIN)


def _decompressed(body: bytes, header: dict[int, Any], compression: str) -> bytes:
    import pyarrow as pa

    levels = header.get(8, {})
    start = levels.get(5, 0) + levels.get(6, 0)  # the levels of a version 2 page are not compressed
    if compression == "uncompressed" or header[2] == start or levels.get(7) is False:
        return body
    return bytes(body[:start] + pa.Codec(compression).decompress(body[start:], header[2] - start).to_pybytes())


def _struct(data: bytes, place: int) -> tuple[dict[int, Any], int]:
    """The integers and structs of a struct in Thrift's compact protocol, by field number."""
    found: dict[int, Any] = {}
    number = 0
    while True:
        head = data[place]
        place += 1
        if head == 0:
            return found, place
        kind, step = head & 15, head >> 4
        if step:
            number += step
        else:
            raw, place = _varint(data, place)
            number = _signed(raw)
        found[number], place = _value(data, place, kind)


def _value(data: bytes, place: int, kind: int) -> tuple[Any, int]:
    if kind in (1, 2):  # true, false
        return kind == 1, place
    if kind == 3:
        return data[place], place + 1
    if kind in (4, 5, 6):  # i16, i32, i64
        raw, place = _varint(data, place)
        return _signed(raw), place
    if kind == 7:
        return None, place + 8
    if kind == 8:  # binary
        size, place = _varint(data, place)
        return None, place + size
    if kind == 12:
        return _struct(data, place)
    raise InputError("a page of the output cannot be read")


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place


def _signed(raw: int) -> int:
    return raw >> 1 ^ -(raw & 1)


def _json(data: bytes) -> Iterator[Chunk]:
    """The texts of a JSON document without escapes, and what is encoded in them."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return
    texts = list(_texts(found))
    yield Chunk("\n".join(texts).encode("utf-8", "surrogatepass"))
    for text in texts:
        yield from _unpacked(text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)


def _unpacked(text: str) -> Iterator[Chunk]:
    """Decode a text in base64, and decompress it if it is zlib data (texts of processes in a capture)."""
    if not _BASE64.fullmatch(text):
        return
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return
    yield Chunk(raw, text=False)
    try:
        yield Chunk(zlib.decompress(raw))
    except zlib.error:
        return
