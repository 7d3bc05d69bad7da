"""The documentation says what the program does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from droidanon.taxonomy.classify import UNKNOWN_RULE, classify_names

ROOT = Path(__file__).resolve().parents[2]


def test_the_commands_page_is_the_help() -> None:
    done = subprocess.run([sys.executable, "docs/generate_cli.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run: python docs/generate_cli.py"


def test_the_page_of_findings_is_made_from_their_rules() -> None:
    done = subprocess.run([sys.executable, "docs/generate_insights.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run: python docs/generate_insights.py"


def test_the_names_page_is_made_from_the_rules() -> None:
    done = subprocess.run([sys.executable, "docs/generate_names.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run: python docs/generate_names.py"


def test_the_names_that_runtimes_give_by_themselves_have_rules() -> None:
    table = (ROOT / "docs" / "naming.md").read_text("utf-8").partition("## Runtimes and allocators")[2]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    told = [name for cells in rows for name in re.findall(r"`([^`]+)`", cells[2]) if "(" not in name]
    assert len(told) > 30
    names = [f"[anon:{name.replace('TID', '1234')}]" if name[0] != "." else name for name in told]
    found = {one.name for one in classify_names(names) if one.rule == UNKNOWN_RULE}
    assert not found - {".bss"}  # which is one only behind a library


def test_every_commands_help_has_an_example() -> None:
    sections = (ROOT / "docs" / "cli.md").read_text("utf-8").split("\n## droidanon ")[1:]
    assert len(sections) >= 9
    for section in sections:
        assert "Example" in section or "Start with" in section, section.splitlines()[0]


def test_links_in_the_pages_lead_somewhere() -> None:
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_readmes_comment_is_what_the_command_prints() -> None:
    done = subprocess.run([sys.executable, "docs/generate_readme.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run python docs/generate_readme.py"
