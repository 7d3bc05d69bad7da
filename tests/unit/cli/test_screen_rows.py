"""Rows of a table on a terminal, and sizes without a unit."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.cli.options import size_option
from droidanon.cli.screen_rows import screen_rows
from droidanon.errors import UsageError
from droidanon.store.parquet import save_capture
from tests.builders import capture, text, write_apps
from tests.terminal import Terminal

ROOT = Path(__file__).parents[3]


def test_a_pipe_another_form_and_the_users_number_have_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert screen_rows("table", top=None, all_rows=False) is None
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("LINES", "50")
    limit = screen_rows("table", top=None, all_rows=False)
    assert limit is not None
    assert 20 < limit < 50
    assert screen_rows("json", top=None, all_rows=False) is None
    assert screen_rows("table", top=3, all_rows=False) is None
    assert screen_rows("table", top=None, all_rows=True) is None
    monkeypatch.setenv("LINES", "2")
    assert screen_rows("table", top=None, all_rows=False) == 10


@pytest.mark.skipif(sys.platform == "win32", reason="a pty")
@pytest.mark.parametrize("every", [False, True])
def test_a_terminal_has_as_many_rows_as_it_has_room_for(tmp_path: Path, every: bool) -> None:
    apps = {f"com.app{place}": text(("[anon:scudo:primary]", 100)) for place in range(60)}
    save_capture(capture(apps), tmp_path / "a.parquet")
    options = ["--all"] if every else []
    command = [sys.executable, "-m", "droidanon", "show", "a.parquet", "--by", "app", *options]
    terminal = Terminal(command, {**os.environ, "PYTHONPATH": str(ROOT)}, tmp_path)
    assert terminal.exit_code() == 0
    shown = len(re.findall(rb"com\.app\d+ ", terminal.seen))
    assert (b"--all" in terminal.seen, b"(other)" in terminal.seen) == (not every, not every)
    assert shown == 60 if every else 10 < shown < 36


def test_a_size_needs_a_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (size_option("--min", "64kB"), size_option("--min", "1MB"), size_option("--min", "0")) == (64.0, 1024.0, 0.0)
    with pytest.raises(UsageError, match="5kB"):
        size_option("--min", "5")
    monkeypatch.chdir(tmp_path)
    write_apps(tmp_path)
    for option in (["--min", "5"], ["--min-effect", "5"]):
        assert run(["diff", "a.parquet", "b.parquet", *option]) == 2
    assert run(["diff", "a.parquet", "b.parquet", "--min", "5kB", "--min-effect", "5%"]) == 0
