"""Bug reports as AOSP and vendors pack them."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from droidanon.errors import InputError
from droidanon.model import Capture
from droidanon.platform.views.meminfo_ram import format_ram, ram_facts
from droidanon.sources.resolve import load_source
from tests.unit.sources.files.reported_texts import SMAPS, dump, read, total

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
