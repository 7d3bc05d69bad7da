"""A short run of each fuzz target, always the same one; and proof that the harness sees failures."""

from __future__ import annotations

import os
import signal

import pytest

from droidanon.errors import InputError
from tests.fuzz import run as fuzz
from tests.fuzz.run import run
from tests.fuzz.targets import TARGETS, Target

INPUTS = {"series": 40, "capture": 60, "text": 60}


@pytest.mark.parametrize("name", TARGETS)
def test_each_target(name: str) -> None:
    found = run(name, inputs=INPUTS.get(name, 120))
    assert (found.failure, found.input) == ("", b"")
    assert found.inputs == INPUTS.get(name, 120)


@pytest.mark.parametrize("name", TARGETS)
def test_inputs_to_begin_with_are_valid(name: str) -> None:
    for data in TARGETS[name].seeds():
        TARGETS[name].parse(data)


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

    for word, seen in (("refuse", ""), ("fail", "KeyError"), ("much", "MemoryError"), ("crash", "the process ended")):
        monkeypatch.setitem(TARGETS, "made", Target("made", parse, lambda word=word: [word.encode()]))  # type: ignore[misc]
        found = run("made", inputs=1)
        assert found.failure.startswith(seen) and bool(found.failure) == bool(seen)
        assert found.input == (word.encode() if seen else b"")


def test_an_input_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(data: bytes) -> None:
        while True:
            pass

    monkeypatch.setattr(fuzz, "LEAST_SECONDS", 0.1)
    monkeypatch.setitem(TARGETS, "made", Target("made", parse, lambda: [b"x"]))
    assert "processor time" in run("made", inputs=1).failure
