"""Memory maps of tombstones, as debuggerd and xCrash print them."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from droidanon.platform.readers import tombstone_map
from droidanon.platform.readers.tombstone import Tombstone, parse_tombstones
from droidanon.platform.readers.tombstone_map import MapReader, is_mark, read_entry
from droidanon.platform.readers.tombstone_print import maps_line
from droidanon.sources.resolve import load_source
from tests.corpus import corpus
from tests.messages import numbers

HEAD = """*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
Build fingerprint: 'google/raven/raven:13/TP1A.220624.021/8877034:user/release-keys'
ABI: 'arm64'
Timestamp: 2022-03-17 06:33:07.123+0000
pid: 4242, tid: 4243, name: Thread-1  >>> com.example.app:remote <<<
signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0
    #00 pc 000000000004f8a8  /apex/com.android.runtime/lib64/bionic/libc.so (abort+164)

"""
DEBUGGERD = """memory map (4 entries):
--->Fault address falls at 00000000'00000000 before any mapped regions
    00000000'12c00000-00000000'12d7ffff rw-         0    180000  [anon:dalvik-main space (region space)]
    0000007b'10000000-0000007b'10000fff r-x      1000      1000  /apex/x/lib64/libc.so (BuildId: abc0) (load bias 0x1000)
--->0000007b'10001000-0000007b'10001fff ---         0      1000
    0000007b'10002000-0000007b'10002fff r--         0      1000  /data/a b (deleted)

open files:
    fd 0: /dev/null (unowned)
"""
XCRASH = """memory map:
    0000000012c00000-00000000133c0000 rw-        0   7c0000 [anon:dalvik-main space (region space)]
    00000000133c0000-0000000013dc0000 ---        0   a00000 >
    0000000013dc0000-0000000013dc1000 r-x     1000     1000 /system/lib64/libc.so
    0000000013dc1000-0000000013dc2000 rw-        0     1000 \n    0000000013dc2000-0000000013dc3000 rw-        0     1000 >
"""


def only(text: str) -> Tombstone:
    (found,) = parse_tombstones(text.encode())
    return found


def rows(text: str) -> list[tuple[str, ...]]:
    found = only(text)
    return [tuple(line.split(None, 5)) for line in found.maps.decode().splitlines()]


def test_a_tombstone_of_debuggerd() -> None:
    found = only(HEAD + DEBUGGERD)
    assert (found.pid, found.process, found.problems) == (4242, "com.example.app:remote", [])
    assert found.device == {
        "build": "google/raven/raven:13/TP1A.220624.021/8877034:user/release-keys",
        "android": "13",
        "abi": "arm64",
        "reported": "2022-03-17 06:33:07.123+0000",
    }
    assert [(row[0], row[1], row[2], *row[5:]) for row in rows(HEAD + DEBUGGERD)] == [
        ("12c00000-12d80000", "rw-p", "00000000", "[anon:dalvik-main space (region space)]"),
        ("7b10000000-7b10001000", "r-xp", "00001000", "/apex/x/lib64/libc.so"),
        ("7b10001000-7b10002000", "---p", "00000000"),
        ("7b10002000-7b10003000", "r--p", "00000000", "/data/a b (deleted)"),
    ]


def test_a_tombstone_of_xcrash() -> None:
    assert [(row[0], *row[5:]) for row in rows(HEAD + XCRASH)] == [
        ("12c00000-133c0000", "[anon:dalvik-main space (region space)]"),
        ("133c0000-13dc0000", "[anon:dalvik-main space (region space)]"),
        ("13dc0000-13dc1000", "/system/lib64/libc.so"),
        ("13dc1000-13dc2000",),
        ("13dc2000-13dc3000",),
    ]


def test_a_map_that_is_not_whole() -> None:
    cut = DEBUGGERD[: DEBUGGERD.index("    0000007b'10002000")]
    found = only(HEAD + cut)
    ((line, message),) = found.problems
    assert (line, numbers(message)) == (13, [3, 4])
    found = only(HEAD + DEBUGGERD.replace("180000", "180001"))
    assert [numbers(message) for _, message in found.problems] == [[], [3, 4]]
    assert parse_tombstones(HEAD.encode()) == []


def test_several_in_one_text() -> None:
    """As `dumpsys dropbox --print SYSTEM_TOMBSTONE` gives them; another thread of the first stands between the maps."""
    second = HEAD.replace("4242", "99").replace("com.example.app:remote", "com.b")
    thread = "--- --- ---\npid: 4242, tid: 4250, name: Binder  >>> com.example.app:remote <<<\n"
    found = parse_tombstones((HEAD + DEBUGGERD + thread + second + XCRASH + second).encode())
    assert [(one.pid, one.process, one.entries) for one in found] == [
        (4242, "com.example.app:remote", 4),
        (99, "com.b", 5),
    ]
    assert not any(one.problems for one in found)


def test_a_map_that_repeats_a_long_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small text with a long name and many `>` would take gigabytes."""
    monkeypatch.setattr(tombstone_map, "_MOST_REPEATED", 30_000)
    monkeypatch.setattr(tombstone_map, "_CHUNK", 2_000)
    repeats = [
        f"    {place:08x}-{place + 4096:08x} rw-         0      1000  >" for place in range(1 << 20, 3 << 20, 1 << 14)
    ]
    first = "    12c00000-12c01000 rw-         0      1000  " + "n" * 500
    found = only("\n".join([HEAD.rstrip("\n"), "", "memory map:", first, *repeats, ""]))
    assert 1 < found.entries < len(repeats)
    assert len(found.maps) < 50_000
    assert len(found.problems) == 1


def line_by_line(lines: list[bytes]) -> tuple[bytes, int, list[tuple[int, str]]]:
    """The definition of a map: its lines of maps, how many lines it has, and its problems."""
    printed, problems = b"", []
    name = b""
    for number, line in enumerate(lines):
        entry = read_entry(line)
        if entry is None and not is_mark(line):
            return printed, number, problems
        if entry is None:
            continue
        name = name if entry.name == b">" else entry.name
        if entry.problem:
            problems.append((number, entry.problem))
        else:
            printed += maps_line(entry.start, entry.end, entry.perms.decode(), entry.offset, name)
    return printed, len(lines), problems


def map_lines(draw: random.Random) -> list[bytes]:
    """Lines as debuggerd and xCrash print them, of one width and some damaged."""
    wide, offset_width, size_width = draw.choice([(17, 10, 10), (16, 9, 9), (8, 8, 9), (8, 10, 10)])
    lines = []
    for _ in range(draw.randint(1, 60)):
        start, size, offset = (draw.getrandbits(draw.choice([12, 20, 32, 36, 64])) for _ in range(3))
        end = start + size - draw.choice([0, 1, 1, 1, 2])
        addresses = [f"{one & (1 << 4 * min(wide, 16)) - 1:0{min(wide, 16)}x}" for one in (start, end)]
        if wide == 17:
            addresses = [f"{one[:8]}'{one[8:]}" for one in addresses]
        perms = draw.choice(["r--", "rw-", "r-x", "---", "-w-"])
        rest = draw.choice(["", " ", "  a b", " >", "  /lib (BuildId: ab) (load bias 0x1)", "  é\udcff"])
        rest = draw.choice(["x", "\t", "  " + "n" * 300]) if draw.random() < 0.03 else rest
        indent = draw.choice(["--->", "   "]) if draw.random() < 0.04 else "    "
        line = f"{indent}{'-'.join(addresses)} {perms}{offset:{offset_width}x}{size:{size_width}x}{rest}"
        lines.append(line.encode("utf-8", "surrogateescape"))
        if draw.random() < 0.03:
            lines.append(draw.choice([b"--->Fault address falls at 0", b"", b"    ", lines[-1][:-7], b"\xff"]))
    return lines


@settings(max_examples=60)
@given(st.integers(0, 1 << 32).map(random.Random).map(map_lines), st.integers(1, 2))
@example([b"    ffffffff'fffff000-ffffffff'ffffffff r--         0      1000"] * 20, 1)
@example([b"    00000000'00001000-00000000'00000fff r--         0         0  a"] * 20, 1)
@example([b"    00001000-00001fff r--  1  0      1000"] * 20, 1)
def test_many_lines_at_once(lines: list[bytes], times: int) -> None:
    reader = MapReader()
    for _ in range(times):  # with the forms learnt before
        read = reader.read(b"\n".join(lines), 0)
        assert (read.maps, read.lines, read.problems) == line_by_line(lines)
        assert read.entries == read.maps.count(b"\n")


@pytest.mark.parametrize(
    ("short", "entries"),
    [(b"", 0), (b"\n", 0), (b"    1000-2000 rw- 0 1000", 0), (b"    00001000-00001fff rw- 0 1000", 1)],
)
def test_a_map_shorter_than_a_line_of_the_one_before(short: bytes, entries: int) -> None:
    reader = MapReader()
    reader.read(b"    00000000'00001000-00000000'00001fff rw-         0      1000  [anon:a]\n" * 20, 0)
    read = reader.read(short, 0)
    assert (read.maps, read.entries) == (line_by_line([short])[0], entries)


def test_a_map_longer_than_one_chunk() -> None:
    line = b"    %08x-%08x rw-         0      1000  [anon:%d]"
    lines = [line % (place << 12, (place << 12) + 0xFFF, place % 9) for place in range(1, 9000)]
    assert sum(map(len, lines)) > 3 << 17
    text = HEAD.encode() + b"memory map:\n" + b"\n".join(lines) + b"\n\n" + (HEAD + XCRASH).encode()
    first, second = parse_tombstones(text)
    assert (first.maps, first.entries, first.problems) == (line_by_line(lines)[0], 8999, [])
    assert (second.entries, second.pid) == (5, 4242)


@pytest.mark.parametrize("name", ["quest2-10", "samsung-j3-8.0-1", "samsung-j3-8.0-5", "xcrash-arm64", "xcrash-x86"])
def test_real_ones(name: str) -> None:
    path = corpus() / "tombstone-maps" / f"{name}.txt"
    data = path.read_bytes()
    (found,) = parse_tombstones(data)
    assert found.maps == line_by_line(data.partition(b"memory map")[2].split(b"\n")[1:])[0]
    lines = re.findall(r"^(?:    |--->)([0-9a-f']+)-[0-9a-f']+ ", path.read_text(), re.MULTILINE)
    taken = load_source(str(path))
    (process,) = taken.processes
    assert (process.fidelity, process.rows) == ("maps", len(lines))
    assert taken.vmas.start.tolist() == [int(line.replace("'", ""), 16) for line in lines]
    assert not taken.problems
    assert list(taken.vmas.counters) == ["size_kb"]
    assert (taken.vmas.counters["size_kb"] * 1024 == taken.vmas.end - taken.vmas.start).all()
    assert not taken.vmas.missing
    assert len(taken.notes) == 1
