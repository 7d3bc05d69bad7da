"""What the Library lists, without a screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from droidanon_tui.library.rows import capture_level, label_words, local_time
from droidanon_tui.library.state import LibraryState

from droidanon.store.library import CaptureSummary

FOLDER = Path("captures")
A = CaptureSummary(FOLDER / "a.parquet", "2026-11-29T23:03:21Z", "Pixel 8", app="com.example.app")
B = CaptureSummary(FOLDER / "runs" / "b.parquet", labels={"label": "cold", "build": "1.1.0", "run": "6"})
LEAK = CaptureSummary(FOLDER / "leak", labels={"build": "1.1.0", "run": "7"}, captures=12)
ELSEWHERE = CaptureSummary(Path("/a/long/way/to/samples/a.parquet"), labels={"build": "1.1.0"})


@pytest.fixture
def state() -> LibraryState:
    made = LibraryState(FOLDER)
    made.take((A, B, LEAK, ELSEWHERE))
    return made


def test_captures_are_told_apart_by_their_place(state: LibraryState) -> None:
    level = capture_level(state, {str(B.path)})
    names = [level.text("name", row) for row in range(len(level))]
    assert names == ["a", "runs/b", "leak/ (12 captures)", "samples/a"]
    assert [level.text("mark", row) for row in range(4)] == ["   ", "  ◆", "   ", "   "]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", [A, B, LEAK, ELSEWHERE]),
        ("RUNS", [B]),
        ("build=1.1.0 run=6", [B]),
        ("label:1.1.0", [B, LEAK, ELSEWHERE]),
        ("app:example", [A]),
        ("app:all name:a", [LEAK, ELSEWHERE]),
        ("device:pixel", [A]),
        ("nothing", []),
        ("what:a", []),
    ],
)
def test_a_filter_searches_name_app_device_and_labels(
    state: LibraryState, text: str, shown: list[CaptureSummary]
) -> None:
    state.set_filter(text)
    assert state.shown() == shown


def test_a_selection_keeps_its_order_and_loses_what_is_gone(state: LibraryState) -> None:
    for item in (LEAK, A, B, A):
        state.toggle(item.path)
    assert list(state.selected) == [LEAK.path, B.path]
    state.take((A, B))
    assert list(state.selected) == [B.path]


def test_common_labels_are_edited_and_others_stay(state: LibraryState) -> None:
    paths = (B.path, LEAK.path)
    assert state.labels_of(paths) == {"build": "1.1.0"}
    assert state.relabelled(paths, {"build": "2", "note": "x"}) == {
        B.path: {"label": "cold", "run": "6", "build": "2", "note": "x"},
        LEAK.path: {"run": "7", "build": "2", "note": "x"},
    }
    assert state.relabelled((B.path,), {}) == {B.path: {}}


@pytest.mark.parametrize(
    ("created", "shown"),
    [
        ("2026-11-29T23:03:21Z", "2026-11-29 23:03:21"),
        ("2026-11-29T23:03:21.987+02:00", "2026-11-29 21:03:21"),
        ("", "-"),
        ("yesterday at noon or so", "yesterday at noon o"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01 00:00:00"),
    ],
)
def test_times_are_to_the_second(created: str, shown: str) -> None:
    assert local_time(created) == shown


def test_labels_have_their_keys_unless_the_value_speaks_for_itself() -> None:
    assert label_words({"label": "cold", "build": "91"}) == "cold  build=91"
