"""Pages that commands write with `--html`, next to the JSON of the same run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from droidanon.cli.html_page import PageFile
from droidanon.cli.main import run
from droidanon.html_report.page import Figure, Headlines, Page, SortableTable

Pages = Callable[..., tuple[Page, Any]]


@pytest.fixture
def page_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pages:
    """Runs a command with `--json --html`; its page and its JSON."""

    def collect(*arguments: str) -> tuple[Page, Any]:
        written: list[Page] = []
        monkeypatch.setattr(PageFile, "write", lambda _, page: written.append(page))
        capsys.readouterr()
        run([*arguments, "--json", "--html", "page.html"])
        (page,) = written
        return page, json.loads(capsys.readouterr().out)

    return collect


def table(page: Page, title: str) -> list[dict[str, Any]]:
    """The rows of the table with a title, unknown numbers as None."""
    (found,) = [one for one in page.sections if isinstance(one, SortableTable) and one.title == title]
    columns = {}
    for column in found.columns:
        values = column.values.tolist() if column.kind not in ("text", "note") else list(column.values)
        gone = [False] * len(column) if column.missing is None else column.missing.tolist()
        columns[column.key] = [None if missing else value for value, missing in zip(values, gone, strict=True)]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def figure(page: Page, title: str) -> Figure:
    """The figure with a title."""
    (found,) = [one for one in page.sections if isinstance(one, Figure) and one.title == title]
    return found


def headlines(page: Page) -> Headlines:
    """The verdict and the headline numbers, which come first."""
    first = page.sections[0]
    assert isinstance(first, Headlines)
    return first


def columns_of(rows: list[dict[str, Any]], *keys: str) -> list[tuple[Any, ...]]:
    """Some columns of rows; numbers to 9 digits."""
    return [
        tuple(pytest.approx(v, rel=1e-9) if isinstance(v := row[key], float) else v for key in keys) for row in rows
    ]
