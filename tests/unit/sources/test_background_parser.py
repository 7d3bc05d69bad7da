"""Texts parsed while more of them arrive: the same table, and little of the text at once."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Sequence
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from droidanon.smaps.parse import TextsReader, parse_texts
from droidanon.sources import background_parser as intake
from droidanon.sources.assemble import make_capture
from droidanon.sources.background_parser import BackgroundParser, Intake
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import Reading
from tests.builders import text
from tests.smaps_equal import same
from tests.strategies import damages
from tests.waiting import PATIENCE_S, wait_until

WHOLE = text(("[anon:scudo:primary]", 10), ("/system/lib64/libc.so", 4), ("", 8)).encode()


def reading(number: int, body: bytes | None) -> Reading:
    return Reading(ProcessFacts(f"p{number}", pid=number), body)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.none() | st.just(WHOLE) | damages(WHOLE), max_size=6),
    st.integers(1, 4 * len(WHOLE)),
    st.sets(st.integers(0, 5)),
)
def test_the_same_as_all_at_once(bodies: list[bytes | None], batch: int, left_out: set[int]) -> None:
    with patch.object(intake, "BATCH_BYTES", batch), Intake() as taking:
        taken = [taking.take(reading(number, body)) for number, body in enumerate(bodies)]
        kept = [one for number, one in enumerate(taken) if number not in left_out]
        assert not any(one.text for one in taken)
        by_parts = taking.parsed(kept)
    wanted = [body or b"" for number, body in enumerate(bodies) if number not in left_out]
    same(by_parts, parse_texts(wanted))


def test_a_capture_of_it() -> None:
    with Intake() as taking:
        readings = [taking.take(reading(number, body)) for number, body in enumerate((None, WHOLE, WHOLE[:-40]))]
        capture = make_capture(readings, source="x", intake=taking)
    assert [process.rows for process in capture.processes] == [0, 3, 3]
    assert [process.fidelity for process in capture.processes] == ["none", "smaps", "smaps"]
    assert {problem.where.split(", line")[0] for problem in capture.problems} == {"p2 (pid 2)"}


def test_what_arrives_faster_than_it_is_parsed_waits() -> None:
    """One batch is parsed, one grows; the next is not begun before the first is done."""
    go, sizes = threading.Event(), []

    def slow(self: TextsReader, texts: Sequence[bytes]) -> None:
        sizes.append(len(texts))
        go.wait(PATIENCE_S)

    with (
        patch.object(intake, "BATCH_BYTES", 3 * len(WHOLE)),
        patch.object(TextsReader, "add", slow),
        Intake() as taking,
    ):
        for number in range(5):
            taking.take(reading(number, WHOLE))
        sixth = threading.Thread(target=taking.take, args=(reading(5, WHOLE),))
        sixth.start()
        wait_until(lambda: sizes)
        time.sleep(0.2)
        assert sixth.is_alive()
        assert sizes == [3]
        go.set()
        sixth.join(PATIENCE_S)
        taking.parsed([])
    assert sizes[:2] == [3, 3]


def test_a_bug_in_the_thread_is_not_lost() -> None:
    with patch.object(intake, "BATCH_BYTES", 1), patch.object(TextsReader, "add", side_effect=ValueError("a bug")):
        with Intake() as taking, pytest.raises(ValueError, match="a bug"):
            taking.take(reading(0, WHOLE))  # raises it already if the thread is fast
            taking.parsed([])


def test_nothing_outlives_its_use() -> None:
    """Few objects hold much memory here, so a garbage collection, which counts objects, would come too late."""
    gc.disable()
    try:
        with Intake() as taking:
            capture = make_capture([taking.take(reading(1, WHOLE))], source="x", intake=taking)
        parser = taking._parser
        assert isinstance(parser, BackgroundParser) and parser._reader is not None
        kept = [weakref.ref(one) for one in (parser, parser._reader.known.tails, parser._reader.known.flags)]
        del parser, taking
        assert [one() for one in kept] == [None] * 3
    finally:
        gc.enable()
    assert len(capture.vmas) == 3


def test_a_batch_that_takes_long_is_not_waited_for_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()
    parser = BackgroundParser()
    monkeypatch.setattr(parser, "_parse", lambda texts: goes_on.wait(PATIENCE_S))
    parser.add([b""])
    parser.close()
    (thread,) = [one for one in threading.enumerate() if one.name == "parse"]
    assert thread.daemon
    goes_on.set()
    thread.join(PATIENCE_S)
