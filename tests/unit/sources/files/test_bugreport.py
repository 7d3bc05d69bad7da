"""Bug reports: text, zip and parts; what is in which section; what was refused."""

from __future__ import annotations

import io
import re
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.view import View
from droidanon.errors import InputError, ProcessError
from droidanon.smaps.writer import write_process
from droidanon.sources.resolve import load_source
from tests.builders import text
from tests.corpus import corpus

SHOWMAP = """\
 virtual                     shared   shared  private  private
    size      RSS      PSS    clean    dirty    clean    dirty     swap  swapPSS   # object
-------- -------- -------- -------- -------- -------- -------- -------- -------- ---- ------------------------------
    2048     1500     1400       50       50        0     1400        0        0    3 [anon:scudo:primary]
      64       10        5       10        0        0        0        0        0    1 /system/lib64/libc.so
-------- -------- -------- -------- -------- -------- -------- -------- -------- ---- ------------------------------
    2112     1510     1405       60       50        0     1400        0        0    4 TOTAL
"""
MEMINFO = """\
** MEMINFO in pid {pid} [{name}] **
                   Pss  Private  Private  SwapPss      Rss     Heap     Heap     Heap
                 Total    Dirty    Clean    Dirty    Total     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------   ------   ------
  Native Heap     1400     1400        0        3     1500     5948     5646      301
  Dalvik Heap        0        0        0        0        0        0        0        0
   EGL mtrack     9000     9000        0        0     9000
      Unknown        5        0        0        0       10
        TOTAL    10408    10400        0        3    10510     5948     5646      301

 Objects
               Views:       12         ViewRootImpl:        2
"""
TOMBSTONE = """\
pid: 5, tid: 5, name: com.crashed  >>> com.crashed <<<
memory map (1 entries):
    00000070'00000000-00000070'00000fff rw-         0      1000  [anon:scudo:primary]
"""
REPORT = f"""\
========================================================
== dumpstate: 2025-01-02 03:04:05
========================================================
Build: AP3A
Build fingerprint: 'brand/product/device:14/AP3A.1/123:userdebug/dev-keys'
Kernel: Linux version 5.10.1-android (x) #1
------ MEMORY INFO (/proc/meminfo) ------
MemTotal:        4000000 kB
MemFree:          300000 kB
------ 0.001s was the duration of 'MEMORY INFO' ------
------ SYSTEM PROPERTIES (getprop) ------
[ro.product.model]: [Some Phone]
------ 0.001s was the duration of 'SYSTEM PROPERTIES' ------
------ SHOW MAP 77: com.example.app ------
{SHOWMAP}------ 0.060s was the duration of 'SHOW MAP 77: com.example.app' ------
------ SHOW MAP 1 (/init) (/system/xbin/su root showmap -q 1) ------
{SHOWMAP}------ 0.060s was the duration of 'SHOW MAP 1 (/init)' ------
------ SHOW MAP 2 ([kthreadd]) (/system/xbin/su root showmap -q 2) ------
------ 0.028s was the duration of 'SHOW MAP 2 ([kthreadd])' ------
------ PROCRANK (/system/xbin/su root procrank) ------
  PID       Vss      Rss      Pss      Uss  cmdline
   77     2112K    1510K    1405K    1400K  com.example.app
   90      900K     500K     400K     300K  com.other
                           ------   ------  ------
                            1805K    1700K  TOTAL
------ 0.5s was the duration of 'PROCRANK' ------
{MEMINFO.format(pid=77, name="com.example.app")}
{MEMINFO.format(pid=88, name="com.locked")}
--------- 2.066s was the duration of dumpsys meminfo, ending at: 2025-01-02 03:04:07
"""


@pytest.fixture(params=["txt", "zip", "tar"])
def report(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    path = tmp_path / f"bugreport.{request.param}"
    if request.param == "txt":
        path.write_text(REPORT)
    elif request.param == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("bugreport-device-2025.txt", REPORT)
            archive.writestr("FS/proc/77/mountinfo", "------ SHOW MAP 5: x ------\n" + SHOWMAP)
            archive.writestr("dumpstate_board.bin", b"\0\1")
    else:
        with tarfile.open(path, "w") as archive:
            for number, part in enumerate(REPORT.split("------ PROCRANK")):
                data = (("------ PROCRANK" if number else "") + part).encode()
                member = tarfile.TarInfo(f"part{number}.txt")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return f"bugreport:{path}"


def test_each_process_has_the_finest_that_was_told(report: str) -> None:
    capture = load_source(report)
    assert {(p.pid, p.name, p.fidelity, p.rows) for p in capture.processes} == {
        (77, "com.example.app", "showmap", 2),
        (1, "/init", "showmap", 2),
        (88, "com.locked", "meminfo", 3),
        (90, "com.other", "totals", 1),
    }
    assert capture.access == "bugreport"
    assert (capture.device["android"], capture.device["model"]) == ("14", "Some Phone")
    assert (capture.device["kernel"], capture.device["reported"]) == ("5.10.1-android", "2025-01-02 03:04:05")
    assert capture.system["mem_total_kb"] == 4_000_000
    assert not capture.problems
    shown = next(p for p in capture.processes if p.pid == 77)
    assert (shown.not_in_smaps_kb, shown.objects["Views"]) == ({"EGL mtrack": 9000}, 12)


def test_without_its_prefix_it_is_known_by_what_is_in_it(report: str) -> None:
    """As a file, and on stdin; a note says what it was taken for."""
    path = report.removeprefix("bugreport:")
    plain = load_source(path)
    assert plain.processes == load_source(report).processes
    (note,) = plain.notes
    assert note.where == path
    assert f"bugreport:{path}" in note.message
    assert {process.pid for process in load_source(path, app="com.locked").processes} == {88}


def test_a_zip_with_tombstones_and_empty_files_is_a_bug_report_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "bugreport.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("FS/data/tombstones/tombstone_00", TOMBSTONE)
        archive.writestr("FS/data/misc/empty", "")
        archive.writestr("bugreport-device-2025.txt", REPORT)
    taken = load_source(str(path))
    assert {process.pid for process in taken.processes} == {77, 1, 88, 90}
    assert breakdown(View(taken), ("app",)).totals["pss_kb"] == 4615


def test_a_bug_report_on_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(REPORT.encode())))
    taken = load_source("-")
    assert {process.pid for process in taken.processes} == {77, 1, 88, 90}
    assert [note.where for note in taken.notes] == ["-"]


def test_texts_of_showmap_under_dumpstates_titles_are_those_of_several_processes(tmp_path: Path) -> None:
    """So does `droidanon showmap` print several."""
    path = tmp_path / "showmap.txt"
    path.write_text("".join(f"------ SHOW MAP {pid}: com.{pid} ------\n{SHOWMAP}" for pid in (7, 8)))
    assert {process.pid for process in load_source(str(path)).processes} == {7, 8}


def test_names_and_heaps(report: str) -> None:
    rows = breakdown(View(load_source(report)), ("app", "heap")).rows.records()
    assert {(row["app"], row["heap"]): row["pss_kb"] for row in rows if row["pss_kb"]} == {
        ("com.example.app", "Native Heap"): 1400,
        ("com.example.app", ".so mmap"): 5,
        ("/init", "Native Heap"): 1400,
        ("/init", ".so mmap"): 5,
        ("com.locked", "Native Heap"): 1400,
        ("com.locked", "Unknown"): 5,
        ("com.other", "(not reported)"): 400,
    }


def test_the_exact_text_of_each_process_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(REPORT)
    capture = load_source(f"bugreport:{path}")
    index = next(i for i, p in enumerate(capture.processes) if p.pid == 77)
    assert b"".join(write_process(capture, index)).decode() == SHOWMAP


def test_smaps_in_a_section_is_smaps(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(f"== dumpstate: 2025-01-02 03:04:05\n------ SMAPS 7: com.a ------\n{text(('[anon:x]', 4))}")
    (process,) = load_source(f"bugreport:{path}").processes
    assert (process.fidelity, process.rows) == ("smaps", 1)


def test_one_app(report: str) -> None:
    assert {p.pid for p in load_source(report, app="com.locked").processes} == {88}
    with pytest.raises(ProcessError, match=r"com\.lockd.*com\.locked"):
        load_source(report, app="com.lockd")


def test_a_table_that_was_cut_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(re.sub(r".*libc.so\n", "", REPORT))
    where = {problem.where for problem in load_source(f"bugreport:{path}").problems}
    assert {"com.example.app", "/init"} <= {name.split(" (")[0] for name in where}


@pytest.mark.parametrize("content", [b"hello\n", b"", b"== dumpstate: 2025-01-02 03:04:05\n", b"PK\x03\x04 broken"])
def test_what_is_none(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(InputError, match=str(path)):
        load_source(f"bugreport:{path}")
    with pytest.raises(InputError, match="gone"):
        load_source(f"bugreport:{tmp_path / 'gone'}")


def test_a_user_build_refuses_and_says_so() -> None:
    with pytest.raises(InputError, match=r"\d+ SHOW MAP"):
        load_source(f"bugreport:{corpus() / 'meminfo' / 'showmap-refused-emulator-10.txt'}")


def test_a_real_one_has_the_platforms_totals() -> None:
    """Every process's sums are those of the TOTAL rows in the text."""
    path = corpus() / "bugreport-rk3399-9-userdebug.tar.xz"
    with tarfile.open(path) as archive:
        member = next(m for m in archive if m.name.endswith("showmap.txt"))
        file = archive.extractfile(member)
        assert file is not None
        lines = file.read().decode().splitlines()
    totals = [[int(word) for word in line.split()[:9]] for line in lines if line.endswith(" TOTAL")]
    capture = load_source(f"bugreport:{path}")
    assert not [problem for problem in capture.problems if "do not sum" in problem.message]
    rows = breakdown(View(capture), ("process",)).rows.records()
    told = {p.pid for p in capture.processes if p.fidelity == "showmap"}
    keys = (
        "size_kb",
        "rss_kb",
        "pss_kb",
        "shared_clean_kb",
        "shared_dirty_kb",
        "private_clean_kb",
        "private_dirty_kb",
        "swap_kb",
        "swap_pss_kb",
    )
    ours = sorted([row[key] for key in keys] for row in rows if row["pid"] in told)
    assert ours == sorted(total for total in totals if total[0])


CHECKIN = """\
== dumpstate: 2025-01-02 03:04:05
------ CHECKIN MEMINFO (/system/bin/dumpsys -T 30000 meminfo --checkin) ------
time,1,1
4,{pid},{name},9,8,N/A,17,7,6,N/A,13,2,2,N/A,4,100,20,30,150,0,0,4,4,1,1,1,3,0,0,9,9,90,10,20,120,0,0,5,5,0,0,0,0,0,0,0,0,Stack,11,0,0,0,11,0,0,0,
------ 0.1s was the duration of 'CHECKIN MEMINFO' ------
"""


def test_the_form_for_machines_is_read_where_there_is_no_other(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text(CHECKIN.format(pid=99, name="com.third") + CHECKIN.format(pid=77, name="com.example.app") + REPORT)
    taken = load_source(f"bugreport:{path}")
    by_pid = {process.pid: process for process in taken.processes}
    assert by_pid[99].fidelity == "meminfo"
    assert by_pid[77].fidelity == "showmap"
    assert by_pid[77].not_in_smaps_kb == {"EGL mtrack": 9000}
    rows = breakdown(View(taken), ("process", "heap")).rows.records()
    told = {row["heap"]: row["pss_kb"] for row in rows if row["process"] == "com.third"}
    assert told == {"Native Heap": 100, "Dalvik Heap": 20, "Stack": 11, "Unknown": 19}


def test_the_form_for_machines_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "checkin.txt"
    path.write_text(CHECKIN.splitlines()[3].format(pid=99, name="com.third") + "\n")
    (process,) = load_source(str(path)).processes
    assert (process.name, process.pid, process.fidelity) == ("com.third", 99, "meminfo")


def test_a_webview_renderer_belongs_to_the_app_that_shows_it(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    renderer = "com.google.android.webview:sandboxed_process0:org.X0:0"
    records = f"""DUMP OF SERVICE activity:
ACTIVITY MANAGER RUNNING PROCESSES (dumpsys activity processes)
  *APP* UID 10234 ProcessRecord{{1a2 77:com.example.app/u0a234}}
    packageList={{com.example.app}}
  *APP* UID 99003 ProcessRecord{{1a3 4711:{renderer}/u0a234i3}}
    packageList={{com.example.app}}
ACTIVITY MANAGER SERVICES (dumpsys activity services)
  *APP* UID 10999 ProcessRecord{{1a4 4711:{renderer}/u0a999}}
    packageList={{com.not.read}}
"""
    tables = "".join(MEMINFO.format(pid=pid, name=name) for pid, name in ((77, "com.example.app"), (4711, renderer)))
    path.write_text(f"{REPORT}\n------ DUMPSYS (dumpsys) ------\n{records}{tables}")
    packages = {process.pid: process.package for process in load_source(str(path)).processes}
    assert (packages[77], packages[4711]) == ("com.example.app", "com.example.app")


def test_states_of_the_activity_manager(tmp_path: Path) -> None:
    lists = """\
DUMP OF SERVICE CRITICAL activity:
ACTIVITY MANAGER LRU PROCESSES (dumpsys activity lru)
  Other:
  # 3: prcp     FGS  ---NFUATI 77:com.example.app/u0a77
  # 2: cch+25   CEM  -------- 88:com.stranger/u0a88
"""
    path = tmp_path / "report.txt"
    path.write_text(REPORT + lists)
    states = {process.pid: (process.state, process.oom_score_adj) for process in load_source(str(path)).processes}
    assert states[77] == ("FGS", 200)
    assert states[88] == (None, None)  # its name shows that the list has another process
    path.write_text(REPORT + "------ SYSTEM LOG ------\n" + lists.partition("\n")[2].partition("\n")[2])
    assert {process.state for process in load_source(str(path)).processes} == {None}


def test_the_status_of_the_memory_limiter(tmp_path: Path) -> None:
    status = """\
------ SYSTEM PROPERTIES (getprop) ------
[dalvik.vm.heapgrowthlimit]: [256m]
[dalvik.vm.heapsize]: [1g]
------ DUMPSYS HIGH (/system/bin/dumpsys) ------
DUMP OF SERVICE CRITICAL activity:
  Memory limiter
    enabled                  limits=true              monitoring=true          killing=true             ignored=none
    visibleMem=1948MB        visibleSwap=974MB        notVisibleMem=900MB      notVisibleSwap=487MB

  mAnything=1
"""
    path = tmp_path / "report.txt"
    path.write_text(REPORT + status)
    assert load_source(str(path)).limits == {
        "limiter": "on",
        "limiter_source": "status",
        "limiter_visible_high_kb": 1948 * 1024,
        "limiter_not_visible_high_kb": 900 * 1024,
        "limiter_visible_swap_kb": 974 * 1024,
        "limiter_not_visible_swap_kb": 487 * 1024,
        "heap_growth_limit_kb": 256 * 1024,
        "heap_size_kb": 1024 * 1024,
    }


def test_levels_zram_and_the_gpu_are_told_by_dumpsys(tmp_path: Path) -> None:
    whole = """\
Total PSS by OOM adjustment:
      2,000K: Cached
          2,000K: com.example.app (pid 77 / activities)

Total RAM: 4,000,000K (status normal)
      GPU:    98,304K (   90,000K dmabuf +     8,304K private)
     ZRAM:     1,200K physical used for     3,000K in swap (2,000,000K total swap)
"""
    path = tmp_path / "report.txt"
    path.write_text(REPORT + whole)
    taken = load_source(f"bugreport:{path}")
    assert {process.pid: process.oom_level for process in taken.processes}[77] == "Cached"
    assert (taken.system["zram_used_kb"], taken.system["gpu_kb"]) == (1200, 98304)
