"""SKILL.md: its commands run on the samples, and print the JSON that it describes."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from droidanon.cli.main import COMMANDS, run
from droidanon.store.library import samples_folder

PAGE = (Path(__file__).resolve().parents[2] / "SKILL.md").read_text("utf-8")
ON_FILES, ON_PHONES = (
    [line.partition(" #")[0].strip() for line in block.splitlines()]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
)


@pytest.mark.parametrize("line", ON_FILES)
def test_a_command_prints_its_json(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = samples_folder()
    assert samples is not None
    for sample, name in zip(sorted(samples.glob("*example*.parquet")), ("cold", "warm"), strict=True):
        (tmp_path / f"{name}.parquet").write_bytes(sample.read_bytes())
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(line)
    assert program == "droidanon"
    assert run(arguments) == 0
    data = json.loads(capsys.readouterr().out)
    assert {"schema", "rows", "totals", "problems", "warnings", "notes"} <= data.keys()
    assert data["rows"]


def test_the_commands_exist() -> None:
    assert len(ON_FILES) > 7
    assert len(ON_PHONES) > 5
    for line in (*ON_FILES, *ON_PHONES):
        assert line.split()[1] in COMMANDS, line


@pytest.mark.parametrize("line", ON_PHONES)
def test_the_options_of_commands_for_phones_exist(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = shlex.split(line)[1:]
    assert run([arguments[0], "--help"]) == 0
    printed = capsys.readouterr().out
    for option in (word for word in arguments if word.startswith("-")):
        assert re.search(rf"(?<!\S){option}\b", printed.replace(",", " ")), option


def test_commands_of_the_page_on_numbers_exist() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "numbers.md").read_text("utf-8")
    named = set(re.findall(r"`(?:droidanon )?(\w+) (?:SOURCE|SERIES|PACKAGE|--)", page))
    assert len(named) > 5
    assert named <= set(COMMANDS)


def test_the_keys_of_findings_are_those_that_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = re.search(r"Rows of `insights`: (.*?)\. `left_out`", PAGE, re.DOTALL)
    assert sentence is not None
    assert run(["insights", "--sample", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["rows"][0]
    named = [re.sub(r"\(.*", "", word).strip(" `\n") for word in re.sub(r"\(.*?\)", "", sentence[1]).split(",")]
    assert named == list(row)


def test_the_exit_codes_are_those_of_the_commands_page() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "cli.md").read_text("utf-8")
    skill, commands = (re.findall(r"^\| (\d+)(?:,[ \d,]+)? \|", text, re.MULTILINE) for text in (PAGE, page))
    assert skill == commands
