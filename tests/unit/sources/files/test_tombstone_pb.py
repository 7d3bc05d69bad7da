"""Tombstones as protocol buffers."""

from __future__ import annotations

from pathlib import Path

from droidanon.errors import InputError
from droidanon.sources.resolve import load_source
from tests.unit.sources.files.reported_texts import exported, names, read

PB_MAPPINGS = (
    (0x7000000000, 0x7000010000, 0, "rw", "[anon:scudo:primary]"),
    (0x7100000000, 0x7100001000, 0x1000, "rx", "/a.so"),
)


def message(number: int, value: int | bytes) -> bytes:
    """One field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    data = b""
    while value > 0x7F:
        data, value = data + bytes([value & 0x7F | 0x80]), value >> 7
    return data + bytes([value])


def tombstone_pb() -> bytes:
    whole = (
        message(1, 1)
        + message(2, b"google/raven/raven:14/AP1/1:user/release-keys")
        + message(4, b"2026-01-02 03:04:05")
    )
    whole += message(5, 1234) + message(6, 1234) + message(9, b"com.example.app") + message(14, b"abort")
    for start, end, offset, perms, name in PB_MAPPINGS:
        fields = message(1, start) + message(2, end) + (message(3, offset) if offset else b"")
        fields += b"".join(message({"r": 4, "w": 5, "x": 6}[letter], 1) for letter in perms) + message(7, name.encode())
        whole += message(17, fields)
    return whole + message(18, b"private log")


def test_a_tombstone_as_a_protocol_buffer(tmp_path: Path) -> None:
    capture = read(tmp_path / "tombstone_00.pb", tombstone_pb())
    assert names(capture) == [("com.example.app", 1234)]
    assert (capture.device["abi"], capture.device["android"]) == ("arm64", "14")
    assert capture.vmas.start.tolist() == [start for start, *_ in PB_MAPPINGS]
    assert capture.vmas.counters["size_kb"].tolist() == [64, 4]
    assert capture.vmas.perms.to_list() == ["rw-p", "r-xp"]
    assert b"private" not in exported(capture, tmp_path)
    for stop in range(0, len(tombstone_pb()), 7):
        (tmp_path / "cut.pb").write_bytes(tombstone_pb()[:stop])
        try:
            load_source(str(tmp_path / "cut.pb"))
        except InputError:
            continue
