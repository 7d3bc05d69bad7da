"""The commands at a real terminal, with a phone: Ctrl-C in the middle of a capture, a full disk, the TUI."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from testphone.phone.blocking_file import BlockingFile
from testphone.phone.phone import Phone
from tests.device.command import DROIDANON, environment
from tests.device.test_adb_chaos import collectors, make_large, pid_of
from tests.device.test_sampler import assert_nothing_runs
from tests.terminal import Terminal
from tests.waiting import wait_until


def test_ctrl_c_in_a_capture_leaves_no_half_file_and_nothing_running(own_phone: Phone, tmp_path: Path) -> None:
    make_large(own_phone, pid_of(own_phone, "system_server"), 20)
    terminal = Terminal([*DROIDANON, "capture", "--all", "--captures", "kept"], environment(own_phone), tmp_path)
    with BlockingFile(own_phone.proc / str(pid_of(own_phone, "com.example.app")) / "smaps"):  # it never ends by itself
        terminal.read_until(b"/")  # progress: 3/41 ...
        terminal.type(b"\x03")
        assert terminal.exit_code() == 130
    assert b"interrupted" in terminal.seen
    assert b"Traceback" not in terminal.seen
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    wait_until(lambda: not collectors(own_phone))


def test_a_full_disk_is_one_line_and_no_half_file(phone: Phone, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("a small file system can't be mounted here (not root)")
    try:
        done = subprocess.run(
            [*DROIDANON, "capture", "--all", "--captures", str(small)],
            env=environment(phone),
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{small}/" in done.stderr
        assert "Traceback" not in done.stderr
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_the_tui_captures_from_the_phone_and_compares(own_phone: Phone, tmp_path: Path) -> None:
    terminal = Terminal([*DROIDANON, "tui", "--captures", "kept"], environment(own_phone), tmp_path)
    terminal.read_until(own_phone.serial.encode())
    terminal.type(b" ")
    terminal.read_until(b"Explore")
    terminal.read_until(b"system_server")
    (first,) = (tmp_path / "kept").glob("*.parquet")
    own_phone.evolve(8)
    terminal.type(b"m ")
    terminal.read_until(b"delta")
    terminal.read_until(b"against")
    assert len(list((tmp_path / "kept").glob("*.parquet"))) == 2
    terminal.type(b"q")
    assert terminal.exit_code() == 0
    assert b"Traceback" not in terminal.seen
    assert first.exists()


def test_live_at_a_terminal_with_a_phone_that_goes_and_comes(own_phone: Phone, tmp_path: Path) -> None:
    terminal = Terminal(
        [*DROIDANON, "tui", "--live", "--captures", "kept"],
        {**environment(own_phone), "TMPDIR": str(tmp_path)},
        tmp_path,
    )
    terminal.read_until(b"system_server")
    terminal.read_until(b"of a core")
    own_phone.evolve(3)
    terminal.read_until(b"com.example.visitor")
    own_phone.unplug()
    terminal.read_until("⚠ no answer since".encode())
    own_phone.evolve(3)
    own_phone.replug()
    terminal.seen = b""
    terminal.read_until(b"ended")  # the visitor went while nobody could see it
    terminal.type(b"f")  # the app at the cursor
    terminal.read_until(b"by category")
    terminal.type(b"q")
    assert terminal.exit_code() == 0
    assert b"Traceback" not in terminal.seen
    assert not list(tmp_path.glob("droidanon-*"))
    assert_nothing_runs(own_phone)
