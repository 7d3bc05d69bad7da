"""Before the TUI starts: terminals on which it can't be read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal import Terminal

ROOT = Path(__file__).parents[3]


@pytest.mark.skipif(os.name == "nt", reason="a pty")
@pytest.mark.parametrize(
    ("setting", "word"),
    [("TERM=dumb", b"TERM=dumb"), ("PYTHONIOENCODING=iso-8859-1", b"8859")],
)
def test_an_unreadable_terminal_is_one_line(tmp_path: Path, setting: str, word: bytes) -> None:
    paths = f"{ROOT}{os.pathsep}{ROOT / 'tui'}"
    terminal = Terminal(
        ["env", setting, sys.executable, "-m", "droidanon", "tui"], {**os.environ, "PYTHONPATH": paths}, tmp_path
    )
    assert terminal.exit_code() == 2
    assert word in terminal.seen and b"droidanon show" in terminal.seen
    assert b"\x1b[?1049h" not in terminal.seen


def test_a_port_is_for_browsers() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "droidanon", "tui", "--port", "8123"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
