"""Texts of pmap, procrank, sanitizers and other tools."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.errors import InputError
from tests.unit.sources.files.reported_texts import HEADER, PROCRANK, names, read, total

NATIVE = f"""\
Applications Memory Usage (in Kilobytes):
Uptime: 278194816 Realtime: 525880208
{HEADER}  Native Heap      156      156        0      156        0        0        0
  Dalvik Heap        0        0        0        0        0        0       0
        Stack        4        4        0       32
      Unknown      343      200      120      692
        TOTAL     1383      360      120      880        0        0        0

 App Summary
                       Pss(KB)
                        ------
           Java Heap:        1
         Native Heap:      156
              System:     1226

               TOTAL:     1383       TOTAL SWAP PSS:      880
"""


SUMMARY = NATIVE[NATIVE.index(" App Summary") :]


SYSTEM = """\
Applications Memory Usage (in Kilobytes):
Uptime: 184259 Realtime: 184259

Total PSS by process:
    108,277K: system (pid 1656)                        (    1,277K in swap)
     63,847K: com.android.systemui (pid 1957 / activities)

Total PSS by OOM adjustment:
    108,277K: System
        108,277K: system (pid 1656)                    (    1,277K in swap)
     63,847K: Persistent
         63,847K: com.android.systemui (pid 1957 / activities)

Total RAM: 3,669,728K (status normal)
"""


PMAP = """\
1234:   com.example.app
Address           Kbytes     PSS   Dirty    Swap  Mode  Mapping
0000007100000000    8192    1024    1024       0  rw-p  [anon:scudo:primary]
0000007200000000     680       6       0       0  r-xp  /system/lib64/libc.so
----------------  ------  ------  ------  ------
total kB            8872    1030    1024       0
"""


LOW = """\
08-22 12:04:37.390  1000  1200 W ActivityManager: Low on memory:
08-22 12:04:37.390  1000  1200 W ActivityManager:   ntv N   116088: surfaceflinger (pid 210) native
08-22 12:04:37.390  1000  1200 W ActivityManager:   fore T   63847: com.example.app (pid 1957) top-activity
08-22 12:04:37.390  1000  1200 W ActivityManager:                       com.example.app/.Main
08-22 12:04:37.390  1000  1200 W ActivityManager:   TOTAL  179935
"""


LOW_5 = """\
I/ActivityManager( 2269): Low on memory:
I/ActivityManager( 2269):   ntv   N   116088 kB: surfaceflinger (1860) native
I/ActivityManager( 2269):   cch+2 CE   63847 kB: com.example.app (1957) cch-empty
I/ActivityManager( 2269):           {null}
I/ActivityManager( 2269): TOTAL     179935 kB
"""


CRASH = """\
Crash type: 'java'
pid: 1957, tid: 1960, name: worker  >>> com.example.app <<<

memory info:
 System Summary (From: /proc/meminfo)
  MemTotal:        3659320 kB
-
 Process Status (From: /proc/PID/status)
  VmRSS:\t  185780 kB
-
 Process Summary (From: android.os.Debug.MemoryInfo)
                       Pss(KB)
                        ------
           Java Heap:      500
         Native Heap:      600
              System:      283
               TOTAL:     1383       TOTAL SWAP PSS:      128

foreground:
yes
"""


PROCMEM = """\
  Vss      Rss      Pss      Uss     ShCl     ShDi     PrCl     PrDi  Name
-------  -------  -------  -------  -------  -------  -------  -------
     4K       4K       2K       0K       4K       0K       0K       0K  /system/bin/app_process
  2048K       4K       4K       4K       0K       0K       0K       4K  /dev/ashmem/CursorWindow: /data/a.db (deleted)
   132K      36K      16K      16K      20K       0K      16K       0K
-------  -------  -------  -------  -------  -------  -------  -------
  2184K      44K      22K      20K      24K       0K      16K       4K  TOTAL
"""


ASAN = """\
==4321==ERROR: AddressSanitizer failed to allocate 0x400002000 bytes
==4321==Process memory map follows:
\t0x000000400000-0x000000456000\t/data/local/tmp/app
\t0x00007fff7000-0x00008fff7000\t
==4321==End of process memory map.
"""


@pytest.mark.parametrize(
    ("body", "kb", "counter", "fidelity", "process"),
    [
        (NATIVE, 1383, "total_pss_kb", "meminfo", None),
        (SUMMARY, 1383, "total_pss_kb", "summary", None),
        (PROCRANK, 264_894, "pss_kb", "totals", ("/init", 1)),
        (SYSTEM, 172_124, "total_pss_kb", "totals", ("com.android.systemui", 1957)),
        (PMAP, 1030, "pss_kb", "pmap", ("com.example.app", 1234)),
        (LOW, 179_935, "pss_kb", "totals", ("com.example.app", 1957)),
        (LOW_5, 179_935, "pss_kb", "totals", ("com.example.app", 1957)),
        (CRASH, 1383, "total_pss_kb", "summary", ("com.example.app", 1957)),
        (PROCMEM, 22, "pss_kb", "showmap", None),
        (ASAN, (0x56000 + 0x10000000) // 1024, "size_kb", "maps", ("pid 4321", 4321)),
    ],
)
@pytest.mark.parametrize("prefix", [b"", b"    ", b"> "])
def test_texts_of_other_tools(
    tmp_path: Path, body: str, kb: int, counter: str, fidelity: str, process: tuple[str, int] | None, prefix: bytes
) -> None:
    data = b"".join(prefix + line for line in body.encode().splitlines(keepends=True))
    capture = read(tmp_path / "x.txt", b"$ adb shell something\n" + data if not prefix else data)
    assert total(capture, counter) == kb
    assert {one.fidelity for one in capture.processes} == {fidelity}
    assert process is None or process in names(capture)
    assert not capture.problems


def test_the_mappings_of_procmem(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", PROCMEM)
    names = [capture.vmas.name[row] for row in range(3)]
    assert names == ["/system/bin/app_process", "/dev/ashmem/CursorWindow: /data/a.db (deleted)", ""]
    assert [
        total(capture, f"{one}_kb") for one in ("size", "rss", "shared_clean", "private_clean", "private_dirty")
    ] == [
        2184,
        44,
        24,
        16,
        4,
    ]
    assert "uss_kb" not in capture.vmas.counters
    assert not capture.problems
    (problem,) = read(tmp_path / "x.txt", PROCMEM.replace("36K      16K", "36K      15K")).problems
    assert "21 kB" in problem.message
    assert "22 kB" in problem.message


def test_the_working_set_of_procmem_is_refused(tmp_path: Path) -> None:
    working_set = PROCMEM.replace(
        "Vss      Rss      Pss      Uss     ShCl     ShDi     PrCl     PrDi", "WRss WPss WUss WShCl WShDi WPrCl WPrDi"
    )
    with pytest.raises(InputError, match="-w"):
        read(tmp_path / "x.txt", working_set)


def test_the_phones_memory_of_those_texts(tmp_path: Path) -> None:
    assert read(tmp_path / "x.txt", PROCRANK).system["mem_total_kb"] == 5_825_640
    capture = read(tmp_path / "y.txt", SYSTEM)
    assert total(capture, "swap_pss_kb") == 1_277
    assert {process.oom_level for process in capture.processes} == {"System", "Persistent"}
