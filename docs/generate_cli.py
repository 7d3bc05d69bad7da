"""Writes docs/cli.md and droidanon/cli/help.txt from the commands' own help: `python docs/generate_cli.py`; `--check` only compares."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

os.environ["COLUMNS"] = os.environ["TERMINAL_WIDTH"] = "90"

HEAD = """# Commands

| exit code | meaning |
|---|---|
| 0 | success. Damage inside a readable text, or a process that ended during the reading, is listed in `problems` and on stderr |
| 1 | the command could not start or complete its task (`devices`: no phone can be used; `check`: undecided) |
| 2 | a usage error, or input that cannot be read |
| 3 | `check`: a row of the budget is above its limit |
| 130, 143, 129 | interrupted by Ctrl-C, SIGTERM or SIGHUP |

Numbers are kB of 1,024 bytes. stdout is data, stderr is narration.
"""


def text() -> str:
    """The page."""
    from droidanon.cli.main import COMMANDS, run

    parts = [HEAD]
    for words in ([], *(name.split() for name in COMMANDS)):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            run([*words, "--help"])
        body = "\n".join(line.rstrip() for line in out.getvalue().strip().splitlines())
        parts.append(f"## droidanon {' '.join(words)}".rstrip() + f"\n\n```\n{body}\n```\n")
    return "\n".join(parts)


def list_of_commands() -> str:
    """`droidanon --help`, by Typer."""
    from droidanon.cli.main import run

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        run(["--help", "--help"])
    return out.getvalue()


if __name__ == "__main__":
    from droidanon.cli.main import HELP_FILE

    found = {HELP_FILE: list_of_commands()}
    if "--check" not in sys.argv:
        HELP_FILE.write_text(found[HELP_FILE], "utf-8")
    found[Path(__file__).parent / "cli.md"] = text()
    if "--check" in sys.argv:
        sys.exit(any(path.read_text("utf-8") != content for path, content in found.items()))
    for path, content in found.items():
        path.write_text(content, "utf-8")
