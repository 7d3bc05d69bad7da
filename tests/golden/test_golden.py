"""Commands print exactly what their golden files hold: `python -m pytest tests/golden --update-golden` rewrites the files.

A new case is a file `tests/golden/TOPIC/CASE.txt` with a comment, perhaps input files, and `$ droidanon ...` lines; the
option adds the output. The format is in transcript.py, the fixtures to need are in conftest.py and testphone/phone/fixtures.py.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from droidanon.cli.main import COMMANDS, run
from tests.golden.transcript import (
    Command,
    Result,
    golden_files,
    normalise,
    parse_transcript,
    render_transcript,
)

HERE = Path(__file__).parent
FILES = golden_files(HERE)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(HERE).with_suffix("").as_posix())
def test_golden(
    file: Path,
    folder: Path,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = file.read_text("utf-8")
    transcript = parse_transcript(text)
    for name in transcript.needs:
        request.getfixturevalue(name)
    for path, content in transcript.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, "utf-8")
    results = []
    for command in transcript.commands:
        raw = _in_process(command, capsys, monkeypatch) if not command.environment else _in_subprocess(command)
        stdout, stderr = (normalise(stream, folder, transcript.hidden) for stream in (raw.stdout, raw.stderr))
        results.append(Result(stdout, stderr, raw.code))
    actual = render_transcript(transcript, results)
    if request.config.getoption("--update-golden"):
        file.write_text(actual, "utf-8", newline="\n")
    else:
        assert actual == text, "if the change is meant: python -m pytest tests/golden --update-golden"


def _in_process(command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Result:
    with monkeypatch.context() as patch:
        stdin = Path(command.stdin).read_bytes() if command.stdin else b""
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capsys.readouterr()
        code = run(command.arguments)
    return Result(*capsys.readouterr(), code)


def _in_subprocess(command: Command) -> Result:
    """For variables that a library reads at import."""
    done = subprocess.run(
        [sys.executable, "-m", "droidanon", *command.arguments],
        env={**os.environ, **command.environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return Result(done.stdout, done.stderr, done.returncode)


def test_every_file_is_a_case() -> None:
    others = [path for path in HERE.rglob("*") if path.suffix not in (".txt", ".py", ".pyc") and not path.is_dir()]
    assert others == []
    for file in FILES:
        transcript = parse_transcript(file.read_text("utf-8"))
        assert transcript.commands, f"{file}: no command"
        assert transcript.head[0].startswith("# "), f"{file}: no comment"


def test_no_case_is_there_twice() -> None:
    cases = Counter()
    for file in FILES:
        transcript = parse_transcript(file.read_text("utf-8"))
        cases[(*sorted(transcript.needs), *(command.line for command in transcript.commands))] += 1
    assert [case for case, count in cases.items() if count > 1] == []


def test_every_command_has_its_help() -> None:
    """And no help is of a command that is gone."""
    groups = {words.split()[0] for words in COMMANDS if " " in words}
    wanted = {words.replace(" ", "-") for words in COMMANDS} | {"droidanon", *groups}
    assert {file.stem for file in (HERE / "help").iterdir()} == wanted
