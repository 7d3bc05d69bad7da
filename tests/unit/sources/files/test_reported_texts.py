"""Texts as people report them, each with the numbers that a person reads in it; nothing of the rest is kept."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.heap_sums import heap_sums
from droidanon.analysis.view import View
from droidanon.errors import InputError
from droidanon.model import NOT_REPORTED, Capture
from droidanon.platform.views.meminfo_ram import format_ram, ram_facts
from droidanon.platform.views.tool_rows import listed_processes
from droidanon.smaps.writer import write_process
from droidanon.sources.files.infer_process import infer_process
from droidanon.sources.files.normalise_text import normalise_text
from droidanon.sources.resolve import load_source
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import entry, text
from tests.corpus import corpus

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


LOGCAT = {
    "brief": b"W/art     ( 6155): ",
    "process": b"W( 6155) ",
    "tag": b"W/art     : ",
    "thread": b"W( 6155: 6155) ",
    "time": b"08-22 12:04:37.390 W/art     ( 6155): ",
    "threadtime": b"08-22 12:04:37.390  6155  6155 W art     : ",
    "year, zone, uid": b"2026-08-22 12:04:37.390 +0200 10123  6155  6155 W art     : ",
    "epoch": b"         1724323477.390  6155  6155 W art     : ",
    "Android Studio": b"2026-08-22 12:04:37.390  6155-6155  art                     com.example.app                      W  ",
}
PREFIXES = {
    "blanks": b"    ",
    "a tab": b"\t",
    "a quote": b"> ",
    "a quote without a blank": b">",
    "quotes in quotes": b"> > ",
    "a list": b"- ",
    "a diff": b"+",
    **LOGCAT,
}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_stands_before_every_line_is_removed(tmp_path: Path, prefix: str) -> None:
    lines = SMAPS.splitlines(keepends=True)
    data = b"".join(PREFIXES[prefix] + line for line in lines)
    capture = read(tmp_path / "x.smaps", data)
    assert total(capture) == 18
    assert capture.counted_vmas == 3
    assert len(capture.notes) == 1
    assert not capture.problems
    assert exported(capture, tmp_path) == data


@pytest.mark.parametrize(
    ("data", "exact"),
    [
        (b"\xef\xbb\xbf" + SMAPS, True),
        (SMAPS.decode().encode("utf-16"), True),
        (b"\xfe\xff" + SMAPS.decode().encode("utf-16-be"), True),
        (SMAPS.decode().encode("utf-16-le"), True),
        (SMAPS.replace(b"\n", b"\r\n"), True),
        (SMAPS.replace(b"\n", b"\r\r\n"), True),
        (b"\xff\xfe" + SMAPS.replace(b"\n", b"\r\n").decode().encode("utf-16-le"), True),
        (b"```\n" + SMAPS + b"```\n", False),
        (b"130|shell@p200:/ # cat /proc/77/smaps\n" + SMAPS + b"130|shell@p200:/ # \n", False),
    ],
)
def test_encodings_line_ends_fences_and_prompts(tmp_path: Path, data: bytes, exact: bool) -> None:
    capture = read(tmp_path / "x.smaps", data)
    assert total(capture) == 18
    assert capture.counted_vmas == 3
    if exact:
        assert exported(capture, tmp_path) == data
        assert not capture.problems


def test_a_large_text_in_utf16_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    whole = "".join(entry(start=0x7000000000 + (number << 20)) for number in range(500))
    (tmp_path / "f" / "x.smaps").write_bytes(whole.encode("utf-16"))
    assert load_source(str(tmp_path / "f")).counted_vmas == 500


def test_clean_smaps_are_handed_on_as_they_are() -> None:
    found = normalise_text(SMAPS)
    assert found.data is SMAPS
    assert found.removed == ()


def test_a_sentence_about_a_tool_is_no_prefix() -> None:
    prose = b"See Applications Memory Usage (in Kilobytes):\nnothing here\nor here\n"
    assert normalise_text(prose).data == prose


def test_other_lines_of_the_log_are_not_kept(tmp_path: Path) -> None:
    prefix = LOGCAT["threadtime"]
    lines = [prefix + line for line in SMAPS.splitlines(keepends=True)]
    lines.insert(9, b"08-22 12:04:37.400   100   100 I Account : someone@example.com signed in\n")
    capture = read(tmp_path / "x.txt", b"".join(lines))
    assert total(capture) == 18
    assert b"someone" not in exported(capture, tmp_path)
    assert "someone" not in (tmp_path / "stored.parquet").read_bytes().decode("latin-1")


def test_lines_of_something_else_are_left_out_and_not_quoted(tmp_path: Path) -> None:
    lines = SMAPS.splitlines(keepends=True)
    lines.insert(5, b"Account: someone@example.com\n")
    lines.append(b"dumpsys of someone@example.com\n")
    capture = read(tmp_path / "x.smaps", b"".join(lines))
    assert total(capture) == 18
    assert exported(capture, tmp_path) == SMAPS
    (problem,) = capture.problems
    assert "2 lines" in problem.message
    assert "someone" not in str(capture.problems)


SECOND = SMAPS.replace(b"libc.so", b"libm.so")


@pytest.mark.parametrize(
    ("marker", "pid", "name"),
    [
        (b"===PID:77===\n", 77, "pid 77"),
        (b"--- /proc/77/smaps ---\n", 77, "pid 77"),
        (b"\n==> /proc/77/smaps <==\n", 77, "pid 77"),
        (b">>> com.example.app (77) <<<\n", 77, "com.example.app"),
        (b"shell@phone:/ # cat /proc/77/smaps\n", 77, "pid 77"),
        (b"pid 77: com.example.app\n", 77, "com.example.app"),
        (b"com.example.app 77\n", 77, "com.example.app"),
    ],
)
def test_a_line_that_names_the_next_process(tmp_path: Path, marker: bytes, pid: int, name: str) -> None:
    higher = SECOND.replace(b"70000", b"71000")  # its addresses need not begin again
    for second in (SECOND, higher):
        capture = read(tmp_path / "all.txt", SMAPS + marker + second)
        assert len(capture.processes) == 2
        assert names(capture)[1] == (name, pid)
        assert total(capture) == 36


def test_several_processes_without_a_line_between(tmp_path: Path) -> None:
    first = "00400000-00402000 r-xp 00000000 b3:0d 354                                /system/bin/surfaceflinger\nPss:    12 kB\n"
    second = first.replace("surfaceflinger", "mediaserver")
    capture = read(tmp_path / "x.txt", (first + SMAPS.decode()) + (second + SMAPS.decode()))
    assert [name for name, _ in names(capture)] == ["/system/bin/surfaceflinger", "/system/bin/mediaserver"]
    assert total(capture) == 60
    assert total(load_source(str(tmp_path / "x.txt"), app="/system/bin/mediaserver")) == 30


def test_grep_names_the_file_before_every_line(tmp_path: Path) -> None:
    data = b"".join(
        b"/proc/%d/smaps:%s" % (pid, line)
        for pid, body in ((7, SMAPS), (88, SECOND))
        for line in body.splitlines(keepends=True)
    )
    capture = read(tmp_path / "all.txt", data)
    assert [pid for _, pid in names(capture)] == [7, 88]
    assert total(capture) == 36


def test_two_dumps_are_never_mixed(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", dump(10_000, 200_000) + dump(90_000, 7_000, uptime=61_000))
    (process,) = capture.processes
    assert (total(capture), process.not_in_smaps_kb) == (92_000, {"GL mtrack": 7_000})
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.smaps").write_bytes(SMAPS)
    (folder / "b.txt").write_text(dump(10_000, 200_000))
    (folder / "c.txt").write_text(dump(90_000, 7_000, uptime=61_000))
    mixed = load_source(str(folder))
    (table,) = (process for process in mixed.processes if process.pid == 1234)
    assert (table.not_in_smaps_kb, total(mixed)) == ({"GL mtrack": 7_000}, 92_018)
    assert any("b.txt" in problem.where for problem in mixed.problems)


ANDROID_7 = """\
** MEMINFO in pid 7914 [com.example.app] **
                   Pss      Pss   Shared  Private   Shared  Private  SwapPss     Heap     Heap     Heap
                 Total    Clean    Dirty    Dirty    Clean    Clean    Dirty     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------   ------   ------   ------   ------
  Native Heap    41095        0       52    41008      244       16     3504    56832    44593    12238
  Dalvik Heap    30121        0     1016    29656      100      376     4680    39115    23469    15646
     .so mmap    14640     8652      208      664    31452     8652      204
      Unknown    26624        0       16    26604       72        8       99
        TOTAL   113391     8652     1292    97932    31868     9052      911    95947    68062    27884
"""


def test_swap_under_the_title_of_swap_pss(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", ANDROID_7)
    assert (total(capture), total(capture, "swap_pss_kb")) == (113_391, 911)
    assert heaps(capture, "swap_kb") == {
        "Native Heap": 3504,
        "Dalvik Heap": 4680,
        ".so mmap": None,
        "Unknown": None,
        NOT_REPORTED: None,
    }
    assert heaps(capture)[NOT_REPORTED] == 608
    assert not capture.problems


def test_rows_that_do_not_add_up_are_a_problem_with_both_numbers(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", dump(10_000, 200_000).replace("Dalvik Heap     2000", "Dalvik Heap     1000"))
    (problem,) = capture.problems
    assert "211,000" in problem.message
    assert "212,000" in problem.message


MAPS = """\
12c00000-2ac00000 rw-p 00000000 00:00 0                                  [anon:dalvik-main space (region space)]
7100000000-7100800000 rw-p 00000000 00:00 0                              [anon:scudo:primary]
"""
ROLLUP = f"00400000-ffffffffff601000 ---p 00000000 00:00 0 {'':30}[rollup]\nRss:   29948 kB\nPss:   29944 kB\nSwapPss:  1940 kB\n"


def test_maps_have_sizes_and_no_other_number(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.maps", MAPS)
    assert list(View(capture).counters) == ["size_kb"]
    assert heaps(capture, "size_kb") == {"Dalvik Heap": 393_216, "Native Heap": 8_192}
    assert heap_sums(View(capture)) == heap_sums(View(capture), every=True) == []
    assert listed_processes(capture) == []
    assert exported(capture, tmp_path) == MAPS.encode()
    again = load_capture(tmp_path / "stored.parquet")
    assert again.vmas.counters["size_kb"].tolist() == [393_216, 8_192]


def test_sizes_of_maps_beside_smaps(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "a.maps").write_text(MAPS)
    (tmp_path / "f" / "b.smaps").write_bytes(SMAPS)
    capture = load_source(str(tmp_path / "f"))
    assert total(capture, "size_kb") == 401_408 + (total(load_source(str(tmp_path / "f" / "b.smaps")), "size_kb") or 0)
    assert total(capture) == 18


def test_a_rollup_has_no_heaps(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.txt", ROLLUP)
    assert heaps(capture) == {NOT_REPORTED: 31_884}
    assert heap_sums(View(capture)) == []
    assert [sums[NOT_REPORTED, ""]["pss_kb"] for _, sums in heap_sums(View(capture), every=True)] == [29_944]


def test_the_release_that_names_show(tmp_path: Path) -> None:
    capture = read(tmp_path / "x.smaps", text(("/dev/ashmem/dalvik-main space (deleted)", 2512)))
    assert heaps(capture) == {"Dalvik Heap": 2512}
    assert capture.device["android"] == "9"
    assert any("9" in note.message for note in capture.notes)


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
PROCRANK = """\
  PID       Vss      Rss      Pss      Uss  cmdline
18283  1730504K  375064K  263512K  247516K  com.android.browser
    1    10484K    2196K    1382K    1020K  /init
                           ------   ------  ------
                          264894K  248536K  TOTAL

 RAM: 5825640K total, 384368K free, 101036K buffers
"""
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


def test_the_phones_memory_of_those_texts(tmp_path: Path) -> None:
    assert read(tmp_path / "x.txt", PROCRANK).system["mem_total_kb"] == 5_825_640
    capture = read(tmp_path / "y.txt", SYSTEM)
    assert total(capture, "swap_pss_kb") == 1_277
    assert {process.oom_level for process in capture.processes} == {"System", "Persistent"}


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


REPORT = f"""\
========================================================
== dumpstate: 2024-01-02 03:04:05
========================================================
Build fingerprint: 'Example/phone/phone:8.1.0/ABC/1:user/release-keys'
Kernel: Linux version 3.18.71-perf (builder@host) #1 SMP PREEMPT

------ DUMPSYS MEMINFO (/system/bin/dumpsys -t 90 meminfo -a) ------
{dump(60_000, 0, pid=2345)}
 Objects
               Views:       36         ViewRootImpl:        2

 DATABASES
      pgsz     dbsz   Lookaside(b)          cache  Dbname
         4       20             23         1/15/2  /data/user/0/com.example.app/databases/private.db

Total PSS by process:
    300,000K: surfaceflinger (pid 500)
     62,000K: com.example.app (pid 2345 / activities)

Total RAM: 1,000,000K (status normal)
 Free RAM:   400,000K (        0K cached pss +   200,000K cached kernel +   200,000K free)
 Used RAM:   520,000K (  410,000K used pss +   110,000K kernel)
 Lost RAM:    80,000K
------ 8.309s was the duration of dumpsys meminfo, ending at: 2025-01-02 03:04:07 ------
------ MEMORY INFO (/proc/meminfo) ------
MemTotal:        1000000 kB
MemFree:          200000 kB
Buffers:           10000 kB
Cached:           240000 kB
Mapped:           100000 kB
Shmem:              4000 kB
SUnreclaim:        16000 kB
PageTables:        20000 kB
VmallocUsed:      240000 kB
------ 0.004s was the duration of 'MEMORY INFO' ------
------ SYSTEM LOG (logcat -v threadtime -d *:v) ------
01-02 03:04:05.000  1000  1000 I Account : someone@example.com signed in at 12.34,56.78
------ 0.100s was the duration of 'SYSTEM LOG' ------
"""


def test_a_capture_of_a_bug_report_has_only_what_it_uses(tmp_path: Path) -> None:
    capture = read(tmp_path / "report.txt", REPORT)
    kept = b"".join(process.text or b"" for process in capture.processes).decode()
    assert kept.startswith("** MEMINFO in pid 2345")
    assert kept.splitlines()[-1].split() == ["Views:", "36", "ViewRootImpl:", "2"]
    everything = json.dumps([[str(problem) for problem in (*capture.problems, *capture.notes)], dict(capture.device)])
    for word in ("someone", "private.db", "logcat", "Account"):
        assert word not in kept
        assert word not in everything
    assert [process.objects for process in capture.processes if process.text] == [{"Views": 36, "ViewRootImpl": 2}]


def test_native_processes_and_the_lines_on_ram_are_the_reports(tmp_path: Path) -> None:
    capture = read(tmp_path / "report.txt", REPORT)
    assert total(capture) == 362_000
    lines = "\n".join(format_ram(ram_facts(capture), 8, every=True, pss=362_000, cached_pss=0, swap_pss=0))
    for number in ("520,000K", "110,000K kernel", "80,000K"):
        assert number in lines


@pytest.mark.parametrize(
    ("kernel", "more", "known"),
    [("3.18.71-perf", {}, False), ("4.3", {}, False), ("4.4.1", {}, True), ("5.10", {}, True), ("", {}, False)]
    + [("", {"kreclaimable_kb": 5}, True)],
)
def test_before_kernel_4_4_vmalloc_counts_addresses(
    tmp_path: Path, kernel: str, more: dict[str, int], known: bool
) -> None:
    capture = read(tmp_path / "x.smaps", SMAPS)
    made = Capture(
        capture.processes,
        capture.vmas,
        "x",
        device={"kernel": kernel} if kernel else {},
        system={"vmalloc_used_kb": 240_000, **more},
    )
    assert ("vmalloc_used_kb" in ram_facts(made)) == known


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "packed",
    [
        zipped(
            {"bugreport-x.zip": zipped({"bugreport-x.txt": REPORT.encode(), "FS/proc/1/x": b"a"}), "log.txt": b"log"}
        ),
        zipped({"dumpState_G991B.log": REPORT.encode(), "lastkmsg.txt": b"kernel", "log/other.log": b"x" * 100}),
        zipped({"main_entry.txt": b"report.dumpstate", "report.dumpstate": REPORT.encode(), "version.txt": b"2.0"}),
        zipped({"x.txt": ("\ufeff" + REPORT).encode()}),
    ],
    ids=["zip in zip", "dumpState", "main_entry.txt", "byte order mark"],
)
def test_reports_as_vendors_pack_them(tmp_path: Path, packed: bytes) -> None:
    (tmp_path / "report.zip").write_bytes(packed)
    capture = load_source(f"bugreport:{tmp_path / 'report.zip'}")
    assert total(capture) == 362_000
    assert total(load_source(str(tmp_path / "report.zip"))) == 362_000


def test_a_zip_without_a_report_lists_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({"photos/one.jpg": b"\xff\xd8", "notes.txt": b"hello"}))
    with pytest.raises(InputError) as error:
        load_source(f"bugreport:{tmp_path / 'x.zip'}")
    assert "notes.txt" in str(error.value)


def test_what_is_refused_shows_its_first_lines_and_what_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path / "x.txt", "first \x1b[31mline\nsecond line " + "x" * 500 + "\n")
    shown = str(error.value)
    assert "second line" in shown
    assert "\x1b" not in shown
    assert len(shown) < 600
    for form in ("smaps", "showmap", "dumpsys meminfo", "procrank", "pmap"):
        assert form in shown


APP = """\
70000000-70001000 r-xp 00000000 fd:00 1                                  /system/bin/app_process64
70002000-70003000 r--p 00000000 fd:00 2                                  /data/app/~~a==/com.google.android.youtube-b==/base.apk
70004000-70005000 r--s 00000000 fd:00 3                                  /data/data/com.example.app/databases/x.db
"""


@pytest.mark.parametrize(
    ("body", "want"),
    [
        (APP, ("com.example.app", "com.example.app")),
        (APP.rsplit("\n", 2)[0] + "\n", ("com.google.android.youtube", "com.google.android.youtube")),
        (
            APP.replace("/data/data/com.example.app/databases/x.db", "/system/framework/services.odex"),
            ("system_server", None),
        ),
        ("70000000-70001000 r-xp 00000000 fd:00 1    /vendor/bin/hw/android.hardware.x@1.0-service\n",)
        + (("/vendor/bin/hw/android.hardware.x@1.0-service", None),),
        (APP.splitlines(keepends=True)[0], None),
    ],
)
def test_who_a_process_is_by_what_it_maps(body: str, want: tuple[str, str | None] | None) -> None:
    assert infer_process(body.encode()) == want


def test_a_folder_of_pids_shows_apps_and_says_that_they_are_inferred(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "7.txt").write_text(APP)
    (tmp_path / "f" / "cold.txt").write_text(APP.replace("app_process64", "x"))
    capture = load_source(str(tmp_path / "f"))
    assert names(capture) == [("com.example.app", 7), ("cold", None)]
    assert any("com.example.app (pid 7)" in note.message for note in capture.notes)


CORPUS = {
    "two-dumps.txt": 92_000,
    "meminfo-android7-swap.txt": 113_391,
    "bom.smaps": 12,
    "utf16.smaps": 12,
    "indented.smaps": 12,
    "logcat.smaps": 12,
    "ashmem-dalvik.smaps": 2512,
    "concatenated.smaps": 24,
    "meminfo-native-process.txt": 1383,
    "showmap-a.txt": 1030,
    "showmap-v.txt": 1030,
    "procrank.txt": 545_986,
    "meminfo-system.txt": 197_396,
    "meminfo-summary.txt": 1_287_534,
    "rollup.txt": 31_884,
    "bugreport-ram.txt": 410_000,
    "bugreport-tail.txt": 410_000,
    "prompt-meminfo": 12,
}


@pytest.mark.parametrize("name", CORPUS)
def test_the_right_number_of_each_report(name: str) -> None:
    assert total(load_source(str(corpus() / "reports" / name))) == CORPUS[name]


def test_the_other_reports() -> None:
    reports = corpus() / "reports"
    assert total(load_source(str(reports / "maps-only.maps")), "size_kb") == 401_408
    assert load_source(str(reports / "tombstone-android8.txt")).counted_vmas == 3
    assert load_source(str(reports / "prompt-meminfo")).system["mem_total_kb"] == 831_400
    assert len(load_source(str(reports / "concatenated.smaps")).processes) == 2


def test_a_packed_text(tmp_path: Path) -> None:
    (tmp_path / "x.txt.gz").write_bytes(gzip.compress(PROCRANK.encode("utf-16")))
    assert total(load_source(str(tmp_path / "x.txt.gz")), "pss_kb") == 264_894
