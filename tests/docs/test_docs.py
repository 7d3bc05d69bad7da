"""The documentation says what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_commands_page_is_the_help() -> None:
    done = subprocess.run([sys.executable, "docs/generate_cli.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run: python docs/generate_cli.py"


def test_the_names_page_is_made_from_the_rules() -> None:
    done = subprocess.run([sys.executable, "docs/generate_names.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run: python docs/generate_names.py"


def test_every_commands_help_has_an_example() -> None:
    sections = (ROOT / "docs" / "cli.md").read_text("utf-8").split("\n## droidanon ")[1:]
    assert len(sections) >= 9
    for section in sections:
        assert "Example" in section or "Start with" in section, section.splitlines()[0]


def test_links_in_the_pages_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
