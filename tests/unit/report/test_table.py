"""Tables in a terminal that is too narrow: numbers are whole or absent."""

from __future__ import annotations

import io
import os
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from droidanon.report.table import Column, fit, print_table

NAMES = Column("name", ["[anon:dalvik-main space (region space)]", "/system/lib64/libhwui.so"])
NUMBERS = [Column(title, ["1,234,567", "9"], True) for title in ("total PSS", "PSS", "RSS")]
FOOTER = ["TOTAL", "12,345,678", "12,345,678", "12,345,678"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_has_room_stays_as_it_is() -> None:
    assert fit([NAMES, *NUMBERS], FOOTER, 200) == ([NAMES, *NUMBERS], FOOTER, [])


def test_texts_are_cut_in_their_middle_first() -> None:
    columns, footer, left_out = fit([NAMES, *NUMBERS], FOOTER, 70)
    assert (columns[1:], footer, left_out) == (NUMBERS, FOOTER, [])
    assert columns[0].cells[0].startswith("[anon:dal")
    assert columns[0].cells[0].endswith("space)]")
    assert "…" in columns[0].cells[0]


def test_then_numbers_are_left_out_from_the_right() -> None:
    columns, footer, left_out = fit([NAMES, *NUMBERS], FOOTER, 56)
    assert [column.title for column in columns] == ["name", "total PSS", "PSS"]
    assert (footer, left_out) == (FOOTER[:3], ["RSS"])
    assert max(map(len, columns[0].cells)) >= 24


def test_categories_are_cut_at_their_start() -> None:
    columns, _, left_out = fit([Column("category", ["webview.partition-alloc.buffers"]), NUMBERS[0]], None, 40)
    assert (columns[0].cells, left_out) == (["…ew.partition-alloc.buffers"], [])
    assert columns[0].cells[0].startswith("…")
    assert columns[0].cells[0].endswith(".partition-alloc.buffers")


def test_columns_go_in_groups_and_verdicts_are_never_cut() -> None:
    """A replicates' table: what is left at each width makes sense."""
    titles = ("base", "new", "shift", "%", "low", "high", "p", "could show", "needed")
    table = [
        Column("category", ["native.scudo.primary"]),
        Column("status", ["both"]),
        *(Column(title, ["169,452"], True) for title in titles),
        Column("verdict", ["higher"]),
        Column("note", ["the interval excludes 0, but not once corrected for all rows tested"]),
    ]
    for width in range(30, 160):
        columns, _, left_out = fit(table, None, width)
        shown = [column.title for column in columns]
        assert ("low" in shown) == ("high" in shown)
        assert ("base" in shown) == ("new" in shown)
        assert {"shift", "verdict"} <= set(shown)
        assert "note" not in shown or "p" in shown
        assert columns[shown.index("verdict")].cells == ["higher"]
        assert sorted([*shown, *left_out]) == sorted(column.title for column in table)
    columns, _, _ = fit(table, None, 80)
    assert [column.title for column in columns] == ["category", "base", "new", "shift", "p", "verdict"]
    assert columns[0].cells == ["native.scudo.primary"]


def test_an_empty_note_takes_no_room_and_a_course_is_drawn_anew() -> None:
    course = Column("course", ["▁▂▃▄▅▆▇█"], drawn=lambda width: ["▁▃▅█▁▃▅█"[:width]])
    long = Column("course", ["▁" * 20], drawn=lambda width: ["▁" * (width - 1) + "█"])
    columns, footer, left_out = fit([NAMES, NUMBERS[0], course, Column("note", ["", ""])], None, 90)
    assert ([column.title for column in columns], footer, left_out) == (["name", "total PSS", "course"], None, [])
    columns, _, _ = fit([NAMES, NUMBERS[0], long], None, 70)
    assert columns[2].cells[0].endswith("█")
    assert "…" not in columns[2].cells[0]
    assert columns[0] == NAMES


def test_the_delta_stays() -> None:
    numbers = [Column(title, ["1,234,567"], True) for title in ("base", "new", "delta", "%")]
    columns, _, left_out = fit([Column("name", ["x" * 90]), *numbers], None, 20)
    assert [column.title for column in columns] == ["name", "delta"]
    assert left_out == ["%", "base", "new"]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=4), st.integers(1, 120))
def test_no_number_is_ever_cut(names: list[str], width: int) -> None:
    numbers = [Column(f"n{place}", ["1,234,567"] * len(names), True) for place in range(4)]
    columns, _, left_out = fit([Column("name", names), *numbers], None, width)
    assert [column for column in columns if column.number] == numbers[: 4 - len(left_out)]
    assert len(columns[0].cells) == len(names)


def test_a_narrow_terminal() -> None:
    out = Terminal()
    with patch.dict(os.environ, {"COLUMNS": "56", "TERM": "xterm", "NO_COLOR": "1"}):
        print_table([NAMES, *NUMBERS], FOOTER, out=out)
    lines = out.getvalue().splitlines()
    assert ": RSS" in " ".join(lines)
    assert sum("12,345,678" in line for line in lines) == 1
    assert "1,234,567" in out.getvalue()
    assert max(map(len, (line.rstrip() for line in lines if "1,234" in line))) <= 56
    with patch.dict(os.environ, {"COLUMNS": "12", "TERM": "xterm", "NO_COLOR": "1"}):
        print_table([NAMES, *NUMBERS], FOOTER, out=(tiny := Terminal()))
    assert "12,345,678" in tiny.getvalue()


def test_an_app_that_its_processes_tell_goes_first() -> None:
    table = [
        Column("app", ["com.example.app", "com.example.app", "(other)"]),
        Column("process", ["com.example.app", "com.example.app:remote", ""]),
        NUMBERS[0],
    ]
    columns, footer, left_out = fit(table, ["TOTAL", "", "12"], 45)
    assert [column.title for column in columns] == ["process", "total PSS"]
    assert columns[0].cells == ["com.example.app", "com.example.app:remote", "(other)"]
    assert (footer, left_out) == (["TOTAL", "12"], ["app"])
    table[1] = Column("process", ["system_server", "com.example.app:remote", ""])
    assert fit(table, None, 30)[0][0].title == "app"
