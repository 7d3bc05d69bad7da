"""Doubts about how replicates were taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from droidanon.analysis.capture_facts import CaptureFacts, facts_of
from droidanon.analysis.view import View
from droidanon.analysis.warnings.replicates import replicate_warnings
from tests.builders import capture, text
from tests.messages import mentions


def side(minutes: Sequence[int], *, started: Sequence[int | None] = (), serial: str = "A") -> list[CaptureFacts]:
    """Captures of one app made at some minutes; `started`: the start times of its processes."""
    taken = capture({"com.example.app": text(("[heap]", 40))})
    found = []
    for minute, start in zip(minutes, started or range(100, 100 + len(minutes)), strict=True):
        process = replace(taken.processes[0], start_time=start)
        made = f"2026-01-02T03:{minute:02d}:00Z"
        device: dict[str, str | int] = {"serial": serial} if serial else {}
        found.append(facts_of(View(replace(taken, processes=(process,), created=made, device=device))))
    return found


def doubts(base: list[CaptureFacts], new: list[CaptureFacts], *, paired: bool = False) -> dict[str, str]:
    return {warning.kind: warning.message for warning in replicate_warnings(base, new, paired=paired)}


def test_sides_in_turn_leave_no_doubt() -> None:
    assert doubts(side((1, 4, 5, 8)), side((2, 3, 6, 7))) == {}
    assert doubts(side((1, 4, 5, 8)), side((2, 3, 6, 7)), paired=True) == {}


def test_one_side_after_the_other() -> None:
    found = doubts(side((1, 2, 3)), side((4, 5, 6)))
    assert list(found) == ["not_alternated"]
    assert mentions(found["not_alternated"], "base", "new")
    assert mentions(doubts(side((7, 8)), side((4, 5)))["not_alternated"], "new", "base")
    assert "not_alternated" in doubts(side((1, 2, 3)), side((4, 5, 6)), paired=True)
    assert doubts(side((1,)), side((2,))) == {}  # one against one says enough


def test_texts_do_not_tell_when_they_were_taken() -> None:
    assert doubts(side((1, 2), serial=""), side((3, 4), serial="")) == {}


def test_one_process_captured_again_and_again() -> None:
    found = doubts(side((1, 3, 5, 7), started=(90, 90, 90, 90)), side((2, 4, 6, 8)))
    assert list(found) == ["same_run"]
    assert mentions(found["same_run"], "4", "com.example.app")
    twice = doubts(side((1, 3, 5, 7)), side((2, 4, 6, 8), started=(90, 90, 91, 91)))["same_run"]
    assert mentions(twice, "4", "2", "com.example.app")
    assert doubts(side((1, 3), started=(None, None)), side((2, 4))) == {}
