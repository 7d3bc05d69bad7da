"""Texts that are parsed in a thread of its own while more of them arrive, and let go then."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from droidanon.sources.reading import Reading

if TYPE_CHECKING:
    from droidanon.smaps.parse import Parsed, TextsReader

BATCH_BYTES = 16 << 20
"""So much text is parsed at once. Two batches are held at most, one that grows and one that is parsed, and their
largest text."""


class Intake:
    """Takes whole texts. A context manager: its thread ends with it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "parse")
        self._reader: TextsReader | None = None
        self._parsing: Future[None] | None = None
        self._batch: list[bytes] = []
        self._size = 0
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def take(self, reading: Reading) -> Reading:
        """The reading with its text handed over."""
        if reading.text is None:
            return reading
        self._batch.append(reading.text)
        self._size += len(reading.text)
        self._count += 1
        if self._size >= BATCH_BYTES:
            self._hand_over()
        return replace(reading, text=b"", handed=self._count - 1)

    def _hand_over(self) -> None:
        """Has the batch parsed; waits for the one before, so that what arrives faster waits on the phone."""
        self._wait()
        self._parsing = self._pool.submit(self._parse, self._batch)
        self._batch, self._size = [], 0

    def _wait(self) -> None:
        if self._parsing is not None:
            self._parsing.result()

    def _parse(self, texts: Sequence[bytes]) -> None:
        if self._reader is None:
            from droidanon.smaps.parse import TextsReader

            self._reader = TextsReader()
        self._reader.add(texts)

    def parsed(self, readings: Sequence[Reading]) -> Parsed:
        """What was parsed of some readings, which are in the order in which they were taken."""
        from droidanon.smaps.filtering import texts_of

        self._wait()
        self._parse(self._batch)
        self._batch = []
        assert self._reader is not None
        return texts_of(self._reader.parsed(), [reading.handed for reading in readings])
