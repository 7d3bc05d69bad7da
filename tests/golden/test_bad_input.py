"""What can't be read or done: one line that says what, where and what to do, an exit code, and nothing on stdout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from droidanon.cli.main import run
from droidanon.store.metadata import METADATA_KEY
from droidanon.store.parquet import save_capture
from tests.builders import capture, text
from tests.phone.fake_server import FakeServer
from tests.phone.phone import Phone
from tests.terminal import Terminal

NO_SMAPS = "not an smaps file: not one header and not one `Key: value` line in it"
DAMAGED = "damaged capture: its bytes are not those that were written (their digest differs)"
NO_AUTHORITY = "not authorised: unlock the phone and accept this computer's key (`adb kill-server` asks again)"
DROIDANON = (sys.executable, "-m", "droidanon")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of all kinds, in the current folder."""
    monkeypatch.chdir(tmp_path)
    save_capture(capture({"com.example.app": text(("[anon:scudo:primary]", 100))}), tmp_path / "good.parquet")
    (tmp_path / "prose.txt").write_text("Hello\n")
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "empty").mkdir()
    (tmp_path / "captures").mkdir()
    (tmp_path / "captures" / "a.parquet").write_bytes((tmp_path / "good.parquet").read_bytes())
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "good.parquet").read_bytes()[:-9])
    pq.write_table(pa.table({"a": [1]}), "other.parquet")
    write_changed("newer.parquet", "format_version", 99)
    write_changed("lacking.parquet", "layouts", None)
    return tmp_path


def write_changed(name: str, key: str, value: int | None) -> None:
    """The good capture, with another value in its metadata or without it."""
    table, metadata = pq.read_table("good.parquet"), pq.ParquetFile("good.parquet").metadata.metadata
    told = json.loads(metadata[METADATA_KEY.encode()])
    told[key] = value
    if value is None:
        del told[key]
    with pq.ParquetWriter(name, table.schema.remove_metadata()) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({METADATA_KEY: json.dumps(told)})


def expect(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, line: str) -> None:
    assert run(arguments) == code
    assert capsys.readouterr() == ("", f"droidanon: {line}\n")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("nowhere.smaps", "nowhere.smaps: no such file or folder"),
        ("prose.txt", f"prose.txt: {NO_SMAPS}"),
        ("noise.bin", f"noise.bin: {NO_SMAPS}"),
        ("empty", "empty: no smaps files in it"),
        ("other.parquet", "other.parquet: a Parquet file, but not a droidanon capture"),
        ("cut.parquet", f"cut.parquet: {DAMAGED}"),
        ("lacking.parquet", "lacking.parquet: damaged capture: it lacks 'layouts'"),
        (
            "newer.parquet",
            "newer.parquet: made by a newer droidanon (capture format 99, this one reads up to 1); update droidanon",
        ),
        ("local:x", "local:x: local: takes nothing after it"),
    ],
)
@pytest.mark.parametrize("command", ["show", "info", "export", "capture", "diff"])
def test_a_source_that_can_not_be_read(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, source: str, line: str
) -> None:
    before = sorted(folder.rglob("*"))
    expect(capsys, [command, source] + (["good.parquet"] if command == "diff" else []), 2, line)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("arguments", [["show", ""], ["capture", ""], ["diff", "", "good.parquet"]])
def test_an_empty_source_is_not_the_current_folder(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("droidanon: a source is empty: give a file, a folder, ")


def test_a_folder_of_captures_is_no_capture(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expect(
        capsys, ["show", "captures"], 2,
        "captures: captures, not smaps texts, are in it; name one of them (such as a.parquet), "
        "or give the folder as a side of a diff",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (
            ["show", "good.parquet", "--app", "com.exmple.app"],
            1,
            "com.exmple.app: not in this source; did you mean com.example.app?",
        ),
        (
            ["show", "good.parquet", "--app", "org.other"],
            1,
            "org.other: not in this source; there is com.example.app",
        ),
        (["ls", "--captures", "nowhere"], 2, "nowhere: no such folder"),
        (
            ["capture", "good.parquet", "--captures", "prose.txt"],
            1,
            "prose.txt: a file, not a folder; choose another folder",
        ),
        (["capture", "nowhere", "-o", "empty"], 2, "empty: a folder; give the name of a file in it"),
        (["capture", "nowhere", "-o", "-"], 2, "-o -: not written to stdout; give the name of a file"),
        (["export", "nowhere", "-o", "-"], 2, "-o -: not written to stdout; without -o, the text of one process is"),
        (["record", "local:", "-o", "-"], 2, "-o -: not written to stdout; a series is a folder; give its name"),
        (["record", "local:", "-o", "captures"], 2, "captures: is there already, and not an empty folder"),
        (["export", "good.parquet", "-o", "prose.txt"], 1, "prose.txt: a file, not a folder; choose another folder"),
    ],
)
def test_what_can_not_be_done(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, line: str
) -> None:
    before = sorted(folder.rglob("*"))
    expect(capsys, arguments, code, line)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("states", "source", "line"),
    [
        ({}, "adb:", "no device: connect a phone with USB debugging on, or `adb connect HOST:PORT`"),
        (
            {"A": "device", "B": "device"},
            "adb:",
            "2 devices: choose one with -s SERIAL or $ANDROID_SERIAL: A (device), B (device)",
        ),
        ({"A": "device", "B": "offline"}, "adb:C", "C: no such device; there are: A, B (offline)"),
        ({"A": "unauthorized"}, "adb:", f"A: {NO_AUTHORITY}"),
        ({"A": "unauthorized", "B": "device"}, "adb:A", f"A: {NO_AUTHORITY}"),
        ({"A": "offline"}, "adb:", "A: offline: unplug it and plug it in again, or `adb reconnect offline`"),
    ],
)
@pytest.mark.parametrize("command", ["show", "capture"])
def test_no_phone_to_read(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    states: dict[str, str],
    source: str,
    line: str,
) -> None:
    monkeypatch.delenv("ANDROID_SERIAL", raising=False)
    with FakeServer(states) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        expect(capsys, [command, source], 1, line)


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        (
            "ADB_SERVER_SOCKET",
            "tcp:127.9.9.9:9",
            "no adb server at 127.9.9.9:9 (Connection refused); start it there: adb start-server",
        ),
        (
            "ADB_SERVER_SOCKET",
            "localfilesystem:/x",
            "ADB_SERVER_SOCKET=localfilesystem:/x: only tcp:HOST:PORT or tcp:PORT can be used",
        ),
        ("ANDROID_ADB_SERVER_PORT", "x", "'x' is no port of an adb server (ANDROID_ADB_SERVER_PORT)"),
        ("ANDROID_ADB_SERVER_PORT", "99999", "'99999' is no port of an adb server (ANDROID_ADB_SERVER_PORT)"),
    ],
)
def test_no_adb_server(variable: str, value: str, line: str) -> None:
    # In a process of its own: adbutils reads the port as it is imported.
    left_out = ("ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS", "ANDROID_ADB_SERVER_PORT")
    environment = {key: kept for key, kept in os.environ.items() if key not in left_out}
    done = subprocess.run(
        [*DROIDANON, "devices"], env={**environment, variable: value}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"droidanon: {line}\n")


def test_an_app_that_does_not_run(phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    expect(
        capsys, ["show", "adb:", "--app", "com.exmple.app"], 1,
        "com.exmple.app: not running; "
        "did you mean com.example.app, com.example.legacy, com.example.music?",
    )  # fmt: skip


def test_a_phone_that_denies(shell_phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "adb:", "--app", "system_server", "--access", "run-as"]) == 1
    out, err = capsys.readouterr()
    where = f"droidanon: system_server (pid {shell_phone.pid('system_server')}) on {shell_phone.serial}: "
    assert (out, err.count("\n"), err.startswith(where)) == ("", 1, True)
    assert "permission denied" in err
    assert "Try --access auto, which falls back to the heaps of dumpsys meminfo" in err


@pytest.mark.skipif(os.name == "nt", reason="mkfifo is POSIX")
def test_a_pipe_is_refused_before_anything_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo("pipe")
    expect(
        capsys, ["capture", "nowhere", "-o", "pipe"], 2,
        "pipe: a device or a pipe, which is no place for a file; choose a file's name",
    )  # fmt: skip
    assert Path("pipe").is_fifo()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_stdout_on_a_full_disk(folder: Path) -> None:
    for arguments in (
        ["show", "good.parquet"], ["show", "good.parquet", "--json"], ["export", "good.parquet"], ["--version"], ["--help"],
        ["show", "--help"],
    ):  # fmt: skip
        with open("/dev/full", "wb") as full:
            done = subprocess.run([*DROIDANON, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert (done.returncode, done.stderr) == (1, "droidanon: input/output: No space left on device\n")


@pytest.mark.skipif(os.name == "nt", reason="ulimit is POSIX")
@pytest.mark.parametrize(
    "arguments", [["capture", "good.parquet", "-o", "kept/x.parquet"], ["export", "large.smaps", "-o", "kept"]]
)
def test_a_file_that_may_not_grow_leaves_no_half(folder: Path, arguments: list[str]) -> None:
    (folder / "large.smaps").write_text(text(*[(f"[anon:{number}]", 1) for number in range(200)]))
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *DROIDANON, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "can't write: File too large; choose another place" in done.stderr
    assert list((folder / "kept").iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="closing with <&- is POSIX")
@pytest.mark.parametrize(
    ("shell", "code", "out", "line"),
    [
        ('"$@" show good.parquet >&-', 0, "", ""),
        ('"$@" show nowhere 2>&-', 2, "", ""),
        ('"$@" export - <&-', 0, "", ""),
        ('"$@" show good.parquet --json | head -c 1', 0, "{", ""),
        (
            '"$@" tui --sample </dev/null',
            2,
            "",
            "droidanon: the TUI needs a terminal; for text use: droidanon show SOURCE\n",
        ),
    ],
)
def test_streams_that_are_closed_or_no_terminal(folder: Path, shell: str, code: int, out: str, line: str) -> None:
    done = subprocess.run(["sh", "-c", shell, "sh", *DROIDANON], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, out, line)


@pytest.mark.skipif(os.name == "nt", reason="a pty is POSIX")
def test_raw_bytes_are_not_written_to_a_terminal(folder: Path) -> None:
    terminal = Terminal([*DROIDANON, "export", "good.parquet"], dict(os.environ), folder)
    assert terminal.exit_code() == 2
    assert b"not writing a device's raw bytes to a terminal" in terminal.seen
