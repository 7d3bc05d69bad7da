"""Notes and problems of a source are in the JSON of every command, and kept in a capture of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from droidanon.cli.main import run
from tests.builders import write_phone_folder


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_phone_folder(tmp_path / "phone")


def json_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Any:
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("command", ["show", "info", "names", "diff"])
def test_in_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = json_of([command, "phone", *(["phone"] if command == "diff" else [])], capsys)
    assert {note["where"] for note in data["notes"]} == {"phone"}
    assert len({note["message"] for note in data["notes"]}) == 2
    assert {problem["where"] for problem in data["problems"]} == {"phone/notes.md"}


def test_in_a_capture(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["capture", "phone", "-o", "x.parquet"]) == 0
    source, kept = json_of(["info", "phone"], capsys), json_of(["info", "x.parquet"], capsys)
    assert (kept["notes"], kept["problems"]) == (source["notes"], source["problems"])
