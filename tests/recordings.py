"""Recordings with a clock and a phone of the test's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from droidanon.model import Capture, Problem
from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.record.recorder import Recorder, Request
from droidanon.record.schedule import Schedule
from droidanon.sources.phone.exits import PhoneExits
from droidanon.sources.sampling.sample import Away, Sample
from droidanon.sources.selection import Selection
from droidanon.store.series import Series
from tests.builders import capture, text
from tests.fake_clock import FakeClock


class FakePhone:
    """A phone with captures that take some seconds of a clock; `fault` is raised instead, `partial` is their next state."""

    def __init__(self, clock: FakeClock, took_s: float = 0.0) -> None:
        self.clock = clock
        self.took_s = took_s
        self.fault: Exception | None = None
        self.partial = False
        self.booted_s = 0.0
        self.asked: list[str] = []
        self.wanted: list[tuple[str | None, bool]] = []
        self.source = "adb:S"

    def read(self, source: str, selection: Selection, *, progress: Callable[..., None], **_: object) -> Capture:
        self.asked.append(source)
        self.wanted.append((selection.app, selection.foreground))
        if self.fault is not None:
            raise self.fault
        progress(0, None, "com.a")
        self.clock.pass_(self.took_s)
        progress(1, None, "com.b")
        taken = capture({"com.a": text(("[anon:scudo:primary]", 100))}, device={"model": "M", "serial": "S"})
        created = datetime.fromtimestamp(self.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        problems = (Problem("adb:S", "the connection broke"),) if self.partial else ()
        system = {"uptime_s": int(self.clock.seconds - self.booted_s)}
        return replace(
            taken,
            source=self.source,
            created=created,
            partial=self.partial,
            problems=problems,
            system=system,
            app=selection.app or ("com.a" if selection.foreground else ""),
        )

    def fail(self, error: Exception | None) -> None:
        self.fault = error

    def set_partial(self, partial: bool) -> None:
        self.partial = partial


class NoSamples:
    """A sampler without samples."""

    def __iter__(self) -> Iterator[Sample | Away]:
        return iter(())

    def close(self) -> None:
        """Nothing is open."""


class Recording:
    """A recorder with a clock and a phone of its own; `said` has its messages."""

    def __init__(self, captures: Path, schedule: Schedule, took_s: float = 0.0, **request: Any) -> None:
        self.clock = FakeClock()
        self.phone = FakePhone(self.clock, took_s)
        self.said: list[str] = []
        self.sampler: Callable[..., Any] = lambda *_, **__: NoSamples()
        self.remembered: list[ProcessExit] = []
        self.recorder = Recorder(
            Request("adb:", captures, **request),
            schedule,
            self.clock,
            report=self.said.append,
            read=self.phone.read,
            identify=lambda source: "",
            exits=self.exits,
            sampler=lambda *given, **named: self.sampler(*given, **named),
        )

    def exits(self, source: str, serialno: str, app: str | None, *, clock: Callable[[], float]) -> PhoneExits:
        return PhoneExits(tuple(self.remembered), ahead_s=3600.0)

    def run(self) -> Series:
        return self.recorder.run()
