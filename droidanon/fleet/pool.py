"""Worker processes on all cores; if one is killed, only its current work is lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from itertools import islice
from multiprocessing import connection
from typing import Any, Generic, TypeVar

import pyarrow as pa

from droidanon.sources.process_parser import cores

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 2
"""The number of pieces of work per process to submit ahead; more results would accumulate in memory."""


class WorkerPool(Generic[T, R]):
    """Applies a function to pieces of work in `jobs` processes (by default one per core).

    `initial`: a function and its argument, called first in each process.
    """

    def __init__(
        self, work: Callable[[T], R], jobs: int | None = None, initial: tuple[Callable[[Any], None], Any] | None = None
    ) -> None:
        self._work = work
        self._initial = initial
        self._jobs = jobs or cores()

    def results(self, pieces: Iterable[T]) -> Iterator[tuple[T, R | None]]:
        """Each piece with its result, in order of completion; None if it ended its process twice."""
        left = iter(pieces)
        suspects: list[T] = []
        while True:
            pool = self._pool(self._jobs)
            running: dict[Future[R], T] = {}
            sent: list[T] = []
            try:
                yield from self._run(pool, left, running, sent)
                break
            except BrokenProcessPool:  # any of the running pieces may be the cause
                suspects += [*running.values(), *sent]
            finally:
                pool.shutdown(wait=not running, cancel_futures=True)
            for piece in suspects:
                yield piece, self._alone(piece)
            suspects = []

    def _run(
        self, pool: ProcessPoolExecutor, left: Iterator[T], running: dict[Future[R], T], sent: list[T]
    ) -> Iterator[tuple[T, R | None]]:
        """Yield results on completion. `sent` has a piece that the pool rejected because another ended its process."""
        while True:
            for piece in islice(left, self._jobs * _AHEAD - len(running)):
                sent.append(piece)
                running[pool.submit(self._work, piece)] = sent.pop()
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                result = future.result()
                yield running.pop(future), result

    def _alone(self, piece: T) -> R | None:
        with self._pool(1) as pool, suppress(BrokenProcessPool):
            return pool.submit(self._work, piece).result()
        return None

    def _pool(self, jobs: int) -> ProcessPoolExecutor:
        # Spawn: a fork would inherit threads of the storage library in an unknown state.
        return ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (self._initial,))


def _begin(initial: tuple[Callable[[Any], None], Any] | None) -> None:
    """Initialise a process of the pool."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process handles Ctrl-C
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pa.set_cpu_count(1)  # the other cores have their own processes
    if initial is not None:
        function, argument = initial
        function(argument)


def _end_with_parent() -> None:
    """End when the main process ends. If it is killed, a pool would wait for work forever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
