"""Tables in a terminal that is too narrow: numbers are whole or absent."""

from __future__ import annotations

import io
import os
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from droidanon.report.plain import Column, fit, print_table

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
    columns, footer, left_out = fit([NAMES, *NUMBERS], FOOTER, 45)
    assert [column.title for column in columns] == ["name", "total PSS", "PSS"]
    assert (footer, left_out) == (FOOTER[:3], ["RSS"])


def test_the_first_number_and_the_delta_stay() -> None:
    numbers = [Column(title, ["1,234,567"], True) for title in ("base", "new", "delta", "%")]
    columns, _, left_out = fit([Column("name", ["x" * 90]), *numbers], None, 20)
    assert [column.title for column in columns] == ["name", "base", "delta"]
    assert left_out == ["new", "%"]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=4), st.integers(1, 120))
def test_no_number_is_ever_cut(names: list[str], width: int) -> None:
    numbers = [Column(f"n{place}", ["1,234,567"] * len(names), True) for place in range(4)]
    columns, _, left_out = fit([Column("name", names), *numbers], None, width)
    assert [column for column in columns if column.number] == numbers[: 4 - len(left_out)]
    assert len(columns[0].cells) == len(names)


def test_a_narrow_terminal() -> None:
    out = Terminal()
    with patch.dict(os.environ, {"COLUMNS": "45", "TERM": "xterm", "NO_COLOR": "1"}):
        print_table([NAMES, *NUMBERS], FOOTER, out=out)
    lines = out.getvalue().splitlines()
    assert "no room for: RSS" in " ".join(lines)
    assert sum("12,345,678" in line for line in lines) == 1
    assert "1,234,567" in out.getvalue()
    assert max(map(len, (line.rstrip() for line in lines if "1,234" in line))) <= 45
    with patch.dict(os.environ, {"COLUMNS": "12", "TERM": "xterm", "NO_COLOR": "1"}):
        print_table([NAMES, *NUMBERS], FOOTER, out=(tiny := Terminal()))
    assert "12,345,678" in tiny.getvalue()
