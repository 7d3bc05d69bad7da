"""Writes the pull request comment in README.md from the bundled samples: `python docs/generate_readme.py`; `--check` only compares."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "README.md"
BEGIN, END = "<!-- generated: begin -->\n", "<!-- generated: end -->\n"
COMMAND = ["check", "warm.parquet", "--markdown"]


def comment() -> str:
    """What the command prints for the samples of an app, before and after use, with the budget of the page."""
    from droidanon.cli.main import run

    first, second = sorted((ROOT / "captures" / "samples").glob("*example*.parquet"))
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        shutil.copy(first, "cold.parquet")
        shutil.copy(second, "warm.parquet")
        budget = PAGE.read_text("utf-8").partition("```toml\n[budget]\n")[2].partition("```")[0]
        Path("droidanon.toml").write_text(f"[budget]\n{budget}", "utf-8")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            run(COMMAND)
    return out.getvalue()


def text() -> str:
    """The page with the comment between its marks, quoted."""
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in comment().splitlines())
    return f"{before}{BEGIN}\n{quoted}\n{END}{after}"


if __name__ == "__main__":
    os.environ["COLUMNS"] = "100"
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text("utf-8") != text())
    PAGE.write_text(text(), "utf-8")
