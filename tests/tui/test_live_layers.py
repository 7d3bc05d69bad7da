from __future__ import annotations

from droidanon_tui.live.layers import LayerCell, Layers, largest_kb, moment_at, picture, round_up_kb
from hypothesis import given
from hypothesis import strategies as st

TWO = Layers(("java", "native"), (0.0, 10.0), ((1024, 1024), (2048, 4096)))


def chars(lines: list[list[LayerCell]]) -> list[str]:
    return ["".join(cell.char for cell in line) for line in lines]


def test_a_moment_holds_until_the_next() -> None:
    assert [moment_at(TWO, time) for time in (-1.0, 0.0, 9.9, 10.0, 99.0)] == [None, 0, 0, 1, 1]
    short = Layers(TWO.names, TWO.times, TWO.values, holds=3.0)
    assert [moment_at(short, time) for time in (2.0, 4.0, 12.0, 14.0)] == [0, None, 1, None]


def test_heights_are_in_eighths_of_a_cell() -> None:
    drawn = picture(Layers(("a",), (0.0,), ((1024 * 3,),)), 2, 2, 0.0, 10.0, 1024 * 4)
    assert chars(drawn) == ["▄▄", "██"]
    assert drawn[0][0] == LayerCell("▄", 0, None)


def test_two_layers_share_a_cell() -> None:
    drawn = picture(TWO, 2, 1, 0.0, 10.0, 2048)
    assert drawn[0][0] == LayerCell("▄", 0, 1)
    assert drawn[0][1] == LayerCell("█", 0)  # cut at the top


def test_before_the_first_moment_nothing_is_known() -> None:
    drawn = picture(TWO, 4, 1, -20.0, 20.0, 8192)
    assert [cell.front for cell in drawn[0]] == [None, 0, 0, 0] or drawn[0][0] == LayerCell()


def test_the_newest_moment_is_in_the_last_column() -> None:
    assert picture(TWO, 5, 1, 0.0, 10.0, 6144)[0][4] == LayerCell("▃", 0, 1)


def test_without_colours_layers_have_patterns() -> None:
    drawn = picture(Layers(("a", "b"), (0.0,), ((1024, 1024),)), 1, 2, 0.0, 1.0, 2048, coloured=False)
    assert chars(drawn) == ["▓", "█"]
    assert all(cell.back is None for line in drawn for cell in line)


def test_tops_are_easy_to_read() -> None:
    assert [round_up_kb(kb) // 1024 for kb in (0, 1024, 1100, 2048, 150_000, 1_000_000)] == [1, 1, 1, 2, 150, 1000]
    assert round_up_kb(1100) == 1536


def test_the_largest_of_a_span_counts_what_holds_at_its_begin() -> None:
    assert largest_kb(TWO, 0.0, 5.0) == 2048
    assert largest_kb(TWO, 5.0, 5.0) == 2048
    assert largest_kb(TWO, 5.0, 20.0) == 6144
    assert largest_kb(Layers((), (), ()), 0.0, 1.0) == 0


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=6), st.integers(1, 12), st.integers(1, 20_000), st.booleans()
)
def test_a_column_is_as_high_as_its_sum(values: list[int], height: int, top: int, coloured: bool) -> None:
    layers = Layers(tuple("abcdef"[: len(values)]), (0.0,), (tuple(values),))
    column = [line[0] for line in picture(layers, 1, height, 0.0, 1.0, top, coloured=coloured)]
    eighths = sum(8 if cell.char in "█▓▒░" or cell.back is not None else " ▁▂▃▄▅▆▇".index(cell.char) for cell in column)
    wanted = min(round(sum(values) / top * height * 8), height * 8)
    assert abs(eighths - wanted) <= 8
    if len(values) == 1:
        assert eighths == wanted
    filled = [cell.front is not None for cell in column]
    assert filled == sorted(filled)  # nothing floats
    assert round_up_kb(sum(values)) >= sum(values)
