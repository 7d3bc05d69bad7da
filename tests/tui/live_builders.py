"""Samples, phones and states for the tests of Live, every argument defaulted."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

import pytest
from droidanon_tui.live.state import LiveState

from droidanon.errors import DroidanonError
from droidanon.sources.phone.devices import DeviceSummary
from droidanon.sources.sampling.sample import Away, ProcessSample, Sample, SystemSample
from tests.waiting import PATIENCE_S

PHONE = DeviceSummary("29041FDH", "device", "Pixel 8", "16", "userdebug", "root", 4096)
SYSTEM = SystemSample(7_700_000, 2_800_000, 4_194_304, 2_621_440, 0.4, 0.1, 1_048_576, 400_000)
START = 1_000_000.0
ANON: Mapping[str, int] = {"com.example.app": 90_000, "com.example.app:remote": 40_000, "system_server": 130_000}
ADJUSTMENTS = {"com.example.app": 0, "com.example.app:remote": 500, "system_server": -900}


def process(
    name: str,
    pid: int,
    *,
    anon: int | None = 1000,
    swap: int | None = 100,
    uid: int = 10_001,
    adjustment: int | None = 900,
) -> ProcessSample:
    rss = (anon or 0) + 50
    return ProcessSample(
        pid, name, name[-15:], uid, 1, "S", adjustment, rss, anon, None if anon is None else 40, 10, swap
    )


def sample(tick: int = 0, anon: Mapping[str, int] = ANON, *, growth: int = 0, gone: tuple[str, ...] = ()) -> Sample:
    """The processes of `anon`; the first grows by `growth` a tick."""
    processes = [
        process(
            name, 100 + number, anon=kb + (growth * tick if number == 0 else 0), adjustment=ADJUSTMENTS.get(name, 900)
        )
        for number, (name, kb) in enumerate(anon.items())
        if name not in gone
    ]
    return Sample(START + tick, tuple(processes), SYSTEM, 1.0, 0.006)


def live_state(ticks: int = 1, *, growth: int = 1000, source: str = "adb:29041FDH") -> LiveState:
    state = LiveState(source)
    state.device = PHONE
    for tick in range(ticks):
        state.take(sample(tick, growth=growth))
    return state


class FakeSampler:
    """Gives what it is told to, one after the other, then waits to be closed; an error is raised."""

    def __init__(self, *seen: Sample | Away | DroidanonError) -> None:
        self._seen = list(seen)
        self.every_s = 1.0
        self.closed = threading.Event()
        self.given = threading.Event()

    def __iter__(self) -> Iterator[Sample | Away]:
        return self

    def __next__(self) -> Sample | Away:
        if not self._seen:
            self.given.set()
            self.closed.wait(PATIENCE_S)
            raise StopIteration
        one = self._seen.pop(0)
        if isinstance(one, DroidanonError):
            raise one
        return one

    def close(self) -> None:
        self.closed.set()


def watch(monkeypatch: pytest.MonkeyPatch, *samplers: FakeSampler) -> list[str]:
    """Makes these the samplers that are opened, one after the other; the sources that were asked for."""
    asked: list[str] = []
    left = list(samplers)

    def open_sampler(source: str, *, every_s: float = 1.0) -> FakeSampler:
        asked.append(source)
        left[0].every_s = every_s
        return left.pop(0)

    monkeypatch.setattr("droidanon.sources.sampling.sampler.open_sampler", open_sampler)
    return asked
