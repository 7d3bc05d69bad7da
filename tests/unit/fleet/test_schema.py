"""The tables of a dataset, and the page that describes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from droidanon.counters import COMPUTED
from droidanon.fleet.schema import COUNTERS, TABLES, arrow_schema

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "fleet.md").read_text("utf-8")


@pytest.mark.parametrize("table", TABLES)
def test_the_page_lists_the_columns_of_a_table(table: str) -> None:
    section = re.split(r"^##+ ", PAGE.partition(f"### {table}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", section, re.MULTILINE)
    assert rows == [(column.name, column.type) for column in TABLES[table] if column.name not in COUNTERS]


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_a_column_once(table: str) -> None:
    names = arrow_schema(table).names
    assert len(set(names)) == len(names) > 1


def test_every_computed_counter_is_a_column() -> None:
    assert set(COUNTERS) >= COMPUTED
