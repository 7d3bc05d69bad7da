"""What can't be read or done: an exit code, one line on stderr, nothing on stdout, no file written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.store.parquet import save_capture
from testphone.phone.phone import Phone
from tests.builders import capture, rewrite_capture, text
from tests.terminal import Terminal

DROIDANON = (sys.executable, "-m", "droidanon")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a capture, and a damaged one."""
    monkeypatch.chdir(tmp_path)
    save_capture(capture({"com.example.app": text(("[anon:scudo:primary]", 100))}), tmp_path / "good.parquet")
    (tmp_path / "prose.txt").write_text("Hello\n")
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "good.parquet").read_bytes()[:-9])
    rewrite_capture(tmp_path / "good.parquet", tmp_path / "newer.parquet", format_version=99)
    return tmp_path


def expect_error(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, about: str) -> None:
    assert run(arguments) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"droidanon: {about}: ")


@pytest.mark.parametrize("source", ["nowhere.smaps", "prose.txt", "noise.bin", "cut.parquet", "newer.parquet"])
@pytest.mark.parametrize("command", ["show", "info", "export", "capture", "diff"])
def test_a_source_that_can_not_be_read(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, source: str
) -> None:
    before = sorted(folder.rglob("*"))
    expect_error(capsys, [command, source] + (["good.parquet"] if command == "diff" else []), 2, source)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("arguments", [["show", ""], ["capture", ""], ["diff", "", "good.parquet"]])
def test_an_empty_source_is_not_the_current_folder(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("arguments", "code", "about"),
    [
        (["capture", "good.parquet", "--captures", "prose.txt"], 1, "prose.txt"),
        (["capture", "nowhere", "-o", "."], 2, "-o"),
        (["capture", "nowhere", "-o", ""], 2, "-o"),
        (["capture", "nowhere", "-o", "-"], 2, "-o -"),
        (["export", "nowhere", "-o", "-"], 2, "-o -"),
        (["export", "good.parquet", "-o", "prose.txt"], 1, "prose.txt"),
    ],
)
def test_nothing_is_written(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, about: str
) -> None:
    before = sorted(folder.rglob("*"))
    expect_error(capsys, arguments, code, about)
    assert sorted(folder.rglob("*")) == before


def test_a_phone_that_denies(shell_phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["show", "adb:", "--app", "system_server", "--access", "run-as"]
    expect_error(
        capsys, arguments, 1, f"system_server (pid {shell_phone.pid('system_server')}) on {shell_phone.serial}"
    )


@pytest.mark.skipif(os.name == "nt", reason="mkfifo is POSIX")
def test_a_pipe_is_refused_before_anything_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("pipe")
    expect_error(capsys, ["capture", "nowhere", "-o", "pipe"], 2, "pipe")
    assert Path("pipe").is_fifo()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_stdout_on_a_full_disk(folder: Path) -> None:
    for line in (
        "show good.parquet",
        "show good.parquet --json",
        "export good.parquet",
        "--version",
        "--help",
        "show --help",
    ):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [*DROIDANON, *line.split()], stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert os.strerror(28) in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="ulimit is POSIX")
@pytest.mark.parametrize(
    "arguments", [["capture", "good.parquet", "-o", "kept/x.parquet"], ["export", "large.smaps", "-o", "kept"]]
)
def test_a_file_that_may_not_grow_leaves_no_half(folder: Path, arguments: list[str]) -> None:
    (folder / "large.smaps").write_text(text(*[(f"[anon:{number}]", 1) for number in range(200)]))
    before = {folder / "kept", *folder.rglob("*")}
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *DROIDANON, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert os.strerror(27) in done.stderr
    assert set(folder.rglob("*")) <= before


@pytest.mark.skipif(os.name == "nt", reason="closing with <&- is POSIX")
@pytest.mark.parametrize(
    ("shell", "code", "out", "lines"),
    [
        ('"$@" show good.parquet >&-', 0, "", 0),
        ('"$@" show nowhere 2>&-', 2, "", 0),
        ('"$@" export - <&-', 0, "", 1),  # the note that it is empty
        ('"$@" show good.parquet --json | head -c 1', 0, "{", 0),
        ('"$@" tui --sample </dev/null', 2, "", 1),
    ],
)
def test_streams_that_are_closed_or_no_terminal(folder: Path, shell: str, code: int, out: str, lines: int) -> None:
    done = subprocess.run(["sh", "-c", shell, "sh", *DROIDANON], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, out, lines)


@pytest.mark.skipif(os.name == "nt", reason="a pty is POSIX")
def test_raw_bytes_are_not_written_to_a_terminal(folder: Path) -> None:
    terminal = Terminal([*DROIDANON, "export", "good.parquet"], dict(os.environ), folder)
    assert terminal.exit_code() == 2
    assert b"scudo" not in terminal.seen
    assert terminal.seen.count(b"\n") == 1
