"""How the files of a folder or archive are recognised, and which notes that gives."""

from __future__ import annotations

import gzip
import itertools
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pytest

from droidanon.errors import InputError
from droidanon.sources.files.contents import Item
from droidanon.sources.resolve import load_source
from droidanon.store.parquet import load_capture, save_capture
from tests.builders import capture
from tests.messages import mentions, numbers
from tests.unit.sources.files.folders import (
    LARGE,
    MEMINFO,
    PS,
    ROLLUP,
    SMALL,
    fill,
    maps,
    note_messages,
    pss_by_process,
)

KERNEL_THREAD = "2 (kthreadd) S 0 0 0 0 -1 2129984 " + "0 " * 14
DUMPSYS = """Applications Memory Usage (in Kilobytes):
Uptime: 426788 Realtime: 426788

** MEMINFO in pid 7 [com.example.app] **
                   Pss  Private  Private  SwapPss      Rss     Heap     Heap     Heap
                 Total    Dirty    Clean    Dirty    Total     Size    Alloc     Free
                ------   ------   ------   ------   ------   ------   ------   ------
  Native Heap    80860    80824        4       25    82336   139028   129931     4490
   EGL mtrack      300      300        0        0      300
        TOTAL    81160    81124        4       25    82636   139028   129931     4490

 Objects
               Views:       12         ViewRootImpl:        1
"""


def stat(pid: int) -> str:
    return f"{pid} (a.comm) S 1 " + "0 " * 17 + "99 0"


def tar(folder: Path, out: Path, mode: str) -> Path:
    with tarfile.open(out, mode) as archive:  # type: ignore[call-overload]
        archive.add(folder, folder.name)
    return out


def zst(folder: Path, out: Path) -> Path:
    out.write_bytes(pa.Codec("zstd").compress(tar(folder, out.with_suffix(""), "w").read_bytes(), asbytes=True))
    return out


def zipped(folder: Path, out: Path) -> Path:
    with zipfile.ZipFile(out, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder.parent))
    return out


PACKERS: dict[str, Callable[[Path, Path], Path]] = {
    "folder": lambda folder, out: folder,
    "x.tar": lambda folder, out: tar(folder, out, "w"),
    "x.tar.gz": lambda folder, out: tar(folder, out, "w:gz"),
    "x.tar.xz": lambda folder, out: tar(folder, out, "w:xz"),
    "x.tar.zst": zst,
    "x.zip": zipped,
}
LAYOUTS = {
    "PID.smaps": {"7.smaps": SMALL, "8.smaps": LARGE, "ps.txt": PS},
    "PID.txt": {"smaps/7.txt": SMALL, "smaps/8.txt": LARGE, "ps_20260101.txt": PS},
    "smaps_PID.txt": {"smaps_7.txt": SMALL, "smaps_8.txt": LARGE, "processes": PS},
    "PROCESS-PID/smaps": {"com.example.app:remote-7/smaps": SMALL, "surfaceflinger-8/smaps": LARGE},
    "PID/smaps": {"7/smaps": SMALL, "8/smaps": LARGE, "ps.txt": PS},
    "/proc as smem keeps it": {
        "7/smaps": SMALL,
        "7/cmdline": "com.example.app:remote\0",
        "7/stat": stat(7),
        "8/smaps": LARGE,
        "8/cmdline": "surfaceflinger\0--x\0",
        "8/stat": stat(8),
        "2/smaps": "",
        "2/cmdline": "",
        "2/stat": KERNEL_THREAD,
        "meminfo": MEMINFO,
        "version": "Linux version 4.14.170-g1 (a@b) #1\n",
    },
}


@pytest.mark.parametrize("packer", PACKERS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_phone_in_every_layout_and_packing(tmp_path: Path, layout: str, packer: str) -> None:
    found = load_source(str(PACKERS[packer](fill(tmp_path / "phone", LAYOUTS[layout]), tmp_path / packer)))
    assert pss_by_process(found) == {"com.example.app:remote": 10, "surfaceflinger": 105}
    assert sorted((process.name, process.pid, process.package) for process in found.processes) == [
        ("com.example.app:remote", 7, "com.example.app"),
        ("surfaceflinger", 8, None),
    ]
    assert not found.problems
    assert mentions(note_messages(found)[0], "2 smaps")
    assert (len(note_messages(found)) > 1) == (layout != "PROCESS-PID/smaps")


def test_what_proc_tells(tmp_path: Path) -> None:
    folder = fill(tmp_path / "phone", LAYOUTS["/proc as smem keeps it"])
    fill(folder, {"7/status": "Name:\tx\nUid:\t10123\t1\t1\t1\nVmRSS:\t77 kB\n", "7/oom_score_adj": "-900\n"})
    fill(folder, {"8/cmdline": "", "9/cmdline": "alone\0"})
    found = load_source(str(folder))
    app = next(process for process in found.processes if process.pid == 7)
    assert (app.uid, app.ppid, app.start_time, app.oom_score_adj, dict(app.status_kb)) == (
        10123,
        1,
        99,
        -900,
        {"vm_rss_kb": 77},
    )
    assert next(process for process in found.processes if process.pid == 8).name == "[a.comm]"
    assert found.system["mem_total_kb"] == 3_809_036
    assert found.device["kernel"] == "4.14.170-g1"
    texts, names, facts, without = note_messages(found)
    assert mentions(texts, "2 smaps", "1")
    assert mentions(names, "phone/*/cmdline (1)", "phone/*/stat (1)")
    assert mentions(facts, "/proc/meminfo, /proc/version")
    assert mentions(without, "1", "phone/9")


def smemcap(files: dict[str, bytes]) -> bytes:
    """A tar as smem's smemcap.c (and busybox) writes it: GNU's magic, bare headers, nothing at the end."""
    out = b""
    for name, data in files.items():
        head = bytearray(512)
        for place, value in (
            (0, name),
            (100, "444"),
            (108, "0"),
            (116, "0"),
            (124, f"{len(data):o}"),
            (136, "0"),
            (257, "ustar  "),
        ):
            head[place : place + len(value)] = value.encode()
        head[156] = ord("5" if name.isdecimal() else "0")
        head[155] = ord(" ")
        head[148:154] = b"%06o" % (ord(" ") * 7 + sum(head))
        out += bytes(head) + data + bytes(-len(data) % 512)
    return out


def test_a_tar_of_smemcap(tmp_path: Path) -> None:
    files = {name: body.encode() for name, body in LAYOUTS["/proc as smem keeps it"].items()}
    (tmp_path / "x.tar").write_bytes(smemcap({"7": b"", **files}))
    found = load_source(str(tmp_path / "x.tar"))
    assert pss_by_process(found) == {"com.example.app:remote": 10, "surfaceflinger": 105}
    assert not found.problems


def test_the_layout_of_aosps_test_data(tmp_path: Path) -> None:
    """system/memory/libmeminfo/testdata1: texts of several processes, without pids, beside other files of /proc."""
    files = {
        "smaps": LARGE,
        "smaps_rollup": ROLLUP,
        "smaps_short": SMALL,
        "maps_short": maps(SMALL),
        "vmstats": "pswpin 7\n",
        "vmallocinfo": "0x0-0x1 20480 f+0x1/0x2 pages=4 vmalloc\n",
        "mm_stat": "145674240 26801454 87908352\n",
    }
    found = load_source(str(fill(tmp_path / "testdata1", files)))
    assert pss_by_process(found) == {"testdata1": 105, "smaps_short": 10, "maps_short": 0}
    assert [process.fidelity for process in found.processes] == ["maps", "smaps", "smaps"]
    assert [problem.where for problem in found.problems] == ["testdata1/mm_stat", "testdata1/vmallocinfo"]
    assert mentions(note_messages(found)[0], "testdata1/smaps_rollup", "testdata1/smaps")
    assert found.system["pswpin"] == 7


def test_a_dump_of_one_app_with_what_lies_beside_it(tmp_path: Path) -> None:
    """As Gracker's Android-App-Memory-Analysis dumps it: `PACKAGE_TIME/{smaps,meminfo,proc_meminfo,...}.txt`, `meta.txt`."""
    files = {
        "smaps.txt": LARGE,
        "meminfo.txt": DUMPSYS,
        "proc_meminfo.txt": MEMINFO,
        "gfxinfo.txt": "Applications Graphics:\n",
        "meta.txt": "Package: com.example.app\nPID: 7\nTimestamp: 20251225_120000\n",
        "zram_swap.txt": "===== /proc/swaps\n",
    }
    folder = fill(tmp_path / "com.example.app_20251225_120000", files)
    (folder / "heap.hprof").write_bytes(b"JAVA PROFILE 1.0.3\0" + bytes(1 << 17))
    found = load_source(str(folder))
    (process,) = found.processes
    assert (process.name, process.pid, process.package) == ("com.example.app", 7, "com.example.app")
    assert (dict(process.not_in_smaps_kb), process.objects["Views"]) == ({"EGL mtrack": 300}, 12)
    assert process.heap_alloc_kb["Native Heap"] == 129_931
    assert (pss_by_process(found), found.created, found.system["mem_total_kb"]) == (
        {"com.example.app": 105},
        "2025-12-25T12:00:00Z",
        3_809_036,
    )
    assert len(found.problems) == 3
    assert len({problem.message for problem in found.problems}) == 1
    (folder / "smaps.txt").unlink()
    assert load_source(str(folder)).processes[0].fidelity == "meminfo"
    (folder / "meta.txt").unlink()
    fill(folder, {"smaps": LARGE})
    assert load_source(str(folder)).processes[0].pid == 7  # by the only table that lies beside it


def test_a_folder_of_proc_that_was_pulled_alone(tmp_path: Path) -> None:
    files = {
        "smaps": SMALL,
        "smaps_rollup": ROLLUP,
        "maps": maps(SMALL),
        "stat": stat(7),
        "cmdline": "com.example.app\0",
    }
    found = load_source(str(fill(tmp_path / "pulled", files)))
    assert [(process.name, process.pid) for process in found.processes] == [("com.example.app", 7)]
    assert pss_by_process(found) == {"com.example.app": 10}


def test_files_with_the_pid_first(tmp_path: Path) -> None:
    """As Gracker's memory_analyzer.py leaves them."""
    found = load_source(str(fill(tmp_path / "x", {"7_smaps_file.txt": LARGE, "7_meminfo_file.txt": DUMPSYS})))
    (process,) = found.processes
    assert (process.pid, process.fidelity, dict(process.not_in_smaps_kb)) == (7, "smaps", {"EGL mtrack": 300})


def test_showmap_only(tmp_path: Path) -> None:
    columns = " virtual                     shared   shared  private  private\n    size      RSS      PSS    clean    dirty    clean    dirty     swap  swapPSS   # object\n"
    row = "      64       20       10        0        0        0       10        0        0   1 [anon:scudo:primary]\n"
    folder = fill(tmp_path / "com.a-7", {"showmap": columns + row})
    (process,) = load_source(str(folder)).processes
    assert (process.name, process.pid, process.fidelity, process.rows) == ("com.a", 7, "showmap", 1)
    fill(folder, {"smaps": SMALL})
    assert load_source(str(folder)).processes[0].fidelity == "smaps"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (PS, "ps"),
        (MEMINFO, "/proc/meminfo"),
        ("== dumpstate: 2026-01-01 00:00:00\n", "bug report"),
        ("Applications Memory Usage (in Kilobytes):\nNo process found for: com.a\n", "dumpsys meminfo"),
        ("signal 11\nmemory map:\n", "tombstone"),
        ("hello\n", "smaps"),
    ],
)
def test_one_file_that_is_something_else(tmp_path: Path, body: str, word: str) -> None:
    path = tmp_path / "x.txt"
    for content in (body.encode(), gzip.compress(body.encode())):
        path.write_bytes(content)
        with pytest.raises(InputError) as caught:
            load_source(str(path))
        assert mentions(str(caught.value), "x.txt", word)


def test_which_files_are_hidden() -> None:
    parts = ("a", ".x", "..", ".", "...", "__MACOSX", "__MACOSXx", "x__MACOSX", "", "a.b", "..a")
    for words in itertools.product(parts, repeat=2):
        name = "/".join(words)
        hidden = any(part == "__MACOSX" or (part[0] == "." and part != "..") for part in PurePosixPath(name).parts)
        assert Item(name, b"").hidden is hidden, name


def test_hidden_files_and_links_are_said_to_be_left_out(tmp_path: Path) -> None:
    folder = fill(tmp_path / "x", {"7.smaps": SMALL, "8.smaps": LARGE, ".9.smaps": SMALL})
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(folder, ".")
        info = tarfile.TarInfo("10.smaps")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    for source, problems in ((folder, 0), (tmp_path / "x.tar", 1)):
        found = load_source(str(source))
        assert sum(pss_by_process(found).values()) == 115
        assert numbers(note_messages(found)[-1]) == [1]
        assert len(found.problems) == problems


def test_a_zip_with_the_separators_of_windows(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name, body in LAYOUTS["PID/smaps"].items():
            archive.writestr(f"phone/{name}", body)
    data = (tmp_path / "x.zip").read_bytes()
    for name in LAYOUTS["PID/smaps"]:
        data = data.replace(f"phone/{name}".encode(), f"phone/{name}".replace("/", "\\").encode())
    (tmp_path / "x.zip").write_bytes(data)
    assert pss_by_process(load_source(str(tmp_path / "x.zip"))) == {"com.example.app:remote": 10, "surfaceflinger": 105}


def test_what_was_said_is_kept_in_a_capture(tmp_path: Path) -> None:
    found = load_source(str(fill(tmp_path / "x", LAYOUTS["PID.smaps"])))
    assert load_capture(save_capture(found, tmp_path / "x.parquet")).notes == found.notes
    assert len(load_source(str(fill(tmp_path / "y", {"a.smaps": SMALL}))).notes) == 1
    assert not load_source(str(tmp_path / "y" / "a.smaps")).notes
    assert not capture().notes
