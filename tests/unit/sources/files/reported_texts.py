"""Texts of tools and how tests read them."""

from __future__ import annotations

from pathlib import Path

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.view import View
from droidanon.model import Capture
from droidanon.smaps.writer import write_process
from droidanon.sources.resolve import load_source
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import text

SMAPS = text(("[anon:scudo:primary]", 10), ("/system/lib64/libc.so", 5), ("", 3)).encode()


HEADER = """\
                   Pss  Private  Private  SwapPss     Heap     Heap     Heap
                 Total    Dirty    Clean    Dirty     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------   ------
"""


def dump(native: int, graphics: int, *, pid: int = 1234, uptime: int = 1000, name: str = "com.example.app") -> str:
    """`dumpsys meminfo` of one app."""
    return f"""\
Applications Memory Usage (in Kilobytes):
Uptime: {uptime} Realtime: {uptime}

** MEMINFO in pid {pid} [{name}] **
{HEADER}  Native Heap {native:8} {native:8}        0        0    20000    15000     5000
  Dalvik Heap     2000     2000        0        0     4000     3000     1000
    GL mtrack {graphics:8} {graphics:8}        0        0
        TOTAL {native + graphics + 2000:8} {native + graphics + 2000:8}        0        0    24000    18000     6000
"""


def read(path: Path, data: bytes | str) -> Capture:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return load_source(str(path))


def total(capture: Capture, counter: str = "total_pss_kb") -> int | float | None:
    value = breakdown(View(capture), ("process",)).totals[counter]
    assert not isinstance(value, str)
    return value


def heaps(capture: Capture, counter: str = "total_pss_kb") -> dict[object, object]:
    return {row["heap"]: row[counter] for row in breakdown(View(capture), ("heap",)).rows.records()}


def names(capture: Capture) -> list[tuple[str, int | None]]:
    return [(process.name, process.pid) for process in capture.processes]


def exported(capture: Capture, tmp_path: Path) -> bytes:
    """What `export` gives of the first process, through a stored capture."""
    return b"".join(write_process(load_capture(save_capture(capture, tmp_path / "stored.parquet")), 0))


PROCRANK = """\
  PID       Vss      Rss      Pss      Uss  cmdline
18283  1730504K  375064K  263512K  247516K  com.android.browser
    1    10484K    2196K    1382K    1020K  /init
                           ------   ------  ------
                          264894K  248536K  TOTAL

 RAM: 5825640K total, 384368K free, 101036K buffers
"""
