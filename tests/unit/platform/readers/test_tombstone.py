"""Memory maps of tombstones, as debuggerd and xCrash print them."""

from __future__ import annotations

import re

import pytest

from droidanon.platform.readers.tombstone import Tombstone, parse_tombstones
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
    (found,) = parse_tombstones(text)
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
    assert parse_tombstones(HEAD) == []


def test_several_in_one_text() -> None:
    """As `dumpsys dropbox --print SYSTEM_TOMBSTONE` gives them; another thread of the first stands between the maps."""
    second = HEAD.replace("4242", "99").replace("com.example.app:remote", "com.b")
    thread = "--- --- ---\npid: 4242, tid: 4250, name: Binder  >>> com.example.app:remote <<<\n"
    found = parse_tombstones(HEAD + DEBUGGERD + thread + second + XCRASH + second)
    assert [(one.pid, one.process, one.entries) for one in found] == [
        (4242, "com.example.app:remote", 4),
        (99, "com.b", 5),
    ]
    assert not any(one.problems for one in found)


@pytest.mark.parametrize("name", ["quest2-10", "samsung-j3-8.0-1", "samsung-j3-8.0-5", "xcrash-arm64", "xcrash-x86"])
def test_real_ones(name: str) -> None:
    path = corpus() / "tombstone-maps" / f"{name}.txt"
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
