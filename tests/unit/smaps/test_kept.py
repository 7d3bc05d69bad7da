"""Dictionaries kept between calls: what one text taught never shows in the table of another."""

from __future__ import annotations

from threading import Thread
from unittest.mock import patch

import pytest

from droidanon.smaps import kept
from droidanon.smaps.parse import parse_texts
from tests.builders import text
from tests.smaps_equal import same


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_kept", kept._Kept())


def _names(count: int, first: int = 0, length: int = 20) -> bytes:
    return text(*((f"[anon:{number:0{length}}]", 4) for number in range(first, first + count))).encode()


def test_a_table_has_the_names_of_its_own_text_only() -> None:
    secret, own = _names(50), _names(50, first=25)
    first = parse_texts([own])
    parse_texts([secret])
    known = kept._kept.known
    again = parse_texts([own])
    assert kept._kept.known is known  # the dictionaries were used, with more names than the table has
    assert known is not None and len(known.names.codes) == 75
    assert set(again.vmas.name.values) == {f"[anon:{number:020}]" for number in range(25, 75)}
    same(first, again)
    same(first, parse_texts([own], fast=False))


def test_large_dictionaries_are_not_kept() -> None:
    parse_texts([_names(10)])
    assert kept._kept.known is not None
    with patch.object(kept, "_MOST_BYTES", 1000):
        parse_texts([_names(50, length=100)])
    assert kept._kept.known is None


def test_a_call_that_fails_keeps_nothing() -> None:
    parse_texts([_names(10)])
    with patch("droidanon.smaps.parse.parse_fast", side_effect=MemoryError), pytest.raises(MemoryError):
        parse_texts([_names(10)])
    assert kept._kept.known is None


def test_each_thread_has_its_own() -> None:
    parse_texts([_names(10)])
    seen = []
    thread = Thread(target=lambda: seen.append(kept._kept.known))
    thread.start()
    thread.join()
    assert seen == [None]
