"""The page about the architecture names modules and functions that exist."""

from __future__ import annotations

import re
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ROWS = re.findall(r"^\| `([a-z_.]+)` \| ((?:`\w+`(?:, )?)+) \|", PAGE.partition("## Interfaces")[2], re.MULTILINE)
TERMS = re.findall(r"^\| ([^|]+?) \|", PAGE.partition("## Glossary")[2].partition("## Layers")[0], re.MULTILINE)


@pytest.mark.parametrize(("module", "names"), ROWS, ids=[module for module, _names in ROWS])
def test_the_names_of_the_interfaces_exist(module: str, names: str) -> None:
    found = import_module(f"droidanon.{module}")
    for name in re.findall(r"`(\w+)`", names):
        assert hasattr(found, name), name


def test_the_tables_are_read() -> None:
    assert len(ROWS) > 30
    assert len(TERMS) > 30


def test_the_layers_are_those_that_import_linter_checks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    checked = project["tool"]["importlinter"]["contracts"][0]["layers"]
    drawing = PAGE.partition("## Layers")[2].partition("Where a new")[0]
    drawn = re.findall(r"^droidanon\.(\w+(?:, \w+)*)", drawing, re.MULTILINE)
    assert [set(re.findall(r"\w+", line)) for line in drawn] == [set(re.findall(r"\w+", layer)) for layer in checked]
