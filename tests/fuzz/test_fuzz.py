"""A short run of each fuzz target, always the same one; and proof that the harness sees failures."""

from __future__ import annotations

import json
import os
import random
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from droidanon.errors import InputError
from droidanon.store.sealed import open_sealed
from tests.fuzz import folders, stored
from tests.fuzz import run as fuzz
from tests.fuzz.mutate_json import mutate_json
from tests.fuzz.parquet_documents import NotAFile, document_of, write_document
from tests.fuzz.run import run
from tests.fuzz.targets import TARGETS, Target

INPUTS = {
    "smaps": 30,
    "maps": 30,
    "store": 6,
    "commands": 15,
    "text": 30,
    "trace": 40,
    "archive": 30,
    "capture": 20,
    "tables": 12,
    "views": 8,
    "changes": 12,
    "series": 6,
    "samples": 4,
    "sums": 10,
    "dataset": 0,
    "experiment": 20,
}
"""Mutations of the targets whose inputs take long, so that each takes less than a second of processor time."""
DOCUMENTS = ("tables", "changes", "sums")


@pytest.mark.parametrize("name", TARGETS)
def test_each_target(name: str) -> None:
    """The seeds are valid, and neither the corpus nor a mutation fails."""
    inputs = len(TARGETS[name].corpus()) + INPUTS.get(name, 80)
    found = run(name, inputs=inputs)
    assert (found.failure, found.input) == ("", b"")
    assert found.inputs == inputs


@pytest.mark.parametrize("name", DOCUMENTS)
def test_most_mutated_documents_are_files_with_a_valid_digest(name: str) -> None:
    """Else nothing would get to the checks behind the digest."""
    rng, corpus, refused = random.Random(1), TARGETS[name].seeds(), 0
    for _ in range(20):
        with TemporaryDirectory() as folder:
            try:
                document = json.loads(TARGETS[name].mutate(rng, corpus))
                write_document(document, Path(folder, "a.parquet"))
                open_sealed(Path(folder, "a.parquet"))
            except (NotAFile, AttributeError, ValueError):
                refused += 1
    assert refused <= 5


def test_a_document_is_the_file_it_was_made_of(tmp_path: Path) -> None:
    for seed in (*stored.table_seeds(), *stored.change_seeds(), *folders.sums_seeds()):
        write_document(json.loads(seed), tmp_path / "a.parquet")
        assert document_of(tmp_path / "a.parquet") == json.loads(seed)


def test_mutated_json_is_json() -> None:
    rng, seed = random.Random(1), folders.series_seeds()
    changed = [mutate_json(rng, seed) for _ in range(200)]
    assert len(set(changed)) > 180
    assert sum(map(_is_json, changed)) > 180


def _is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except ValueError:
        return False
    return True


def test_what_the_harness_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(data: bytes) -> None:
        if b"crash" in data:
            os.kill(os.getpid(), signal.SIGKILL)
        if b"refuse" in data:
            raise InputError("refused")
        if b"fail" in data:
            raise KeyError("x")
        if b"much" in data:
            bytearray(8 << 30)

    valid = [b"nothing"]
    for word, seen in (("refuse", ""), ("fail", "KeyError"), ("much", "MemoryError"), ("crash", "the process ended")):
        monkeypatch.setitem(
            TARGETS, "made", Target("made", parse, lambda: valid, lambda _rng, _seeds, word=word: word.encode())
        )  # type: ignore[misc]
        found = run("made", inputs=2)
        assert found.failure.startswith(seen) and bool(found.failure) == bool(seen)
        assert found.input == (word.encode() if seen else b"")
    monkeypatch.setitem(TARGETS, "made", Target("made", parse, lambda: [b"refuse"]))
    assert run("made", inputs=1).failure.startswith("InputError")


def test_an_input_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(data: bytes) -> None:
        while True:
            pass

    monkeypatch.setattr(fuzz, "LEAST_SECONDS", 0.1)
    monkeypatch.setattr(fuzz, "FIRST_SECONDS", 0)
    monkeypatch.setitem(TARGETS, "made", Target("made", parse, lambda: [b"x"]))
    assert "processor time" in run("made", inputs=1).failure
