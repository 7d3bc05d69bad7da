"""The page about the architecture names modules and functions that exist."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "architecture.md").read_text("utf-8")
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
