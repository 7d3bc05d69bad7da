"""The script that waits on a phone, in the shells that are here on a /proc of files; and this host's own way."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from droidanon.errors import DeviceError
from droidanon.sources.adb.frames import Frame, new_marker, parse_frames
from droidanon.sources.sampling.adb_link import SCRIPT, command
from droidanon.sources.sampling.local_link import LocalLink
from droidanon.sources.sampling.sample import Sample, parse_statuses
from droidanon.sources.sampling.sampler import open_sampler
from tests.waiting import PATIENCE_S

SHELLS = [shell for shell in ("mksh", "dash", "bash") if shutil.which(shell)]


def make_proc(root: Path, pids: dict[int, str]) -> Path:
    (root / "pressure").mkdir(parents=True)
    (root / "meminfo").write_text("MemTotal:  5 kB\n")
    (root / "pressure" / "memory").write_text("some avg10=1.00 avg60=0.12 avg300=0.08 total=1\n")
    for pid, name in pids.items():
        folder = root / str(pid)
        folder.mkdir()
        (folder / "status").write_text(f"Name:\tx\nState:\tR (running)\nPid:\t{pid}\nUid:\t10001\nVmRSS:\t{pid} kB\n")
        (folder / "cmdline").write_bytes(name.encode() + b"\0--x\0")
        (folder / "oom_score_adj").write_text("-900\n")
    return root


def run(shell: str, proc: Path, requests: bytes) -> tuple[list[Frame], bytes]:
    marker = new_marker()
    done = subprocess.run(
        [shell, "-c", SCRIPT.replace("/proc", str(proc)), "droidanon", marker],
        input=requests,
        capture_output=True,
        timeout=PATIENCE_S,
        check=False,
        cwd="/",
    )
    return list(parse_frames([done.stdout], marker, keep_cut=True)), done.stderr


@pytest.mark.skipif(not SHELLS, reason="no shell here")
@pytest.mark.parametrize("shell", SHELLS)
def test_requests_are_answered_and_the_end_of_input_ends_it(shell: str, tmp_path: Path) -> None:
    proc = make_proc(tmp_path / "proc", {7: "com.a", 8: "/system/bin/sh", 9: "com.b\\n%s*"})
    frames, err = run(shell, proc, b"look\nnames 7 8 9 10\nlook\n")
    assert err == b""
    assert [frame.kind for frame in frames] == [
        "look",
        "adj",
        "times",
        "ready",
        "name",
        "name",
        "name",
        "name",
        "ready",
        "look",
        "adj",
        "times",
        "ready",
    ]
    look = frames[0].data
    assert look.startswith(b"MemTotal:  5 kB\nsome avg10=1.00")
    assert [(one.pid, one.rss_kb) for one in parse_statuses(look[look.index(b"Name:") :])] == [(7, 7), (8, 8), (9, 9)]
    assert frames[1].data == b"7 -900\n8 -900\n9 -900\n"
    names = {frame.argument: frame.data.split(b"\0")[0] for frame in frames if frame.kind == "name"}
    if shell == "mksh":  # other shells read no further than a line, with the NULs left out
        assert names == {"7": b"com.a", "8": b"/system/bin/sh", "9": b"com.b\\n%s*", "10": b""}


@pytest.mark.skipif("mksh" not in SHELLS, reason="no mksh here")
def test_a_shells_cmdline_comes_whole(tmp_path: Path) -> None:
    proc = make_proc(tmp_path / "proc", {8: "sh"})
    assert run("mksh", proc, b"names 8\n")[0][0].data == b"sh\0--x\0"


def test_the_command_is_quoted() -> None:
    assert command("a'; reboot").endswith("'a'\"'\"'; reboot'")


def test_this_hosts_way_gives_the_same(tmp_path: Path) -> None:
    root = make_proc(tmp_path / "proc", {7: "com.a", 8: "sh"})
    zram = tmp_path / "sys" / "block" / "zram0"
    zram.mkdir(parents=True)
    (zram / "mm_stat").write_text("4096 1024 2048 0 0 0 0 0\n")
    link = LocalLink(root, tmp_path / "sys")
    look = link.look()
    assert b"some avg10=1.00" in look.texts
    assert b"4096 1024 2048" in look.texts
    assert sorted(one.pid for one in parse_statuses(look.texts[look.texts.index(b"Name:") :])) == [7, 8]
    assert sorted(look.adjustments.splitlines()) == ["7 -900", "8 -900"]
    assert link.names([7, 99]) == {7: b"com.a", 99: b""}
    assert look.cpu_s is not None
    with pytest.raises(DeviceError, match="needs Linux"):
        LocalLink(tmp_path / "nothing")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")
def test_this_host_itself() -> None:
    sampler = open_sampler("local:")
    seen = next(sampler)
    sampler.close()
    assert isinstance(seen, Sample)
    (own,) = [one for one in seen.processes if one.pid == os.getpid()]
    parts = (own.rss_anon_kb, own.rss_file_kb, own.rss_shmem_kb)
    assert None not in parts
    assert own.rss_kb == sum(part for part in parts if part is not None)
