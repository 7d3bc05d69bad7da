"""The language of what users read: short summaries, one form of usage line, one meaning per class name, plain words."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from droidanon.cli.main import COMMANDS, SECTIONS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (ROOT / "droidanon", ROOT / "tui")
GOLDEN = ROOT / "tests" / "golden"
SUMMARY = 45  # characters: what `droidanon --help` has room for at 80 columns

IDIOMS = re.compile(
    r"\b(told|tells|said|beside|alike|whose|taken|no one's|so much|as many as|is waited for|where it is not|at most the"
    r"|an? row an? \w+|kB an? (minute|capture)|not what they should)\b|(?<!there )\bis no (?!longer\b|more\b|such\b)"
)
AREAS = ("droidanon", "tui", "golden", "docs")


def help_files() -> list[Path]:
    return sorted((GOLDEN / "help").glob("*.txt"))


def test_a_summary_is_one_line_of_the_list_of_commands() -> None:
    text = (GOLDEN / "help" / "droidanon.txt").read_text("utf-8")
    first = next(iter(SECTIONS))
    commands = [line for line in text.partition(f"\n{first}:\n")[2].splitlines() if re.match(r"  [a-z]+ ", line)]
    assert len(commands) == len({words.split()[0] for words in COMMANDS})
    for line in commands:
        found = re.fullmatch(r"  \w+ +(\S.*[^.]\.)", line)
        assert found, f"not one sentence: {line}"
        assert len(found[1]) <= SUMMARY, line


@pytest.mark.parametrize("file", help_files(), ids=lambda file: file.stem)
def test_names_of_values_are_in_capitals(file: Path) -> None:
    """As in `droidanon diff [OPTIONS] BASE NEW` and `--top N`."""
    text = file.read_text("utf-8")
    (usage,) = re.findall(r"^Usage: (.*)", text, re.M)
    for word in usage.removeprefix("droidanon ").split():
        assert re.fullmatch(r"[a-z-]+|\[?[A-Z|]+\]?(\.\.\.)?\]?", word), usage
    for option, value in re.findall(r"^  (-[-\w, /]*?-\w[-\w]*) (\S+)(?:  |$)", text, re.M):
        assert value == "/" or value == value.upper(), f"{option} {value}"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_an_example(command: str) -> None:
    text = (GOLDEN / "help" / f"{command.replace(' ', '-')}.txt").read_text("utf-8")
    assert f"  droidanon {command}" in text.partition("Examples:\n")[2]


def test_a_class_name_has_one_meaning() -> None:
    count = Counter(
        node.name
        for package in PACKAGES
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, times in count.items() if times > 1] == []


def texts(area: str) -> Iterator[tuple[Path, str]]:
    """(file, text) of all that users read in an area."""
    if area == "golden":
        for path in sorted(GOLDEN.rglob("*.txt")):
            yield from ((path, line) for line in path.read_text("utf-8").splitlines() if line[:2] not in ("# ", "$ "))
    elif area == "docs":
        for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
            if path.name != "cli.md":  # which is made of the help
                yield from ((path, re.sub("`[^`]*`", "", line)) for line in path.read_text("utf-8").splitlines())
    else:
        for path in sorted((ROOT / area).rglob("*.py")):
            yield from ((path, text) for text in strings(ast.parse(path.read_text("utf-8"))))


def strings(tree: ast.AST) -> Iterator[str]:
    """The string literals of a module that are sentences: not its docstrings, not words and keys."""
    docstrings = {
        id(statement.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            words = node.value.split()
            if len(words) > 1 and node.value.count("\n") < 3:  # more is a script for the phone
                yield " ".join(words)


@pytest.mark.parametrize("area", AREAS)
def test_no_retired_idiom(area: str) -> None:
    found = [f"{path.relative_to(ROOT)}: {text.strip()}" for path, text in texts(area) if IDIOMS.search(text)]
    assert not found, "\n".join(found)
