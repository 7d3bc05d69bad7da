"""Runs benchmarks and writes docs/benchmarks.md: each with its command, its output, and the machine's load.

`python benchmarks/page.py [NAME ...]`, as root in the checkout's folder, on an otherwise idle machine. With names, only
these run; the other sections are kept.
"""

from __future__ import annotations

import ast
import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks.md"
COMMANDS = {
    "parse": "python benchmarks/parse.py",
    "parse_forms": "python benchmarks/parse_forms.py",
    "startup": "python benchmarks/startup.py",
    "capture": "python benchmarks/capture.py 300",
    "files": "python benchmarks/files.py",
    "diff": "python benchmarks/diff.py",
    "costs": "python benchmarks/costs.py",
    "tui": "python benchmarks/tui.py",
    "report": "python benchmarks/report.py",
    "series": "python benchmarks/series.py",
    "series_disk": "python benchmarks/series_disk.py",
    "long_series": "python benchmarks/long_series.py 1000",
}
"""The commands by section name. Statistics and fleets have their own pages."""
INTRODUCTION = """# Benchmarks

`python benchmarks/page.py` writes this page. Compare numbers within a section only: each is from one run. The checkout is byte-compiled (`tools/setup`
does that); without it the first start of a command takes about 15 % longer.
"""


def main() -> None:
    """Run the benchmarks and write the page."""
    sections = read(PAGE.read_text()) if PAGE.exists() else {}
    for name in sys.argv[1:] or COMMANDS:
        print(f"{name}: {COMMANDS[name]}", file=sys.stderr, flush=True)
        sections[name] = section(name)
        PAGE.write_text("\n".join([INTRODUCTION, *(sections[one] for one in COMMANDS if one in sections)]))


def read(page: str) -> dict[str, str]:
    """The sections of a page, by name."""
    parts = re.split(r"^(?=## )", page, flags=re.MULTILINE)[1:]
    return {part[3:].partition("\n")[0]: part.rstrip("\n") + "\n" for part in parts}


def section(name: str) -> str:
    """Run a benchmark, and return its section of the page."""
    command = COMMANDS[name]
    load = os.getloadavg()[0]
    done = subprocess.run([sys.executable, *command.split()[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stderr}")
    docstring = ast.get_docstring(ast.parse((ROOT / command.split()[1]).read_text())) or ""
    about = docstring.partition("\n")[0]
    machine = f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}, load {load:.1f} before"
    return f"## {name}\n\n{about}\n\n`{command}`, {datetime.now(UTC):%Y-%m-%d}, {machine}:\n\n{blocks(done.stdout)}\n"


def blocks(output: str) -> str:
    """An output as Markdown: tables unchanged, other lines in a code block."""
    found: list[str] = []
    plain: list[str] = []
    for line in [*output.rstrip("\n").splitlines(), "|"]:
        if not line.startswith("|"):
            plain.append(line)
            continue
        if any(map(str.strip, plain)):
            found.append("```text\n" + "\n".join(plain).strip("\n") + "\n```\n")
        elif plain and found:
            found.append("")
        plain = []
        found.append(line)
    return "\n".join(found[:-1]).strip("\n")


if __name__ == "__main__":
    main()
