"""Samples all processes at a given rate, over one long session.

with closing(open_sampler("adb:", every_s=1.0)) as sampler:
    for seen in sampler:  # a Sample, or Away while the phone does not answer
        ...
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from droidanon.errors import DeviceError, UsageError
from droidanon.escape import escape_text
from droidanon.platform.readers.procfs import process_name
from droidanon.sources.sampling.link import Link
from droidanon.sources.sampling.sample import (
    Away,
    ProcessSample,
    Sample,
    parse_adjustments,
    parse_statuses,
    parse_system,
)

COST_LIMIT = 0.05
"""The share of one core that sampling may take on the phone; if it would take more, the pace slows down."""
_RETRY_SECONDS = 1.0
_COST_SAMPLES = 8
"""The number of samples over which the cost is averaged: a shell reports its times in hundredths of a second."""
_NAME_LOOKS = 4
"""How often the name of a new process is read: an app has its zygote's cmdline until ActivityThread sets its own."""


class Sampler:
    """An iterator of samples that ends when it is closed (from any thread).

    Raises DeviceError if the first sample fails. Later, a source that does not respond yields `Away` and is retried.
    `every_s` may be changed at any time.
    """

    def __init__(
        self,
        connect: Callable[[], Link],
        *,
        every_s: float = 1.0,
        cost_limit: float = COST_LIMIT,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.every_s = every_s
        self.cost_limit = cost_limit
        self._connect = connect
        self._clock = clock
        self._link: Link | None = None
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._answered = False
        self._due = 0.0
        self._names: dict[int, _Named] = {}
        self._costs: deque[float] = deque(maxlen=_COST_SAMPLES + 1)

    def __iter__(self) -> Iterator[Sample | Away]:
        return self

    def __next__(self) -> Sample | Away:
        if self._closed.wait(max(0.0, self._due - time.monotonic())):
            raise StopIteration
        begin = time.monotonic()
        try:
            seen = self._sample()
        except (DeviceError, OSError) as error:
            self._drop()
            if self._closed.is_set():
                raise StopIteration from None
            if not self._answered:
                raise
            self._due = begin + max(_RETRY_SECONDS, self.every_s)
            return Away(self._clock(), " ".join(str(error).split()))
        self._answered = True
        self._due = begin + seen.every_s
        return seen

    def close(self) -> None:
        """Ends the session and its script on the phone."""
        self._closed.set()
        self._drop()

    def _drop(self) -> None:
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.close()
        self._costs.clear()
        self._names.clear()

    def _linked(self) -> Link:
        with self._lock:
            link = self._link
        if link is None:
            link = self._connect()
            with self._lock:
                self._link = link
            if self._closed.is_set():  # meanwhile
                link.close()
        return link

    def _sample(self) -> Sample:
        link = self._linked()
        look = link.look()
        now = self._clock()
        head, found, tail = look.texts.partition(b"Name:\t")
        adjustments = parse_adjustments(look.adjustments)
        processes = self._named(link, parse_statuses(found + tail), adjustments)
        pace, share = self._paced(look.cpu_s)
        return Sample(
            now,
            tuple(processes),
            parse_system(head.decode("utf-8", "replace")),
            pace,
            share,
        )

    def _named(self, link: Link, seen: list[ProcessSample], adjustments: Mapping[int, int]) -> list[ProcessSample]:
        """The processes with OOM adjustments and names, without the sampler itself. Names are only read for new
        processes."""
        asked = [one for one in seen if (known := self._names.get(one.pid)) is None or known.wants(one)]
        answers = link.names([one.pid for one in asked]) if asked else {}
        for one in asked:
            cmdline = answers.get(one.pid, b"")
            looks = known.looks + 1 if (known := self._names.get(one.pid)) and known.of(one) else 1
            own = bool(link.own) and link.own.encode() in cmdline
            self._names[one.pid] = _Named(one.comm, one.uid, process_name(cmdline, one.comm.encode()), looks, own)
        self._names = {one.pid: self._names[one.pid] for one in seen}
        own_pids = {pid for pid, known in self._names.items() if known.own}
        return [
            replace(one, name=self._names[one.pid].name, oom_score_adj=adjustments.get(one.pid))
            for one in seen
            if one.pid not in own_pids and one.ppid not in own_pids
        ]

    def _paced(self, cpu_s: float | None) -> tuple[float, float | None]:
        """The pace to keep, and the share of one core that it costs."""
        if cpu_s is not None:
            self._costs.append(cpu_s)
        if len(self._costs) < 2:
            return self.every_s, None
        each = (self._costs[-1] - self._costs[0]) / (len(self._costs) - 1)
        pace = max(self.every_s, each / self.cost_limit)
        return pace, each / pace


@dataclass(frozen=True, slots=True)
class _Named:
    """The name of a pid, and the number of looks at it."""

    comm: str
    uid: int | None
    name: str
    looks: int
    own: bool

    def of(self, one: ProcessSample) -> bool:
        return (self.comm, self.uid) == (one.comm, one.uid)

    def wants(self, one: ProcessSample) -> bool:
        return self.looks < _NAME_LOOKS or not self.of(one)


def open_sampler(source: str, *, every_s: float = 1.0, cost_limit: float = COST_LIMIT, serialno: str = "") -> Sampler:
    """Sample `adb:`, `adb:SERIAL` or `local:`; connects when the first sample is requested.

    Raises UsageError for other sources.

    `serialno`: the phone's own serial number, which identifies it under a new serial.
    """
    kind, colon, rest = source.partition(":")
    if colon and kind == "adb":
        from droidanon.sources.sampling.adb_link import AdbLinks

        return Sampler(AdbLinks(rest or None, serialno).connect, every_s=every_s, cost_limit=cost_limit)
    if source == "local:":
        from droidanon.sources.sampling.local_link import LocalLink

        return Sampler(LocalLink, every_s=every_s, cost_limit=cost_limit)
    raise UsageError(f"{escape_text(source)}: only a phone or this computer can be watched: adb:, adb:SERIAL or local:")
