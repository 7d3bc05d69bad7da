"""Tables in a terminal that is too narrow: numbers are whole or absent."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from droidanon.report.column import Column
from droidanon.report.column_widths import fit
from droidanon.report.markdown import document, markdown_table
from droidanon.report.table import print_table
from droidanon.report.titles import number_column, text_column
from droidanon.rows import Rows

NAMES = text_column("name", ["[anon:dalvik-main space (region space)]", "/system/lib64/libhwui.so"])
NUMBERS = [number_column(key, ["1,234,567", "9"]) for key in ("total_pss_kb", "pss_kb", "rss_kb")]
FOOTER = ["TOTAL", "12,345,678", "12,345,678", "12,345,678"]


def titles_of(columns: list[Column]) -> list[str]:
    return [column.title for column in columns]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_has_room_stays_as_it_is() -> None:
    table = fit([NAMES, *NUMBERS], FOOTER, 200)
    assert (table.columns, table.footer, table.left_out) == ([NAMES, *NUMBERS], FOOTER, [])


def test_texts_are_cut_in_their_middle_first() -> None:
    table = fit([NAMES, *NUMBERS], FOOTER, 70)
    assert (table.columns[1:], table.footer, table.left_out) == (NUMBERS, FOOTER, [])
    assert table.columns[0].cells[0].startswith("[anon:dal")
    assert table.columns[0].cells[0].endswith("space)]")
    assert "…" in table.columns[0].cells[0]


def test_then_numbers_are_left_out_from_the_right() -> None:
    table = fit([NAMES, *NUMBERS], FOOTER, 56)
    assert titles_of(table.columns) == ["name", "total PSS", "PSS"]
    assert (table.footer, table.left_out) == (FOOTER[:3], ["RSS"])
    assert max(map(len, table.columns[0].cells)) >= 24


def test_categories_are_cut_at_their_start() -> None:
    table = fit([text_column("category", ["webview.partition-alloc.buffers"]), NUMBERS[0]], None, 40)
    assert (table.columns[0].cells, table.left_out) == (["…ew.partition-alloc.buffers"], [])


def test_columns_go_in_groups_and_verdicts_are_never_cut() -> None:
    """A replicates' table: what is left at each width makes sense."""
    numbers = ("base", "new", "delta", "delta_percent", "low", "high", "p_value", "detectable", "replicates_needed")
    keys = [key if key.endswith(("percent", "value", "needed")) else f"{key}_kb" for key in numbers]
    full = [
        text_column("category", ["native.scudo.primary"]),
        text_column("status", ["both"]),
        *(number_column(key, ["169,452"]) for key in keys),
        text_column("verdict", ["higher"]),
        text_column("note", ["the interval excludes 0, but not once corrected for all rows tested"]),
    ]
    for width in range(30, 160):
        table = fit(full, None, width)
        shown = titles_of(table.columns)
        assert ("low" in shown) == ("high" in shown)
        assert ("base" in shown) == ("new" in shown)
        assert {"delta", "verdict"} <= set(shown)
        assert "note" not in shown or "p" in shown
        assert table.columns[shown.index("verdict")].cells == ["higher"]
        assert sorted([*shown, *table.left_out]) == sorted(titles_of(full))
    table = fit(full, None, 80)
    assert titles_of(table.columns) == ["category", "base", "new", "delta", "p", "verdict"]
    assert table.columns[0].cells == ["native.scudo.primary"]


def test_a_title_means_nothing() -> None:
    """Only keys and priorities decide."""
    columns = [NAMES, number_column("delta_kb", ["1", "2"], "shift"), Column("delta", ["x" * 30] * 2, align="right")]
    table = fit(columns, None, 30)
    assert titles_of(table.columns) == ["name", "shift"]


def test_an_empty_note_takes_no_room_and_a_course_is_drawn_anew() -> None:
    course = Column("course", ["▁▂▃▄▅▆▇█"], draw=lambda width: ["▁▃▅█▁▃▅█"[:width]])
    long = Column("course", ["▁" * 20], draw=lambda width: ["▁" * (width - 1) + "█"])
    table = fit([NAMES, NUMBERS[0], course, text_column("note", ["", ""])], None, 90)
    assert (titles_of(table.columns), table.left_out) == (["name", "total PSS", "course"], [])
    table = fit([NAMES, NUMBERS[0], long], None, 70)
    assert table.columns[2].cells[0].endswith("█")
    assert "…" not in table.columns[2].cells[0]
    assert table.columns[0] == NAMES


def test_the_delta_stays() -> None:
    numbers = [number_column(key, ["1,234,567"]) for key in ("base_kb", "new_kb", "delta_kb", "delta_percent")]
    table = fit([text_column("name", ["x" * 90]), *numbers], None, 20)
    assert titles_of(table.columns) == ["name", "delta"]
    assert table.left_out == ["%", "base", "new"]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=4), st.integers(1, 120))
def test_no_number_is_ever_cut(names: list[str], width: int) -> None:
    numbers = [number_column(f"n{place}", ["1,234,567"] * len(names)) for place in range(4)]
    table = fit([text_column("name", names), *numbers], None, width)
    assert [column for column in table.columns if column.align == "right"] == numbers[: 4 - len(table.left_out)]
    assert len(table.columns[0].cells) == len(names)


def test_a_narrow_terminal() -> None:
    out = Terminal()
    with patch.dict(os.environ, {"COLUMNS": "56", "TERM": "xterm", "NO_COLOR": "1"}):
        print_table([NAMES, *NUMBERS], FOOTER, out=out)
    lines = out.getvalue().splitlines()
    assert ": RSS" in " ".join(lines)
    assert "--" not in out.getvalue()  # not every command has --csv and --json
    assert sum("12,345,678" in line for line in lines) == 1
    assert "1,234,567" in out.getvalue()
    assert max(map(len, (line.rstrip() for line in lines if "1,234" in line))) <= 56
    with patch.dict(os.environ, {"COLUMNS": "12", "TERM": "xterm", "NO_COLOR": "1"}):
        print_table([NAMES, *NUMBERS], FOOTER, out=(tiny := Terminal()))
    assert "12,345,678" in tiny.getvalue()


def test_an_app_that_its_processes_repeat_goes_first() -> None:
    columns = [
        text_column("app", ["com.example.app", "com.example.app", "(other)"]),
        text_column("process", ["com.example.app", "com.example.app:remote", ""]),
        NUMBERS[0],
    ]
    table = fit(columns, ["TOTAL", "", "12"], 45)
    assert titles_of(table.columns) == ["process", "total PSS"]
    assert table.columns[0].cells == ["com.example.app", "com.example.app:remote", "(other)"]
    assert (table.footer, table.left_out) == (["TOTAL", "12"], ["app"])
    columns[1] = text_column("process", ["system_server", "com.example.app:remote", ""])
    assert fit(columns, None, 30).columns[0].title == "app"


class TestLongNames:
    """A name of 100 kB costs its row 1,024 characters, and no other row anything."""

    NAMES = ("n" * 100_000, "n" * 50_000 + "m" + "n" * 49_999, *(f"name {number}" for number in range(400)))

    def printed(self, names: Sequence[str]) -> list[str]:
        columns = [text_column("name", names), number_column("rss_kb", [str(number) for number in range(len(names))])]
        print_table(columns, ["TOTAL", "9"], out=(out := io.StringIO()))
        return out.getvalue().splitlines()

    def test_a_piped_table_elides_them(self) -> None:
        lines = self.printed(self.NAMES)
        assert len(lines) == 405
        assert [len(line) for line in lines[1:3]] == [1029, 1029]
        assert max(map(len, lines[3:])) < 40

    def test_different_names_stay_different(self) -> None:
        first, second = (line.split()[0] for line in self.printed(self.NAMES)[1:3])
        assert first != second
        assert first.startswith("nnn")
        assert first.endswith("nnn")

    def test_escapes_count(self) -> None:
        assert len(self.printed(["\U000e0001" * 1_000, "name"])[1]) < 1_100

    def test_a_comment_has_their_rows(self) -> None:
        rows = Rows({"name": list(self.NAMES)}, {"rss_kb": np.arange(402)})
        table = markdown_table(rows, ["rss_kb"])
        assert all(len(row) < 1_100 for row in table.rows)
        assert document([table]).count("\n| ") >= 402
