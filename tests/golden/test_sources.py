"""What commands say of how a source was taken: on stderr, in JSON, in info, in a capture that is made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from droidanon.cli.main import run
from tests.builders import text

TAKEN = "taken for texts of processes: 1 smaps"
NAMED = "names are from phone/ps.txt (1)"
LEFT_OUT = "left out: not an smaps file"


@pytest.fixture
def phone(tmp_path: Path) -> str:
    (tmp_path / "phone").mkdir()
    (tmp_path / "phone" / "7.smaps").write_text(text(("[anon:scudo:primary]", 10)))
    (tmp_path / "phone" / "ps.txt").write_text("PID PPID CMD\n7 1 com.example.app\n")
    (tmp_path / "phone" / "notes.md").write_text("hello\n")
    return str(tmp_path / "phone")


@pytest.mark.parametrize("command", ["show", "names", "diff", "showmap", "procrank"])
def test_on_stderr(phone: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    more = [phone] if command == "diff" else ["7"] if command == "showmap" else []
    run([command, phone, *more])
    said = capsys.readouterr().err
    where = " and 1 more" if command == "diff" else ""
    assert f"note: {phone}{where}: {TAKEN}\n" in said
    assert f"note: {phone}{where}: {NAMED}\n" in said
    assert f"problem: phone/notes.md{where}: {LEFT_OUT}\n" in said


@pytest.mark.parametrize("command", ["show", "info", "names", "diff"])
def test_in_json(phone: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, phone, *([phone] if command == "diff" else []), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {note["message"] for note in data["notes"]} == {TAKEN, NAMED}
    assert {problem["message"] for problem in data["problems"]} == {LEFT_OUT}


def test_in_info_and_in_a_capture(phone: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["capture", phone, "-o", str(tmp_path / "x.parquet")]) == 0
    capsys.readouterr()
    for source in (phone, str(tmp_path / "x.parquet")):
        assert run(["info", source]) == 0
        out = capsys.readouterr().out
        assert TAKEN in out
        assert LEFT_OUT in out
