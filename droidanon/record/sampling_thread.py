"""A thread that records samples while a recorder captures."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Protocol

from droidanon.errors import DeviceError, DroidanonError
from droidanon.record.samples import SampleLog
from droidanon.record.schedule import RETRY_S
from droidanon.sources.sampling.sample import Away, Sample


class Samples(Protocol):
    """The sampler's interface."""

    def __iter__(self) -> Iterator[Sample | Away]: ...

    def close(self) -> None:
        """End the iterator; any thread may call."""


class Sampling:
    """Writes samples to a log until `end`; reopens the sampler until it first responds."""

    def __init__(
        self,
        connect: Callable[[], Samples],
        log: SampleLog,
        *,
        lost: Callable[[str], None],
        back: Callable[[], None],
        seen: Callable[[Sample], None],
        report: Callable[[str], None],
    ) -> None:
        self.log = log
        self._connect = connect
        self._lost, self._back, self._seen, self._report = lost, back, seen, report
        self._ended = threading.Event()
        self._sampler: Samples | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop sampling, and write the remaining samples."""
        self._ended.set()
        if self._sampler is not None:
            self._sampler.close()
        self._thread.join(RETRY_S)
        self.log.flush()

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                try:
                    with closing(self._connect()) as sampler:
                        self._sampler = sampler
                        self._take(sampler)
                        return
                except DeviceError as error:
                    self._lost(str(error))
                    self._ended.wait(RETRY_S)
        except DroidanonError as error:  # e.g. the disk is full, which the next capture reports too
            self._report(f"no more samples: {error}")

    def _take(self, sampler: Samples) -> None:
        for seen in sampler:
            if self._ended.is_set():
                return
            if isinstance(seen, Away):
                self._lost(seen.reason)
            else:
                self._back()
                self.log.add(seen)
                self._seen(seen)
