from __future__ import annotations

import time

import pytest
from droidanon_tui.live.wording import ago_text, clock_text, format_amount, memory_words, pace_words, state_word

from droidanon.sources.sampling.sample import SystemSample
from tests.messages import mentions
from tests.tui.live_builders import SYSTEM


@pytest.mark.parametrize(
    ("adjustment", "word"),
    [
        (None, "-"),
        (-1000, "native"),
        (-900, "system"),
        (-800, "persistent"),
        (-700, "persistent"),
        (0, "foreground"),
        (49, "foreground"),
        (50, "recent"),
        (100, "visible"),
        (199, "visible"),
        (200, "perceptible"),
        (250, "perceptible"),
        (300, "backup"),
        (400, "heavy"),
        (500, "service"),
        (600, "home"),
        (700, "previous"),
        (800, "service B"),
        (900, "cached"),
        (999, "cached"),
    ],
)
def test_states(adjustment: int | None, word: str) -> None:
    assert state_word(adjustment) == word


def test_amounts() -> None:
    assert [format_amount(kb) for kb in (None, 0, 1023, 1024, 1_048_575, 1_048_576)] == [
        "-",
        "0 kB",
        "1023 kB",
        "1 MB",
        "1024 MB",
        "1.0 GB",
    ]


def test_memory_says_what_may_be_read() -> None:
    assert memory_words(SYSTEM) == (
        "available 2.7 of 7.3 GB · swap 1.5 of 4.0 GB · pressure 0.4 % (full 0.1 %) · zram 1.0 GB in 391 MB"
    )
    assert memory_words(SystemSample()) == ""
    assert memory_words(SystemSample(mem_total_kb=2048, mem_available_kb=1024)) == "available 1 of 2 MB"
    assert memory_words(SystemSample(pressure_some=1.0)) == "pressure 1.0 %"


def test_the_pace_says_that_it_was_slowed_down() -> None:
    assert mentions(pace_words(1.0, 1.0, None), "1.0 s")
    assert mentions(pace_words(1.0, 1.0, 0.006), "1.0 s", "0.6 %")
    assert mentions(pace_words(1.0, 2.5, 0.05), "2.5 s", "1.0 s", "5.0 %")


def test_times() -> None:
    assert clock_text(0.0) == time.strftime("%H:%M:%S", time.localtime(0))
    assert [ago_text(seconds) for seconds in (60.0, 300.0, 7200.0)] == ["60 s", "5 min", "2.0 h"]
