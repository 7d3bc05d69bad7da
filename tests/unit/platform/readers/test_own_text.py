"""The own lines of a text are kept byte for byte; nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.platform.readers.meminfo import parse_meminfo
from droidanon.platform.readers.own_text import is_smaps_line, own_text, smaps_lines
from droidanon.platform.readers.showmap import parse_showmap
from tests.builders import entry, text
from tests.corpus import corpus

FOREIGN = (
    "01-02 03:04:05.000  1000  1000 I Account : someone@example.com signed in",
    "------ SYSTEM LOG (logcat -v threadtime -d *:v) ------",
    "Account: someone@example.com",
    "Permission denied",
    "    Account {name=someone@example.com, type=com.example}",
    "12 someone@example.com 34",
    "deadbeef-12 someone",
)
HEAP_TABLE = """** MEMINFO in pid 2345 [com.example.app] **
                   Pss  Private  Private  SwapPss      Rss     Heap     Heap     Heap
                 Total    Dirty    Clean    Dirty    Total     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------   ------   ------
  Native Heap     6000     5990        8        5     7000     9000     8000     1000
   .dex mmap      1200        4     1100        0     1500
        TOTAL     7205     5994     1108        5     8500     9000     8000     1000

 App Summary
                       Pss(KB)                        Rss(KB)
                        ------                         ------
         Native Heap:     5990                           7000

           TOTAL PSS:     7205            TOTAL RSS:     8500       TOTAL SWAP PSS:        5

 Objects
               Views:       36         ViewRootImpl:        2
    Parcel memory:       12         Parcel count:       48

 SQL
         MEMORY_USED:      311
  PAGECACHE_OVERFLOW:       55          MALLOC_SIZE:      117

"""
DATABASES = """ DATABASES
      pgsz     dbsz   Lookaside(b)          cache  Dbname
         4       48             19         9/16/3  /data/user/0/com.example.app/databases/someone@example.com.db

 Asset Allocations
    zip:/data/app/com.example.app/base.apk:/resources.arsc: 12K

"""
AFTER = """Total PSS by process:
      7,205K: com.example.app (pid 2345 / activities)
"""
SHOWMAP = """   virtual                     shared   shared  private  private
    size      RSS      PSS    clean    dirty    clean    dirty     swap  swapPSS   # object
-------- -------- -------- -------- -------- -------- -------- -------- -------- ---- ------------------------------
     256      128      100       20        8       40       60        0        0    2 /system/lib64/libc.so
-------- -------- -------- -------- -------- -------- -------- -------- -------- ---- ------------------------------
     256      128      100       20        8       40       60        0        0    2 TOTAL
"""
STATUS = "Name:\texample\nState:\tS (sleeping)\nUid:\t10102\t10102\t10102\t10102\nVmRSS:\t   90000 kB\n"


@pytest.mark.parametrize("fidelity", ["smaps", "maps", "rollup"])
@pytest.mark.parametrize("foreign", FOREIGN)
def test_smaps_without_foreign_lines(fidelity: str, foreign: str) -> None:
    clean = text(("[anon:scudo:primary]", 9), ("/data/app/a b.so", 4), ("", 1)) + "\n"
    lines = clean.splitlines(keepends=True)
    mixed = "".join([foreign + "\n", *lines[:4], foreign + "\n", *lines[4:], foreign + "\n"])
    assert own_text(fidelity, mixed.encode()) == clean.encode()
    assert not is_smaps_line(foreign.encode())


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_text_of_smaps_that_broke_off_is_its_own(ends: str) -> None:
    whole = (entry("[stack]") + entry("[anon:größer]")).replace("\n", ends).encode()
    begun = whole.rfind(b"Rss:")
    for size in range(len(whole)):
        part = whole[:size]
        kept = smaps_lines(part)
        assert part.startswith(kept)
        if size > begun:
            assert kept == part


def test_the_tables_of_meminfo() -> None:
    assert own_text("meminfo", HEAP_TABLE.encode()) == HEAP_TABLE.encode()
    kept = own_text("meminfo", (HEAP_TABLE + DATABASES + AFTER).encode())
    assert kept == HEAP_TABLE.encode()
    (before,), (after,) = parse_meminfo(HEAP_TABLE), parse_meminfo(kept.decode())
    assert before == after


@pytest.mark.parametrize("foreign", FOREIGN)
def test_meminfo_ends_at_a_foreign_line(foreign: str) -> None:
    mixed = f"{HEAP_TABLE}{foreign}\n{DATABASES}\n Objects\n  {foreign}\n"
    assert own_text("meminfo", mixed.encode()) == HEAP_TABLE.encode()


def test_meminfo_of_a_native_process_and_with_crlf() -> None:
    native = "Applications Memory Usage (in Kilobytes):\nUptime: 1 Realtime: 2\n" + HEAP_TABLE.partition("\n")[2]
    assert own_text("meminfo", native.encode()) == native.encode()
    crlf = HEAP_TABLE.replace("\n", "\r\n").encode()
    assert own_text("meminfo", crlf + AFTER.encode()) == crlf


def test_only_the_first_process_of_meminfo() -> None:
    assert own_text("meminfo", (HEAP_TABLE + HEAP_TABLE.replace("2345", "99")).encode()) == HEAP_TABLE.encode()


def test_a_line_for_machines_ends_before_its_databases() -> None:
    area = ["Dalvik Other", "3402", "0", "220", "0", "3396", "0", "0", "N/A"]
    numbers = ["4", "2295", "com.example.app", *["12"] * 44, *area, *area, "275", "1", "N/A", "238"]
    line = ",".join([*numbers, "/data/user/0/com.example.app/databases/someone@example.com.db", "4", "20", "1/2/3"])
    assert own_text("meminfo", f"{line}\n".encode()) == f"{','.join(numbers)}\n".encode()


@pytest.mark.parametrize("foreign", FOREIGN)
def test_showmap_and_status(foreign: str) -> None:
    for fidelity, clean in (("showmap", SHOWMAP), ("status", STATUS)):
        mixed = f"{foreign}\n{clean}{foreign}\n"
        assert own_text(fidelity, mixed.encode()) == clean.encode()


def test_other_texts() -> None:
    packet = b"\x0a\x05\xff\n\x00"
    assert own_text("perfetto", packet) == packet
    assert own_text("none", b"cat: /proc/1/smaps: Permission denied\n") == b""


@given(st.binary(max_size=300), st.sampled_from(["smaps", "meminfo", "showmap", "status", "none"]))
def test_any_bytes(data: bytes, fidelity: str) -> None:
    """Whole lines of the text, in order, and again the same."""
    kept = own_text(fidelity, data)
    lines = iter(data.splitlines(keepends=True))
    assert all(line in lines for line in kept.splitlines(keepends=True)) or data.startswith(b"4,")
    assert own_text(fidelity, kept) == kept


@pytest.mark.parametrize("name", ["system-emulator-9.txt", "system-emulator-10.txt"])
def test_real_meminfo_keeps_its_tables(name: str) -> None:
    found = (corpus() / "meminfo" / name).read_text("utf-8")
    parts = [table.text for table in parse_meminfo(found)]
    assert len(parts) > 20
    for part in parts:
        kept = own_text("meminfo", part.encode()).decode()
        (before,), (after,) = parse_meminfo(part), parse_meminfo(kept)
        assert before == after
        assert "/data/" not in kept


@pytest.mark.parametrize(
    "name", ["oppo-10-launcher/oppo-10-launcher.showmap.txt", "reports/showmap-a.txt", "reports/showmap-v.txt"]
)
def test_real_showmap_is_its_own(name: str) -> None:
    path = next(iter(corpus().glob(f"**/{name.rpartition('/')[2]}")))
    whole = path.read_bytes()
    assert own_text("showmap", whole) == whole
    assert parse_showmap(whole.decode().splitlines()) == parse_showmap(own_text("showmap", whole).decode().splitlines())
