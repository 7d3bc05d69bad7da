"""Seeded random faults of the connection, the app, the clock and the disk."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.soak.clock import JumpingClock
from benchmarks.soak.small_disk import SmallDisk
from testphone.phone import Phone

APP = "com.example.app"
PAUSE_S = (4, 20)
"""The time between two faults."""
OUTAGE_S = (4, 30)
STALL_S = (2, 70)
"""droidanon gives up after 60 s of silence."""


@dataclass
class Outage:
    """A time without a connection; `end` is 0 while it lasts. Times are true, in seconds since 1970."""

    kind: str
    begin: float
    end: float = 0.0


@dataclass
class Faults:
    """Call `step` repeatedly; `stop` ends ongoing faults."""

    phone: Phone
    clock: JumpingClock
    disk: SmallDisk | None
    rng: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    outages: list[Outage] = field(default_factory=list)
    ended: dict[int, tuple[float, str]] = field(default_factory=dict)
    """The app's ended processes: when and how each ended."""
    _next_at: float = 0.0
    _ends: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next_at = time.monotonic() + self.rng.uniform(*PAUSE_S)

    def step(self) -> None:
        """End faults that are over, and start those that are due."""
        now = time.monotonic()
        due, self._ends = [one for one in self._ends if one[0] <= now], [one for one in self._ends if one[0] > now]
        for _, end in due:
            end()
        if now < self._next_at:
            return
        kinds = self._kinds()
        kind = self.rng.choices(list(kinds), [weight for weight, _ in kinds.values()])[0]
        self.counts[kind] += 1
        kinds[kind][1]()
        self._next_at = time.monotonic() + self.rng.uniform(*PAUSE_S)

    def stop(self) -> None:
        """Restore the state before the faults."""
        while self._ends:
            self._ends.pop(0)[1]()

    @property
    def is_connected(self) -> bool:
        """Whether there is no outage."""
        return not self.outages or self.outages[-1].end > 0

    def _kinds(self) -> dict[str, tuple[float, Callable[[], None]]]:
        """The faults possible now, with weights."""
        phone = self.phone
        kinds: dict[str, tuple[float, Callable[[], None]]] = {"app restarted": (2, self._restart_app)}
        if any(process.package == APP for process in phone.model.processes.values()):
            kinds["process killed"] = (2, self._kill_process)
        if self.is_connected:
            kinds["phone unplugged"] = (2, lambda: self._outage("phone unplugged", phone.unplug, phone.replug))
            kinds["cable pulled"] = (2, lambda: self._outage("cable pulled", phone.pull_cable, phone.plug_in))
            kinds["adb server killed"] = (
                2,
                lambda: self._outage("adb server killed", phone.kill_server, lambda: start_server(phone)),
            )
            kinds["adbd stalled"] = (1, self._stall)
        if self.clock.can_jump:
            kinds["clock jumped"] = (2, self._jump)
        if self.disk is not None and self.disk.is_used and not self.disk.is_full:
            kinds["disk full"] = (1, self.disk.fill)
        return kinds

    def _outage(self, kind: str, begin: Callable[[], None], end: Callable[[], None]) -> None:
        outage = Outage(kind, time.time())
        begin()
        self.outages.append(outage)

        def over() -> None:
            outage.end = time.time()
            end()

        self._ends.append((time.monotonic() + self.rng.uniform(*OUTAGE_S), over))

    def _stall(self) -> None:
        """Make adbd unresponsive without closing the connection."""
        stalled = self.phone.adbds()

        def go_on() -> None:
            for pid in stalled:
                os.kill(pid, signal.SIGCONT)
            outage.end = time.time()

        outage = Outage("adbd stalled", time.time())
        for pid in stalled:
            os.kill(pid, signal.SIGSTOP)
        self.outages.append(outage)
        self._ends.append((time.monotonic() + self.rng.uniform(*STALL_S), go_on))

    def _jump(self) -> None:
        sign = self.rng.choice((-1, 1))
        self.clock.jump(sign * self.rng.choice((10, 60, 600, 3600, 86400)))

    def _restart_app(self) -> None:
        before = self._of_app()
        self.phone.restart_app(APP)
        self.ended |= dict.fromkeys(before, (time.time(), "force stop"))

    def _kill_process(self) -> None:
        """End one of the app's processes; the app is restarted soon."""
        pid = self.rng.choice(self._of_app())
        end = self.rng.choice(("limiter", "low memory", "crash", "itself"))
        self.phone.kill_process(pid, end)  # type: ignore[arg-type]
        self.ended[pid] = time.time(), end
        self._ends.append((time.monotonic() + self.rng.uniform(1, 15), self._restart_app))

    def _of_app(self) -> list[int]:
        return [pid for pid, process in self.phone.model.processes.items() if process.package == APP]


def start_server(phone: Phone) -> None:
    """Restart the phone's adb server. Ends any that a recorder has started outside the phone's network meanwhile."""
    for _ in range(50):
        end_servers(phone)
        try:
            return phone.start_server()
        except OSError:  # a recorder was faster
            time.sleep(0.05)
    raise RuntimeError("the port of the adb server does not get free")


def end_servers(phone: Phone) -> None:
    """End the adb servers that recorders started on the phone's port."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"fork-server" in words and f"tcp:{phone.server_port}".encode() in words:
                os.kill(int(folder.name), signal.SIGKILL)
