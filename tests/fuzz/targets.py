"""One target per parser: how it is called with bytes, and small texts to begin with."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.builders import capture, make_series, text

Parse = Callable[[bytes], object]
CORPUS = Path(__file__).parent / "corpus"
SMAPS = text(("[anon:scudo:primary]", 10), ("/system/lib64/libc.so", 20), ("", 5), ("[stack]", 1)).encode()
MARKER = "@@droidanon:0123456789abcdef01234567"


@dataclass(frozen=True)
class Target:
    """A parser. `seeds` makes the first inputs; files in `corpus/NAME` are added to them."""

    name: str
    parse: Parse
    seeds: Callable[[], list[bytes]]

    def corpus(self) -> list[bytes]:
        """The inputs to mutate."""
        return [*self.seeds(), *(path.read_bytes() for path in sorted((CORPUS / self.name).glob("*")))]


def _smaps(data: bytes) -> None:
    from droidanon.smaps.parse import parse_texts

    parse_texts([data])


def _frames(data: bytes) -> None:
    from droidanon.sources.adb.frames import parse_frames

    step = 1 + len(data) // 7
    list(parse_frames([data[at : at + step] for at in range(0, len(data), step)], MARKER, keep_cut=True))


def _dumpsys(data: bytes) -> None:
    from droidanon.platform.readers.exit_info import parse_exit_info
    from droidanon.platform.readers.meminfo import parse_meminfo, rows_of_meminfo
    from droidanon.platform.readers.meminfo_system import parse_system_meminfo, rows_of_totals
    from droidanon.platform.readers.process_states import parse_process_states

    words = data.decode("utf-8", "replace")
    for table in parse_meminfo(words):
        rows_of_meminfo(table)
    rows_of_totals(parse_system_meminfo(words))
    parse_exit_info(words)
    parse_process_states(words)


def _showmap(data: bytes) -> None:
    from droidanon.platform.readers.pmap import parse_pmap
    from droidanon.platform.readers.showmap import parse_showmaps

    lines = data.decode("utf-8", "replace").splitlines()
    parse_showmaps(lines)
    parse_pmap(lines)


def _tombstone(data: bytes) -> None:
    from droidanon.platform.readers.tombstone import parse_tombstones
    from droidanon.platform.readers.tombstone_pb import parse_tombstone_pb

    parse_tombstones(data.decode("utf-8", "replace"))
    parse_tombstone_pb(data)


def _in_file(name: str, read: Callable[[Path], object]) -> Parse:
    """A parser of a file."""

    def parse(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            path.write_bytes(data)
            read(path)

    return parse


def _load_capture(path: Path) -> None:
    from droidanon.analysis.breakdown import breakdown
    from droidanon.analysis.view import View
    from droidanon.sources.resolve import load_source

    breakdown(View(load_source(str(path))), by="category")


def _load_text(path: Path) -> None:
    from droidanon.sources.resolve import load_source

    load_source(str(path))


def _load_rules(path: Path) -> None:
    from droidanon.taxonomy.rules import load_rules

    load_rules([path])


def _load_plan(path: Path) -> None:
    from droidanon.lab.plan_file import load_plan

    load_plan(path)


_SERIES_FILES = ("series.json", "marks.jsonl", "exits.jsonl")


def _series(data: bytes) -> None:
    """The manifest, the marks and the exits, parted by a line."""
    from droidanon.sources.resolve import load_source
    from droidanon.store.series import read_series

    with tempfile.TemporaryDirectory() as folder:
        for name, kept in _series_files().items():
            if name not in _SERIES_FILES:
                Path(folder, name).write_bytes(kept)
        for name, piece in zip(_SERIES_FILES, data.split(b"\n----\n"), strict=False):
            Path(folder, name).write_bytes(piece)
        read_series(Path(folder))
        load_source(folder)


def _capture_seeds() -> list[bytes]:
    from droidanon.store.parquet import save_capture

    with tempfile.TemporaryDirectory() as folder:
        path = save_capture(capture({"com.a": SMAPS.decode(), "com.b": SMAPS.decode()}), Path(folder, "a.parquet"))
        return [path.read_bytes()]


@cache
def _series_files() -> dict[str, bytes]:
    """The files of a small series."""
    with tempfile.TemporaryDirectory() as folder:
        made = make_series(Path(folder, "s"))
        return {path.name: path.read_bytes() for path in made.path.iterdir() if path.is_file()}


def _series_seeds() -> list[bytes]:
    manifest = _series_files()["series.json"]
    mark = json.dumps({"time": "2026-01-01T00:00:30.000Z", "note": "logged in"}).encode()
    return [manifest, b"\n----\n".join([manifest, mark + b"\n" + mark, _EXIT])]


_EXIT = (
    b'{"time": "2026-01-01T00:00:40.000Z", "phone_time": "2026-01-01T00:00:40.000Z", "package": "com.a", "process": "com.a",'
    b' "pid": 7, "uid": 10001, "user": 0, "reason": 3}\n'
)
_MEMINFO = b"""\
Applications Memory Usage (in Kilobytes):
Uptime: 5000 Realtime: 5000
** MEMINFO in pid 7 [com.a] **
                   Pss  Private  Private  SwapPss      Rss     Heap     Heap     Heap
                 Total    Dirty    Clean    Dirty    Total     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------   ------   ------
  Native Heap     1000      900        4       16     1200     2000     1500      500
  Dalvik Heap      500      400        0        2      600     1024      512      512
    .so mmap       300       20      200        0      900
      Unknown       50       40        0        0       60
        TOTAL     1868     1360      204       18     2760     3024     2012     1012

 App Summary
           Java Heap:      400                            600
         Native Heap:      900                           1200
           TOTAL PSS:     1868            TOTAL RSS:     2760       TOTAL SWAP PSS:       18
"""
_SYSTEM = b"""\
Total PSS by process:
    100,000K: system (pid 1200)
     50,000K: com.a (pid 7 / activities)
Total PSS by OOM adjustment:
    100,000K: System
Total RAM: 3,800,000K (status normal)
 Free RAM: 1,000,000K (  500,000K cached pss +   300,000K cached kernel +   200,000K free)
"""
_EXITS = b"""\
ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)
  package: com.a
    Historical Process Exit for uid=10001
        ApplicationExitInfo #0:
          timestamp=2026-01-01 00:00:40.123 pid=7 realUid=10001 packageUid=10001 definingUid=10001 user=0
          process=com.a reason=3 (LOW_MEMORY) subreason=0 (UNKNOWN) status=0
          importance=100 pss=50MB rss=70MB description=null state=empty trace=null
"""
_MAPS = b"""\
12c00000-2ac00000 rw-p 00000000 00:00 0                                  [anon:dalvik-main space (region space)]
7000000000-7000010000 r-xp 00001000 fd:05 1234                           /system/lib64/libc.so
7000010000-7000011000 ---p 00000000 00:00 0
"""
_SHOWMAP = b"""\
 virtual                     shared   shared  private  private                   Anon      Shmem     File      Shared   Private
    size      RSS      PSS    clean    dirty    clean    dirty     swap  swapPSS HugePages PmdMapped PmdMapped Hugetlb  Hugetlb    Locked    # object
-------- -------- -------- -------- -------- -------- -------- -------- -------- --------- --------- --------- -------- -------- -------- ---- ------------------------------
     100       64       40       30        0        0       34        0        0         0         0         0        0        0        0    3 /system/lib64/libc.so
     200      200      200        0        0        0      200        0        0         0         0         0        0        0        0    1 [anon:scudo:primary]
-------- -------- -------- -------- -------- -------- -------- -------- -------- --------- --------- --------- -------- -------- -------- ---- ------------------------------
     300      264      240       30        0        0      234        0        0         0         0         0        0        0        0    4 TOTAL
"""
_PMAP = b"""\
7:   com.a
Address           Kbytes     PSS   Dirty    Swap  Mode  Mapping
0000000012c00000    1024     512     512       0 rw---  [anon:dalvik-main space]
0000007000000000      64      10       0       0 r-x--  libc.so
----------------  ------  ------  ------  ------
total              1088     522     512       0
"""
_TOMBSTONE = b"""\
*** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
Build fingerprint: 'a/b/c:16/X/1:user/release-keys'
ABI: 'arm64'
Timestamp: 2026-01-01 00:00:40+0000
pid: 7, tid: 8, name: worker  >>> com.a <<<
uid: 10001
signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0x0

memory map (3 entries):
    00000000'12c00000-00000000'2abfffff rw-         0  18000000  [anon:dalvik-main space (region space)]
    00000070'00000000-00000070'0000ffff r-x      1000     10000  /system/lib64/libc.so (BuildId: 0123) (load bias 0x1000)
    00000070'00010000-00000070'00010fff ---         0      1000
"""
_RULES = b"""\
[[rule]]
id = "my-engine"
prefix = "[anon:engine"
category = "native.engine"

[[rule]]
id = "my-other"
regex = "^\\\\[anon:x[0-9]+\\\\]$"
category = "native.other"
"""
_PLAN = b"""\
[lab]
output = "runs"
repetitions = 2

[devices]
models = ["Pixel *"]
min_android = 13

[[app]]
name = "shop"
package = "com.a"
builds = [{ label = "1.0", setup = "setprop debug.x 0" }, { label = "1.1", setup = "setprop debug.x 1" }]

[[scenario]]
name = "cold"
"""
_FRAMES = b"\n".join(
    [
        b"greeting",
        f"{MARKER} smaps 7".encode(),
        SMAPS,
        f"{MARKER} status 7".encode(),
        b"Name:\ta\n",
        f"{MARKER} done".encode(),
        b"",
    ]
)

TARGETS = {
    target.name: target
    for target in (
        Target("smaps", _smaps, lambda: [SMAPS, SMAPS.replace(b"\n", b"\r\n")]),
        Target("maps", _smaps, lambda: [_MAPS, _MAPS + SMAPS]),
        Target("frames", _frames, lambda: [_FRAMES]),
        Target("dumpsys", _dumpsys, lambda: [_MEMINFO, _SYSTEM, _EXITS]),
        Target("showmap", _showmap, lambda: [_SHOWMAP, _PMAP]),
        Target("tombstone", _tombstone, lambda: [_TOMBSTONE, b"\x0a\x01a\x28\x07\x30\x08\x4a\x05com.a"]),
        Target(
            "text",
            _in_file("a.txt", _load_text),
            lambda: [SMAPS, _MAPS, _MEMINFO, _SHOWMAP, _PMAP, _TOMBSTONE, _SYSTEM],
        ),
        Target("capture", _in_file("a.parquet", _load_capture), _capture_seeds),
        Target("rules", _in_file("a.toml", _load_rules), lambda: [_RULES]),
        Target("plan", _in_file("a.toml", _load_plan), lambda: [_PLAN]),
        Target("series", _series, _series_seeds),
    )
}
