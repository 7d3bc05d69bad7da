"""The collector's script in the shells that are here, on a /proc of files."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.sources.adb.frames import new_marker, parse_frames
from droidanon.sources.phone.collector import SCRIPT, batches, quoted
from droidanon.sources.phone.session_result import Collected, collect
from droidanon.sources.reading import ReadOutcome
from tests.builders import text
from tests.unit.sources.phone.script_command import command
from tests.waiting import PATIENCE_S

SMAPS = text(("[anon:scudo:primary]", 10)).encode()
SHELLS = [shell for shell in ("mksh", "dash", "bash") if shutil.which(shell)]

pytestmark = pytest.mark.skipif(not SHELLS, reason="no shell here")


def add(proc: Path, pid: int, cmdline: bytes, *, flags: int = 0, comm: str = "x", smaps: bytes | None = SMAPS) -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    (folder / "stat").write_text(f"{pid} ({comm}) S 1 1 1 0 -1 {flags} " + "0 " * 12 + f"{pid * 10} 0\n")
    (folder / "cmdline").write_bytes(cmdline)
    (folder / "oom_score_adj").write_text("-900\n")
    (folder / "status").write_text("Name:\tx\nUid:\t10001\t0\t0\t0\nVmSize:\t  64 kB\nVmRSS:\t 8 kB\n")
    if smaps is not None:
        (folder / "smaps").write_bytes(smaps)


def run(
    shell: str, proc: Path, *words: str, prepare: Callable[[int], object] = lambda own: None, path: str = ""
) -> Collected:
    """`prepare` is called with the pid of the shell before the script begins; `path`: where programs are looked for first."""
    marker = new_marker()
    script = "read -r go\n" + SCRIPT.replace("/proc", str(proc))
    with subprocess.Popen(
        [shell, "-c", script, "droidanon", marker, *(words or ("every",))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd="/",
        env={"PATH": f"{path}:{os.environ['PATH']}"},
    ) as running:
        prepare(running.pid)
        out, err = running.communicate(b"\n", timeout=PATIENCE_S)
    assert err == b""
    into = Collected()
    collect(parse_frames([out], marker), progress=None, into=into, own=marker)
    assert into.whole
    return into


def tool(folder: Path, name: str, body: str) -> str:
    """A program of the phone's; the folder for PATH."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)
    return str(folder)


@pytest.mark.parametrize("shell", SHELLS)
def test_facts_and_bytes(shell: str, tmp_path: Path) -> None:
    hostile = SMAPS.replace(b"scudo", b"\xff\\n%s")
    add(tmp_path, 7, b"com.example.app\0\0\0", smaps=hostile)
    add(tmp_path, 8, b"/system/bin/logd\0--x\\n\0\n", comm="a) S (\n\\t%s")
    add(tmp_path, 9, b"", flags=0x200040, smaps=b"")
    add(tmp_path, 10, b"", comm="noname")
    found = {reading.process.pid: reading for reading in run(shell, tmp_path).readings}
    assert sorted(found) == [7, 8, 10]
    assert found[7].text == hostile
    told = found[7].process
    assert (told.name, told.uid, told.ppid, told.start_time, told.oom_score_adj) == (
        "com.example.app",
        10001,
        1,
        70,
        -900,
    )
    assert (found[8].process.name, found[8].process.start_time) == ("/system/bin/logd", 80)
    assert found[10].process.name == "[noname]"
    assert [reading.error for reading in found.values()] == ["", "", ""]


@pytest.mark.parametrize("shell", SHELLS)
def test_only_what_was_asked_for_is_read(shell: str, tmp_path: Path) -> None:
    for pid in (5, 6, 7):
        add(tmp_path, pid, f"com.p{pid}".encode() + b"\0")
    read = run(shell, tmp_path, "count:3", "pid:6", "pid:44", "pid:7:com.p7::10").readings
    assert [(reading.process.pid, reading.outcome) for reading in read] == [
        (6, ReadOutcome.OK),
        (44, ReadOutcome.ENDED),
        (7, ReadOutcome.OK),
    ]
    listed = run(shell, tmp_path, "list").readings
    assert [(reading.process.name, reading.text, reading.error) for reading in listed] == [
        (f"com.p{pid}", None, "") for pid in (5, 6, 7)
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_how_long_a_reading_took(shell: str, tmp_path: Path) -> None:
    add(tmp_path, 7, b"com.example.app\0")
    (tmp_path / "uptime").write_text("100.25 400.00\n")
    (reading,) = run(shell, tmp_path).readings
    assert (reading.process.age_s, reading.process.read_s) == (99.55, 0.0)


RUN_AS = """package=$1; shift; user=; [ "$1" != --user ] || { user=$2; shift 2; }
echo "$package $user" >>"$LOG"
[ "$package" = com.a ] || { echo "run-as: package not debuggable: $package" >&2; exit 1; }
[ "$1" != cat ] || cat "$(dirname "$2")/real" """


@pytest.mark.parametrize("shell", SHELLS)
def test_where_smaps_does_not_open_the_package_is_asked(shell: str, tmp_path: Path) -> None:
    proc, log = tmp_path / "proc", tmp_path / "log"
    for pid in (5, 6, 7, 8, 9):
        add(proc, pid, b"com.x\0")
        (proc / str(pid) / "smaps").rename(proc / str(pid) / "real")
    path = tool(tmp_path / "bin", "run-as", RUN_AS.replace("$LOG", str(log)))
    words = ("pid:5:com.a::", "pid:6:com.a::10", "pid:7:com.b::", "pid:8:com.b::", "pid:9")
    found = run(shell, proc, *words, path=path)
    assert [reading.text for reading in found.readings] == [SMAPS, SMAPS, None, None, None]
    assert found.ways == {"run-as"}
    assert "not debuggable: com.b" in found.readings[2].error
    assert found.readings[2].error == found.readings[3].error
    assert log.read_text().splitlines().count("com.b ") == 1


@pytest.mark.parametrize("shell", SHELLS)
def test_run_as_may_refuse_one_user_and_not_another(shell: str, tmp_path: Path) -> None:
    proc, log = tmp_path / "proc", tmp_path / "log"
    for pid in (5, 6, 7, 8):
        add(proc, pid, b"com.a\0")
        (proc / str(pid) / "smaps").rename(proc / str(pid) / "real")
    refusing = RUN_AS.replace('[ "$package" = com.a ]', '[ "$user" != 10 ]').replace("not debuggable", "no user 10")
    path = tool(tmp_path / "bin", "run-as", refusing.replace("$LOG", str(log)))
    found = run(shell, proc, "pid:6:com.a::10", "pid:8:com.a::10", "pid:5:com.a::", "pid:7:com.a::", path=path)
    assert [reading.text for reading in found.readings] == [None, None, SMAPS, SMAPS]
    assert log.read_text().splitlines().count("com.a 10") == 1


CONTENT = """echo "$*" >>"$LOG"
case $* in
*com.a.droidanon/5) cat PROC/5/real; echo ;;
*com.a.droidanon/6) cat PROC/6/real; echo "WARNING: linker: a library" >&2 ;;
*) echo "Error while accessing provider:x" >&2; echo "java.lang.IllegalStateException: Could not find provider: x" >&2 ;;
esac"""


@pytest.mark.parametrize("shell", SHELLS)
def test_a_provider_is_asked_where_the_package_has_one(shell: str, tmp_path: Path) -> None:
    proc, log = tmp_path / "proc", tmp_path / "log"
    for pid in (5, 6, 7, 8):
        add(proc, pid, b"com.x\0")
        (proc / str(pid) / "smaps").rename(proc / str(pid) / "real")
    add(proc, 9, b"com.x\0")
    tool(tmp_path / "bin", "run-as", 'echo "run-as: package not debuggable: $1" >&2; exit 1')
    tool(
        tmp_path / "bin",
        "dumpsys",
        """echo asked >>"$LOG"; echo '  [com.a.droidanon]:'; echo '  [com.a.files]:'""".replace("$LOG", str(log)),
    )
    path = tool(tmp_path / "bin", "content", CONTENT.replace("$LOG", str(log)).replace("PROC", str(proc)))
    words = (
        "pid:5:com.a:com.a.droidanon:10",
        "pid:6::com.a.droidanon:",
        "pid:7:com.b:com.b.droidanon:",
        "pid:8::com.b.droidanon:",
    )
    # 9 could be read as it is: only what was asked for counts.
    found = run(shell, proc, *words, "pid:9::com.b.droidanon:", path=path).readings
    assert [reading.text for reading in found] == [SMAPS, SMAPS, None, None, None]
    denied = ReadOutcome.DENIED
    assert [reading.outcome for reading in found] == [ReadOutcome.OK, ReadOutcome.PARTIAL, denied, denied, denied]
    said = ("", "reporter", "run-as: package not debuggable: com.b", *("reporter: Could not find provider: x",) * 2)
    assert [words in reading.error for words, reading in zip(said, found, strict=True)] == [True] * 5
    assert log.read_text().splitlines() == [
        "asked",
        "read --user 10 --uri content://com.a.droidanon/5",
        "read --uri content://com.a.droidanon/6",
        "read --uri content://com.b.droidanon/8",
        "read --uri content://com.b.droidanon/9",
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_what_dumpsys_says_comes_last(shell: str, tmp_path: Path) -> None:
    add(tmp_path, 7, b"com.a\0")
    body = """case "$*" in
"activity processes") printf '  noise\\n  *APP* UID 10001 ProcessRecord{1 7:com.a/u0a1}\\n    packageList={com.a}\\n' ;;
"package com.a") printf '    versionName=1.2\\n    noise\\n      arm64: [status=verify]\\n' ;;
"-t 30 meminfo --local -a 7") printf 'a table' ;;
esac"""
    path = tool(tmp_path / "bin", "dumpsys", body)
    found = run(shell, tmp_path, "activity", "package:com.a", "dumpsys:7", path=path)
    assert found.texts["activity"] == "  *APP* UID 10001 ProcessRecord{1 7:com.a/u0a1}\n    packageList={com.a}\n"
    assert found.texts["package com.a"] == "    versionName=1.2\n      arm64: [status=verify]\n"
    assert found.dumpsys == {7: b"a table"}


def test_words_are_those_of_the_script() -> None:
    arguments = command("@@m", ["every", "pid:5:com.a::10"])
    assert arguments[:2] == ["sh", "-c"]
    assert arguments[3:] == ["droidanon", "@@m", "every", "pid:5:com.a::10"]
    assert quoted(["a'; reboot; '"]) == "'a'\"'\"'; reboot; '\"'\"''"
    for word in ("pid:5; reboot", "$(x)", "", "a b"):
        with pytest.raises(ValueError, match="not a word"):
            command("@@m", [word])


@given(st.lists(st.integers(1, 60), max_size=60), st.integers(1, 100))
def test_words_in_batches(sizes: list[int], room: int) -> None:
    words = [letter * size for size, letter in zip(sizes, cycle("abc"), strict=False)]
    found = list(batches(words, room))
    assert [word for batch in found for word in batch] == words
    assert all(len(batch) == 1 or sum(len(word) + 1 for word in batch) <= room for batch in found if batch)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_process_with_the_pid_of_the_script_is_not_lost(shell: str, tmp_path: Path) -> None:
    """In a /proc of files, and where another PID namespace's /proc is mounted, `$$` is somebody else there."""
    found = run(shell, tmp_path, prepare=lambda own: add(tmp_path, own, b"com.example.app\0"))
    assert [reading.process.name for reading in found.readings] == ["com.example.app"]


@pytest.mark.parametrize("shell", SHELLS)
def test_one_that_has_no_smaps(shell: str, tmp_path: Path) -> None:
    add(tmp_path, 7, b"com.example.app\0", smaps=None)
    (reading,) = run(shell, tmp_path).readings
    assert (reading.text, reading.outcome) == (None, ReadOutcome.ENDED)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="no /proc here")
@pytest.mark.parametrize("shell", SHELLS)
def test_the_hosts_own_proc(shell: str) -> None:
    own: list[int] = []
    found = run(shell, Path("/proc"), prepare=own.append)
    assert any(reading.text for reading in found.readings)
    assert own[0] not in [reading.process.pid for reading in found.readings]
