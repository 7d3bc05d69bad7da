"""All real text that there is: read, written back byte for byte, and the same by both paths."""

from __future__ import annotations

import pytest

from droidanon.smaps.parse import parse_texts
from tests.corpus import PHONES, corpus, phone_texts, smaps_files
from tests.smaps_equal import exported, same


@pytest.mark.parametrize("file", smaps_files() or ["(any)"])
def test_every_file(file: str) -> None:
    text = (corpus() / file).read_bytes()
    parsed = parse_texts([text])
    assert exported(parsed) == [text]
    same(parsed, parse_texts([text], fast=False))


@pytest.mark.parametrize(("phone", "every"), zip(PHONES, (1, 4), strict=True))
def test_every_process_of_a_phone(phone: str, every: int) -> None:
    """Written back: all of them. By both paths: all of one phone's, some of the other's (the slow path takes seconds)."""
    texts = [text for _, text in phone_texts(phone)]
    parsed = parse_texts(texts)
    assert exported(parsed) == texts
    assert sum(text.count(b"\nVmFlags:") for text in texts) == len(parsed.vmas) > 100_000
    some = texts[::every]
    same(parsed if every == 1 else parse_texts(some), parse_texts(some, fast=False))
