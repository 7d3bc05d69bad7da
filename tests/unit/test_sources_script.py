"""The collector's script in the shells that are here, on a /proc of files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from droidanon.sources.collected import Collected, collect
from droidanon.sources.collector import SCRIPT, new_marker, parse_frames
from tests.builders import text

SMAPS = text(("[anon:scudo:primary]", 10)).encode()
SHELLS = [shell for shell in ("mksh", "dash", "bash") if shutil.which(shell)]

pytestmark = pytest.mark.skipif(not SHELLS, reason="no shell here")


def add(proc: Path, pid: int, cmdline: bytes, *, flags: int = 0, comm: str = "x", smaps: bytes | None = SMAPS) -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    (folder / "stat").write_text(f"{pid} ({comm}) S 1 1 1 0 -1 {flags} " + "0 " * 12 + f"{pid * 10} 0\n")
    (folder / "cmdline").write_bytes(cmdline)
    (folder / "oom_score_adj").write_text("-900\n")
    (folder / "status").write_text("Name:\tx\nUid:\t10001\t0\t0\t0\nVmPeak:\t 9 kB\nVmSize:\t  64 kB\nVmRSS:\t 8 kB\n")
    if smaps is not None:
        (folder / "smaps").write_bytes(smaps)


def run(
    shell: str, proc: Path, app: str = "", pid: str = "", prepare: Callable[[int], object] = lambda own: None
) -> Collected:
    """`prepare` is called with the pid of the shell before the script begins."""
    marker = new_marker()
    script = "read -r go\n" + SCRIPT.replace("/proc", str(proc))
    with subprocess.Popen(
        [shell, "-c", script, "droidanon", marker, app, pid], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, cwd="/",
    ) as running:  # fmt: skip
        prepare(running.pid)
        out, err = running.communicate(b"\n", timeout=30)
    assert err == b""
    into = Collected()
    collect(parse_frames([out], marker), progress=None, into=into, own=marker)
    assert into.whole
    return into


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
    names = ["zygote64", "com.a", "com.a:remote", "com.ab", "com.a_zygote", "com.b", "*", "com.a\nx"]
    for pid, name in enumerate(names, 1):
        add(tmp_path, pid, name.encode() + b"\0")
    into = run(shell, tmp_path, app="com.a")
    chosen = [reading.process.name for reading in into.readings]
    if shell == "mksh":  # other shells see the first line of a cmdline; what is too much is left out later
        assert chosen == ["zygote64", "com.a", "com.a:remote", "com.a_zygote"]
    assert {"com.ab", "com.b", "*"} & set(chosen) == set()
    assert {"com.ab", "com.b"} <= set(into.names)
    assert [reading.process.pid for reading in run(shell, tmp_path, pid="6").readings] == [1, 5, 6]
    assert [
        reading.process.name
        for reading in run(shell, tmp_path, app="*").readings
        if "zygote" not in reading.process.name
    ] == ["*"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_process_with_the_pid_of_the_script_is_not_lost(shell: str, tmp_path: Path) -> None:
    """In a /proc of files, and where another PID namespace's /proc is mounted, `$$` is somebody else there."""
    found = run(shell, tmp_path, prepare=lambda own: add(tmp_path, own, b"com.example.app\0"))
    assert [reading.process.name for reading in found.readings] == ["com.example.app"]


@pytest.mark.parametrize("shell", SHELLS)
def test_one_that_has_no_smaps(shell: str, tmp_path: Path) -> None:
    add(tmp_path, 7, b"com.example.app\0", smaps=None)
    (reading,) = run(shell, tmp_path).readings
    assert (reading.text, reading.error) == (None, "ended before it was read")


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="no /proc here")
@pytest.mark.parametrize("shell", SHELLS)
def test_the_hosts_own_proc(shell: str) -> None:
    found = run(shell, Path("/proc"))
    assert any(reading.text for reading in found.readings)
    assert not [reading for reading in found.readings if "droidanon" in reading.process.name]
