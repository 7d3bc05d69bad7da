"""A golden file: commands with their stdout, stderr and exit code, as a terminal shows them.

    # One sentence about the case.
    # needs: apps
    # hide: [0-9.]+ kB

    --- file empty.txt

    $ droidanon show nowhere
    --- stderr
    droidanon: nowhere: no such file or folder
    --- exit 2

`needs` names pytest fixtures that prepare the current folder or a phone. `hide` is a regular expression of output that
differs from run to run. `--- file PATH` and the lines below it are a file in the current folder. `NAME=value` before `droidanon` sets a variable, `< FILE` after the arguments is stdin.
stdout follows the command line; exit code 0 and empty streams are not written.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from droidanon.version import __version__

PROMPT, NEEDS, HIDE = "$ ", "# needs:", "# hide: "
FILE = "--- file "
STDERR, EXIT, UNFINISHED = "--- stderr", "--- exit ", "--- no newline at the end"


@dataclass(frozen=True)
class Command:
    """One command line."""

    line: str
    arguments: list[str]
    environment: dict[str, str]
    stdin: str | None


@dataclass(frozen=True)
class Result:
    """What one command printed, and its exit code."""

    stdout: str
    stderr: str
    code: int


@dataclass(frozen=True)
class Transcript:
    """The head of a golden file (all before the first command), its files by path, and its commands."""

    head: list[str]
    files: dict[str, str]
    commands: list[Command]

    @property
    def needs(self) -> list[str]:
        return [name for line in self.head if line.startswith(NEEDS) for name in line.removeprefix(NEEDS).split()]

    @property
    def hidden(self) -> list[str]:
        return [line.removeprefix(HIDE) for line in self.head if line.startswith(HIDE)]


def parse_transcript(text: str) -> Transcript:
    """The commands of a golden file; expected output is skipped."""
    lines = text.splitlines()
    first = next((place for place, line in enumerate(lines) if line.startswith(PROMPT)), len(lines))
    head = "\n".join(lines[:first]).rstrip("\n")
    files = {}
    for part in f"\n{head}".split(f"\n{FILE}")[1:]:
        path, _, content = part.partition("\n")
        files[path] = f"{content.strip()}\n".removeprefix("\n")
    return Transcript(head.split("\n"), files, [_command(line) for line in lines if line.startswith(PROMPT)])


def _command(line: str) -> Command:
    words = shlex.split(line.removeprefix(PROMPT))
    program = words.index("droidanon")
    environment = dict(word.split("=", 1) for word in words[:program])
    arguments = words[program + 1 :]
    stdin = arguments[-1] if arguments[-2:-1] == ["<"] else None
    return Command(line, arguments[:-2] if stdin else arguments, environment, stdin)


def render_transcript(transcript: Transcript, results: list[Result]) -> str:
    """The text of a golden file."""
    blocks = ["".join(f"{line}\n" for line in transcript.head)]
    for command, result in zip(transcript.commands, results, strict=True):
        blocks.append(f"{command.line}\n{_render(result)}")
    return "\n".join(blocks)


def _render(result: Result) -> str:
    for line in (result.stdout + result.stderr).splitlines():
        assert not line.startswith((PROMPT, EXIT)), f"a golden file can't hold this line of output: {line}"
        assert line not in (STDERR, UNFINISHED), f"a golden file can't hold this line of output: {line}"
    parts = [_finished(result.stdout)]
    if result.stderr:
        parts.append(f"{STDERR}\n{_finished(result.stderr)}")
    if result.code:
        parts.append(f"{EXIT}{result.code}\n")
    return "".join(parts)


def _finished(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n{UNFINISHED}\n"


def normalise(text: str, folder: Path, hidden: list[str]) -> str:
    """`text` without what differs from run to run: the folder, this version, times of today, matches of `hidden`."""
    text = text.replace(str(folder), "FOLDER")
    for pattern in hidden:
        text = re.sub(pattern, "HIDDEN", text)
    text = text.replace(f"droidanon {__version__}", "droidanon VERSION")
    text = re.sub(rf'(tool_version\s+|"tool_version": "){re.escape(__version__)}', r"\1VERSION", text)
    now = datetime.now(UTC)
    days = "|".join(f"{day:%Y-%m-%d}" for day in (now - timedelta(days=1), now))
    text = re.sub(rf"(?:{days})T\d\d:\d\d:\d\d(?:\.\d+)?Z", "NOW", text)
    return re.sub(rf"(?:{days.replace('-', '')})-?T?\d{{6}}Z?", "NOW", text)


def golden_files(folder: Path) -> list[Path]:
    """Every golden file under `folder`."""
    return sorted(folder.rglob("*.txt"))
