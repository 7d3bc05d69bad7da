"""Parses texts in a background thread while more of them arrive, so that few are in memory at a time."""

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
"""Bytes of text that are parsed at once. At most two batches are in memory: one that grows and one that is parsed."""


class Intake:
    """Takes whole texts. A context manager that ends its thread."""

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
        """Hands a reading's text over; returns the reading without it."""
        if reading.text is None:
            return reading
        self._batch.append(reading.text)
        self._size += len(reading.text)
        self._count += 1
        if self._size >= BATCH_BYTES:
            self._hand_over()
        return replace(reading, text=b"", handed=self._count - 1)

    def _hand_over(self) -> None:
        """Starts to parse the batch, after the one before; if texts arrive faster than that, the phone waits."""
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
        """The parsed texts of some readings, which are in the order in which they were handed over."""
        from droidanon.smaps.filtering import texts_of

        self._wait()
        self._parse(self._batch)
        self._batch = []
        assert self._reader is not None
        return texts_of(self._reader.parsed(), [reading.handed for reading in readings])
