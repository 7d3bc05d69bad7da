"""Whatever lies in a folder or archive: no importer fails on it, and each file is taken or said to be left out."""

from __future__ import annotations

import contextlib
import io
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from droidanon.errors import DroidanonError, InputError
from droidanon.platform.readers.tombstone import parse_tombstones
from droidanon.sources.files.contents import Item
from droidanon.sources.files.importer import gather
from droidanon.sources.perfetto.packets import looks_like_trace
from droidanon.sources.resolve import load_source, resolve
from droidanon.store.parquet import save_capture
from tests.builders import text
from tests.unit.sources.files.reported_texts import PROCRANK, dump
from tests.unit.sources.files.test_bugreport_texts import REPORT
from tests.unit.sources.files.test_meminfo_dumps import ANDROID_7
from tests.unit.sources.files.test_tool_texts import ASAN, LOW, NATIVE, PMAP, SUMMARY, SYSTEM

SMAPS = text(("[anon:scudo:primary]", 10), ("[heap]", 3)).encode()
PIECES = [
    SMAPS,
    SMAPS[:-40],
    SMAPS[50:],
    b">>PID_START: 7 com.a b\n",
    b">>PID_END: 7\n",
    b">>PID_END: 99999999999\n",
    b"PID PPID NAME\n7 1 com.a\n",
    b"memory map (2 entries):\n    10000000-10000fff rw-         0      1000  [heap]\n",
    b"pid: 7, tid: 8, name: x  >>> com.a <<<\n",
    b"MemTotal:  5 kB\n",
    b"** MEMINFO in pid 7 [com.a] **\n",
    b"Package: com.a\nPID: 7\n",
    b"[ro.a]: [b]\n",
    b"== dumpstate: 2\n",
    b"    size      RSS      PSS    # object\n",
    b"\x0a\x02\x08\x01",
    b"PAR1",
    b"\0\0",
    b"\x1b[2J",
    b"Linux version 4\n",
    b"\n",
    b"\xff\xfe",
]
NAMES = st.sampled_from(
    [
        "7.smaps",
        "smaps",
        "7/smaps",
        "7/cmdline",
        "7/stat",
        "7/status",
        "status",
        "com.a-7/smaps",
        "meminfo",
        "version",
        "ps.txt",
        "a/../7.txt",
        "../../etc/smaps",
        "/etc/passwd",
        "smaps_20260102_030405_7.txt",
        "a\x1b[2J.txt",
        "a\\b.smaps",
        ".x",
        "meta.txt",
        "uptime",
        "b/7.smaps",
        "oom_score_adj",
    ]
)
CONTENTS = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=30)), max_size=4).map(b"".join)
FILES = st.lists(st.tuples(NAMES, CONTENTS), max_size=6)


@given(FILES, st.booleans())
@example([("ps.txt", b"PID PPID NAME\n7 1 com.a\n")], False)
def test_every_file_is_taken_or_said_to_be_left_out(files: list[tuple[str, bytes]], alone: bool) -> None:
    found = gather([Item(name, data) for name, data in files], "x", alone)
    assert sum(found.kinds.values()) == sum(not Item(name, b"").hidden for name, _ in files)
    for reading in found.readings:
        assert reading.reported is not None or reading.text is not None
    spoken = " ".join(str(problem) for problem in (*found.problems, *found.notes))
    if files and not found.readings and any(not Item(name, b"").hidden for name, _ in files) and not alone:
        assert spoken or not found.kinds


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(FILES, st.booleans())
def test_archives(tmp_path: Path, files: list[tuple[str, bytes]], zipped: bool) -> None:
    path = tmp_path / "x"
    if zipped:
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in dict(files).items():
                archive.writestr(name, data)
    else:
        with tarfile.open(path, "w") as out:
            for name, data in files:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                out.addfile(info, io.BytesIO(data))
    try:
        taken = load_source(str(path))
    except DroidanonError as error:
        assert str(error).isprintable()
    else:
        assert all(str(problem).isprintable() for problem in taken.notes)
    assert list(tmp_path.iterdir()) == [path]


@given(st.text(alphabet="0123456789abcdef-' rwx\n>[]()memory map:", max_size=200))
def test_tombstones(rest: str) -> None:
    parse_tombstones(f"memory map:\n{rest}".encode())


@given(st.binary(max_size=200))
def test_traces(data: bytes) -> None:
    looks_like_trace(data)
    looks_like_trace(b"\x0a" + data)


@pytest.mark.parametrize("name", ["..", ".", "", "/", "a/.."])
def test_names_without_a_name(name: str) -> None:
    gather([Item(name, SMAPS)], "x")


FORMS = (SMAPS.decode(), PROCRANK, SYSTEM, NATIVE, SUMMARY, PMAP, LOW, ASAN, ANDROID_7, REPORT, dump(10_000, 200_000))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None, max_examples=150
)
@given(
    st.sampled_from(FORMS),
    st.sampled_from(["", "    ", "> ", "08-22 12:04:37.390  6155  6155 W art     : ", "/proc/7/smaps:"]),
    st.sampled_from(["utf-8", "utf-16", "utf-8-sig", "utf-16-be"]),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 300), st.text(max_size=60)), max_size=4),
)
def test_no_text_of_any_form_raises_anything_but_a_refusal(
    tmp_path: Path, form: str, prefix: str, encoding: str, cuts: list[tuple[int, int, str]]
) -> None:
    body = "".join(prefix + line for line in form.splitlines(keepends=True))
    for start, length, junk in cuts:
        place = start % (len(body) + 1)
        body = body[:place] + junk + body[place + length :]
    path = tmp_path / "x.txt"
    path.write_bytes(body.encode(encoding, "surrogatepass"))
    with contextlib.suppress(InputError):
        for member in resolve(str(path)).members:
            save_capture(member.read(), tmp_path / "x.parquet")


@pytest.mark.parametrize(
    "unit",
    [
        "> " * 50,
        " " * 200,
        "PID Vss Rss Pss Uss cmdline\n",
        "-------- -------- --------\n",
        "Low on memory\n",
        "\t0x1-0x2\n",
    ]
    + [
        "70000000-70001000 rw-p 0 0:0 0\n",
        "** MEMINFO in pid 1 [a] **\n",
        "    (pid 5) " * 20 + "\n",
        "pid: 1, tid: 1, name: a >>>",
    ],
)
def test_long_texts_take_no_quadratic_time(tmp_path: Path, unit: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(unit * (500_000 // len(unit)))
    began = time.process_time()
    with contextlib.suppress(InputError):
        load_source(str(path))
    assert time.process_time() - began < 20
