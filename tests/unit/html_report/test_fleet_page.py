"""The page of an answer to a question about a dataset has the numbers of the answer."""

from __future__ import annotations

from droidanon.fleet.questions.answer import Answer, problem
from droidanon.html_report.fleet_page import fleet_page
from droidanon.html_report.page import Figure, Prose, SortableTable
from droidanon.html_report.render import render

LEVELS = [
    {"app": "a<b>", "build": build, "level_kb": kb, "devices": 1, "captures": 2} for build, kb in (("1", 5), ("2", 9))
]
ROWS = [
    {"app": "a<b>", "category": None, "build": "2", "change_kb": 4, "devices": 3},
    {"app": "a<b>", "category": "native", "build": "2", "change_kb": None, "devices": 3},
]


def test_a_page_has_the_rows_the_levels_and_the_warnings() -> None:
    columns = ("app", "category", "build", "change_kb", "devices")
    answer = Answer(
        "steps", "fleet", columns, ROWS, {"counter": "anon_swap_kb", "levels": LEVELS}, (problem("partial", "half"),)
    )
    page = fleet_page(answer)
    figure, table, caveats = page.sections
    assert isinstance(figure, Figure)
    assert figure.data[0]["y"] == [5, 9]
    assert figure.data[0]["name"] == "a&lt;b&gt;"
    assert "2: +4 kB" in figure.summary
    assert isinstance(table, SortableTable)
    assert [(one.key, one.kind) for one in table.columns] == [
        ("app", "text"),
        ("category", "text"),
        ("build", "text"),
        ("change_kb", "change_kb"),
        ("devices", "count"),
    ]
    change = table.columns[3]
    assert next(iter(change.values)) == 4
    assert change.missing is not None
    assert change.missing.tolist() == [False, True]
    assert isinstance(caveats, Prose)
    assert caveats.items == ["half"]
    assert "a<b>" not in render(page)
