"""The kind of a text that is longer than the part which patterns read."""

from __future__ import annotations

import pytest

from droidanon.sources.files import detect
from droidanon.sources.files.contents import Item
from droidanon.sources.files.detect import Kind, kind_of
from tests.builders import text

PART = 1 << 13
LOG = b"I/ActivityManager( 1234): a line of a log with 12 kB of 345 words\n"


@pytest.fixture(autouse=True)
def small_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect, "SEARCHED_BYTES", PART)


def kind(data: bytes) -> Kind:
    return kind_of(Item("log.txt", data))


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (text(("[heap]", 4)).encode(), Kind.SMAPS),
        (b"05-01 12:00:00.000  1000  1234 I am_low_memory: Low on memory:\n", Kind.LOW_MEMORY),
        (b"==1234==Process memory map follows:\n", Kind.SANITIZER),
        (b"Rss: much\nA line that names Rss: 12 kB, and how it came to be Low on memoryless\n", Kind.OTHER),
    ],
)
@pytest.mark.parametrize("before", [PART // 2, 4 * PART])
def test_a_text_may_follow_a_log(before: int, end: bytes, expected: Kind) -> None:
    assert kind(LOG * (before // len(LOG)) + end) is expected


@pytest.mark.parametrize("end", [b"\nRss: 4 kB", b"\nRss: 4 kB\r\n", b"\nRss: 4 kB\n" + LOG])
def test_a_counter_is_a_whole_line(end: bytes) -> None:
    assert kind(LOG * (4 * PART // len(LOG)) + end) is Kind.SMAPS


def test_only_so_many_needles_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect, "_MOST_NEEDLES", 100)
    log, end = LOG * (2 * PART // len(LOG)), b"Rss: 4 kB\n"
    assert kind(log + b"Rss: x\n" * 99 + end) is Kind.SMAPS
    assert kind(log + b"Rss: x\n" * 100 + end) is Kind.OTHER
