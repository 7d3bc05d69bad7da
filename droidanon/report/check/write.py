"""Writes a check in its output formats to stdout or files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from droidanon.errors import UsageError
from droidanon.report.check.report import CheckReport
from droidanon.report.check.text import print_check
from droidanon.report.narration import say
from droidanon.report.table import write_text
from droidanon.store.atomic_file import atomic_file

TEXT, GITHUB = "text", "github"
FORMATS = {
    TEXT: "",
    "json": "json",
    "markdown": "markdown",
    "junit": "junit",
    GITHUB: "github",
    "gitlab": "gitlab",
    "bencher": "bencher",
    "github-action-benchmark": "action_benchmark",
    "androidx": "androidx",
}
"""The module of each format."""


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """A format, and the file to write it to (None: stdout)."""

    format: str
    file: Path | None = None


def parse_outputs(texts: Iterable[str]) -> tuple[CheckOutput, ...]:
    """Outputs from `FORMAT` or `FORMAT=FILE`. Raises UsageError for an unknown format, or two formats on stdout."""
    found = []
    for text in texts:
        name, equals, file = text.partition("=")
        if name not in FORMATS:
            raise UsageError(f"--output {text}: unknown format {name!r}; choose from {', '.join(FORMATS)}")
        if (equals and not file) or (file and name == TEXT):
            raise UsageError(f"--output {text}: " + ("text goes to stdout" if file else "the file is missing"))
        found.append(CheckOutput(name, Path(file) if file and file != "-" else None))
    printed = [one.format for one in found if one.file is None]
    if len(printed) > 1 and set(printed) != {TEXT, GITHUB}:
        raise UsageError(f"{' and '.join(printed)} both go to stdout: write one to a file, as in {printed[-1]}=FILE")
    return tuple(found)


def write_check(report: CheckReport, outputs: Sequence[CheckOutput]) -> None:
    """Write a check in every requested format. The table is printed last, unless stdout has another format."""
    for one in outputs:
        if one.format != TEXT:
            _write(report, one)
    printed = [one.format for one in outputs if one.file is None]
    if not printed or TEXT in printed or printed == [GITHUB]:
        print_check(report)


def _write(report: CheckReport, output: CheckOutput) -> None:
    text = render_check(report, output.format)
    if output.file is None:
        write_text(text)
    else:
        with atomic_file(output.file) as file:
            file.write(text.encode())
        say(f"wrote {output.file}")
    if output.format == GITHUB:
        _append_summary(report)


def render_check(report: CheckReport, name: str) -> str:
    """A check in one format."""
    text: str = import_module(f"droidanon.report.check.{FORMATS[name]}").render(report)
    return text


def _append_summary(report: CheckReport) -> None:
    """Append the Markdown to the job summary, if GitHub provides one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(render_check(report, "markdown") + "\n")
