from __future__ import annotations

from droidanon_tui.live.rows import ANON_SWAP, LIMIT, SPARK, STATE, LiveLevel, live_columns
from droidanon_tui.live.state import LiveState
from droidanon_tui.widgets.columns import LABEL, fit_columns
from droidanon_tui.widgets.draw import draw_row
from droidanon_tui.widgets.line_styles import LineStyles
from droidanon_tui.widgets.open_rows import OpenRows
from rich.style import Style

from tests.tui.live_builders import live_state, sample


def shown(level: LiveLevel, *columns: str) -> list[tuple[object, ...]]:
    return [
        tuple(level.number(column, row) if column.endswith("_kb") else level.text(column, row) for column in columns)
        for row in range(len(level))
    ]


def test_a_row_a_process() -> None:
    assert shown(live_state(3).root(), LABEL, STATE, "anon_swap_kb", "rss_kb", "since_start_kb", "since_mark_kb") == [
        ("● com.example.app", "foreground", 92_100, 92_050, 2000, None),
        ("  com.example.app:remote", "service", 40_100, 40_050, 0, None),
        ("  system_server", "system", 130_100, 130_050, 0, None),
    ]


def test_a_row_an_app_with_its_processes_below() -> None:
    state = live_state(3)
    state.by = "app"
    level = state.root()
    assert shown(level, LABEL, STATE, "anon_swap_kb", "since_start_kb") == [
        ("● com.example.app", "foreground", 132_200, 2000),
        ("  system_server", "system", 130_100, 0),
    ]
    assert [level.has_children(row) for row in range(2)] == [True, False]
    below = level.children(0)
    assert [below.text(LABEL, row).strip("● ") for row in range(len(below))] == [
        "com.example.app",
        "com.example.app:remote",
    ]


def test_an_ended_process_is_said_so_and_counts_no_longer() -> None:
    state = live_state(1)
    state.take(sample(1, gone=("com.example.app:remote",)))
    assert ("  com.example.app:remote", "ended") in shown(state.root(), LABEL, STATE)
    state.by = "app"
    assert state.root().number("anon_swap_kb", 0) == 90_100


def test_sorting_by_state_is_by_importance_and_by_the_line_by_growth() -> None:
    level = live_state(3).root()
    assert level.sort_values(STATE).tolist() == [0, 500, -900]
    assert level.sort_values(SPARK).tolist() == [2000, 0, 0]
    assert list(level.sort_values(LABEL)) == ["com.example.app", "com.example.app:remote", "system_server"]


def test_a_computers_adjustments_are_no_states() -> None:
    state = LiveState("local:")
    state.take(sample())
    assert shown(state.root(), LABEL, STATE)[0] == ("  com.example.app", "0")


def test_the_filter_takes_all_words_of_process_or_app() -> None:
    state = live_state()
    state.set_filter("EXAMPLE remote")
    assert [name for (name,) in shown(state.root(), LABEL)] == ["  com.example.app:remote"]
    state.set_filter("nothing such")
    assert len(state.root()) == 0


def test_the_columns_that_stay_when_it_gets_narrow() -> None:
    assert [one.column.key for one in fit_columns(live_columns("kB"), 74)] == [
        LABEL,
        STATE,
        "anon_swap_kb",
        LIMIT,
        "since_mark_kb",
    ]
    assert len(fit_columns(live_columns("kB"), 126)) == len(live_columns("kB"))


def test_what_has_ended_comes_last_however_it_is_sorted() -> None:
    state = live_state(1)
    state.take(sample(1, gone=("system_server",)))
    level = state.root()
    for column in (ANON_SWAP, STATE, SPARK, LABEL):
        for descending in (True, False):
            rows = OpenRows(level, column, descending=descending)
            assert [rows.place(line).row for line in range(3)][-1] == 2
    state.take(sample(2))
    assert state.root().faded is None or not state.root().faded[0]


def test_what_has_ended_is_dim_and_its_growth_has_no_colour() -> None:
    styles = LineStyles(Style(), Style(), Style(), Style(dim=True), dark=True)
    state = live_state(1)
    state.take(sample(1, growth=1000))
    fitted = fit_columns(live_columns("kB"), 200)
    rows = OpenRows(state.root(), ANON_SWAP)
    alive = {segment.text.strip(): segment.style for segment in draw_row(rows.place(1), fitted, styles)}
    assert alive["+1,000"].color is not None
    state.take(sample(2, gone=("com.example.app",)))
    rows = OpenRows(state.root(), ANON_SWAP)
    over = {segment.text.strip(): segment.style for segment in draw_row(rows.place(2), fitted, styles)}
    assert over["ended"].dim
    assert over["+1,000"].color is None
    assert over["+1,000"].dim
