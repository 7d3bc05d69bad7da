"""Parsers of texts, and small texts to begin with."""

from __future__ import annotations

from tests.builders import text

SMAPS = text(("[anon:scudo:primary]", 10), ("/system/lib64/libc.so", 20), ("", 5), ("[stack]", 1)).encode()
MARKER = "@@droidanon:0123456789abcdef01234567"


def parse_frames(data: bytes) -> None:
    from droidanon.sources.adb.frames import parse_frames

    step = 1 + len(data) // 7
    list(parse_frames([data[at : at + step] for at in range(0, len(data), step)], MARKER, keep_cut=True))


def parse_dumpsys(data: bytes) -> None:
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


def parse_showmap(data: bytes) -> None:
    from droidanon.platform.readers.pmap import parse_pmap
    from droidanon.platform.readers.procmem import parse_procmem
    from droidanon.platform.readers.showmap import parse_showmaps

    lines = data.decode("utf-8", "replace").splitlines()
    parse_showmaps(lines)
    parse_pmap(lines)
    parse_procmem(lines)


def parse_tombstone(data: bytes) -> None:
    from droidanon.platform.readers.tombstone import parse_tombstones
    from droidanon.platform.readers.tombstone_pb import parse_tombstone_pb

    parse_tombstones(data)
    parse_tombstone_pb(data)


MEMINFO = b"""\
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
SYSTEM = b"""\
Total PSS by process:
    100,000K: system (pid 1200)
     50,000K: com.a (pid 7 / activities)
Total PSS by OOM adjustment:
    100,000K: System
Total RAM: 3,800,000K (status normal)
 Free RAM: 1,000,000K (  500,000K cached pss +   300,000K cached kernel +   200,000K free)
"""
EXITS = b"""\
ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)
  package: com.a
    Historical Process Exit for uid=10001
        ApplicationExitInfo #0:
          timestamp=2026-01-01 00:00:40.123 pid=7 realUid=10001 packageUid=10001 definingUid=10001 user=0
          process=com.a reason=3 (LOW_MEMORY) subreason=0 (UNKNOWN) status=0
          importance=100 pss=50MB rss=70MB description=null state=empty trace=null
"""
MAPS = b"""\
12c00000-2ac00000 rw-p 00000000 00:00 0                                  [anon:dalvik-main space (region space)]
7000000000-7000010000 r-xp 00001000 fd:05 1234                           /system/lib64/libc.so
7000010000-7000011000 ---p 00000000 00:00 0
"""
SHOWMAP = b"""\
 virtual                     shared   shared  private  private                   Anon      Shmem     File      Shared   Private
    size      RSS      PSS    clean    dirty    clean    dirty     swap  swapPSS HugePages PmdMapped PmdMapped Hugetlb  Hugetlb    Locked    # object
-------- -------- -------- -------- -------- -------- -------- -------- -------- --------- --------- --------- -------- -------- -------- ---- ------------------------------
     100       64       40       30        0        0       34        0        0         0         0         0        0        0        0    3 /system/lib64/libc.so
     200      200      200        0        0        0      200        0        0         0         0         0        0        0        0    1 [anon:scudo:primary]
-------- -------- -------- -------- -------- -------- -------- -------- -------- --------- --------- --------- -------- -------- -------- ---- ------------------------------
     300      264      240       30        0        0      234        0        0         0         0         0        0        0        0    4 TOTAL
"""
PMAP = b"""\
7:   com.a
Address           Kbytes     PSS   Dirty    Swap  Mode  Mapping
0000000012c00000    1024     512     512       0 rw---  [anon:dalvik-main space]
0000007000000000      64      10       0       0 r-x--  libc.so
----------------  ------  ------  ------  ------
total              1088     522     512       0
"""
TOMBSTONE = b"""\
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
RULES = b"""\
[[rule]]
id = "my-engine"
prefix = "[anon:engine"
category = "native.engine"

[[rule]]
id = "my-other"
regex = "^\\\\[anon:x[0-9]+\\\\]$"
category = "native.other"
"""
PLAN = b"""\
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
FRAMES = b"\n".join(
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
BUDGET = b"""\
[budget]
app = "com.a"
counter = "pss"
baseline = "base/*.parquet"

[[budget.row]]
max = "220MB"

[[budget.row]]
category = "native"
max_growth = "3%"

[[budget.row]]
id = "view leak"
process = "com.a"
count = "Views"
max = 800
"""
POLICY = b"""\
[[rule]]
of = "package"
match = ["com.acme.sdk", "com.acme.public.*"]
action = "keep"

[[rule]]
of = ["model", "build"]
action = "hash"
"""
