"""The commands at a real terminal, with a phone: Ctrl-C in the middle of a capture, a full disk, the TUI."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.device.test_adb_chaos import collectors, hear_ctrl_c, make_large, pid_of
from tests.phone.phone import Phone

ROOT = Path(__file__).parents[2]
SECONDS = 20


def environment(phone: Phone) -> dict[str, str]:
    """What the commands are run with; the terminal alone tells its size (Textual asks COLUMNS first)."""
    kept = {key: value for key, value in phone.env.items() if key not in ("COLUMNS", "LINES")}
    return {**kept, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tui'}", "TERM": "xterm-256color"}


class Terminal:
    """A command whose terminal is a pty; what it wrote is in `seen`."""

    def __init__(self, arguments: list[str], environment: dict[str, str], folder: Path) -> None:
        import pty
        import termios

        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            termios.tcsetwinsize(0, (36, 120))
            hear_ctrl_c()
            os.chdir(folder)
            os.execve(sys.executable, [sys.executable, "-m", "droidanon", *arguments], environment)
        self.seen = b""

    def read_until(self, word: bytes) -> None:
        """Reads on; fails if the word does not come."""
        import select

        end = time.monotonic() + SECONDS
        while word not in self.seen:
            assert time.monotonic() < end, self.seen[-2000:]
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.seen += self._read()

    def type(self, keys: bytes) -> None:
        os.write(self.terminal, keys)

    def exit_code(self) -> int:
        """Waits for the end, reading all that comes until then."""
        while piece := self._read():
            self.seen += piece
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)

    def _read(self) -> bytes:
        try:
            return os.read(self.terminal, 1 << 16)
        except OSError:  # Linux's answer when the other side has closed
            return b""


def test_ctrl_c_in_a_capture_leaves_no_half_file_and_nothing_running(own_phone: Phone, tmp_path: Path) -> None:
    make_large(own_phone, pid_of(own_phone, "system_server"), 400)
    terminal = Terminal(["capture", "--captures", "kept"], environment(own_phone), tmp_path)
    terminal.read_until(b"/")  # progress: 3/41 ...
    terminal.type(b"\x03")
    assert terminal.exit_code() == 130
    assert b"interrupted" in terminal.seen
    assert b"Traceback" not in terminal.seen
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    until = time.monotonic() + 10
    while collectors(own_phone) and time.monotonic() < until:
        time.sleep(0.05)
    assert not collectors(own_phone)


def test_a_full_disk_is_one_line_and_no_half_file(phone: Phone, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("a small file system can't be mounted here (not root)")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "droidanon", "capture", "--captures", str(small)],
            env=environment(phone), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (1, "")
        assert "the disk is full; nothing was written" in done.stderr
        assert "Traceback" not in done.stderr
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_the_tui_captures_from_the_phone_and_compares(own_phone: Phone, tmp_path: Path) -> None:
    terminal = Terminal(["tui", "--captures", "kept"], environment(own_phone), tmp_path)
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
