"""Parses texts in the background as they arrive, so that few are in memory at a time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from droidanon.model import Capture, Process
from droidanon.sources.reading import Reading

if TYPE_CHECKING:
    from droidanon.smaps.joining import Joiner
    from droidanon.smaps.parse import Parsed, TextsReader
    from droidanon.sources.large_text import TextPart

BATCH_BYTES = 4 << 20
"""Bytes of text that are parsed at once. One batch grows while another one is parsed."""


class BatchParser(Protocol):
    """Parses batches of texts, in order."""

    def add(self, texts: Sequence[bytes], origins: Sequence[TextPart | None]) -> None:
        """Parse a batch, now or later. `origins`: where another process can read each text."""

    def parsed(self) -> Parsed:
        """The texts of all batches, in order. Batches added later are not part of it, but of the next result."""

    def close(self) -> None:
        """End processes and abandon unfinished batches."""


class BackgroundParser:
    """Parses batches of texts in a thread, while the caller waits for more.

    Unlike an executor's threads it is a daemon, so that neither exit nor Ctrl-C waits for a large batch.
    """

    def __init__(self) -> None:
        self._reader: TextsReader | None = None
        self._running: Future[None] | None = None
        self._joiner: Joiner | None = None

    def add(self, texts: Sequence[bytes], origins: Sequence[TextPart | None] = ()) -> None:  # noqa: ARG002 # see BatchParser
        """Start parsing a batch; first waits for earlier ones, and raises their error."""
        self._wait()
        self._running = done = Future[None]()

        def run() -> None:
            try:
                self._parse(texts)
                done.set_result(None)
            except BaseException as error:  # `result` raises it in the caller's thread
                done.set_exception(error)

        threading.Thread(target=run, name="parse", daemon=True).start()

    def parsed(self) -> Parsed:
        """The texts of all batches, in order. Batches added later are not part of it, but of the next result."""
        self._wait()
        if self._joiner is None:
            self._parse(())
        assert self._joiner is not None
        joined, self._joiner = self._joiner.parsed(), None
        return joined

    def close(self) -> None:
        """Abandon the batch being parsed."""
        self._running = None

    def _wait(self) -> None:
        if self._running is not None:
            running, self._running = self._running, None
            running.result()

    def _parse(self, texts: Sequence[bytes]) -> None:
        if self._reader is None:
            from droidanon.smaps.parse import TextsReader

            self._reader = TextsReader()
        if self._joiner is None:
            from droidanon.smaps.joining import Joiner

            self._joiner = Joiner()
        self._reader.add(texts)
        self._joiner.add(self._reader.take())


class Intake:
    """Accepts whole texts for parsing. A context manager that closes its parser."""

    def __init__(self, parser: BatchParser | None = None) -> None:
        self._parser = parser or BackgroundParser()
        self._whole: Parsed | None = None
        self._paths: list[bytes] | None = None
        """For each name of the texts, its line if that has a path."""
        self._batch: list[bytes] = []
        self._origins: list[TextPart | None] = []
        self._size = 0
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parser.close()

    def take(self, reading: Reading) -> Reading:
        """Hand over a reading's text; returns the reading without it."""
        if reading.text is None or reading.handed is not None:
            return reading
        return replace(reading, text=b"", handed=self.take_text(reading.text))

    def take_text(self, text: bytes, origin: TextPart | None = None) -> int:
        """Hand over a text, in memory or in a file; returns its number."""
        self._batch.append(text)
        self._origins.append(origin)
        self._size += len(text)
        self._count += 1
        if self._size >= BATCH_BYTES:
            self._hand_over()
        return self._count - 1

    def _hand_over(self) -> None:
        self._parser.add(self._batch, self._origins)
        self._batch, self._origins, self._size = [], [], 0

    def parsed(self, readings: Sequence[Reading]) -> Parsed:
        """The parsed texts of readings, handed over or not, in order."""
        from droidanon.smaps.filtering import texts_of

        handed = [self.take(reading).handed for reading in readings]
        return texts_of(self._all(), handed)

    def text_of(self, number: int) -> bytes:
        """A text that was handed over, reconstructed from its rows."""
        from droidanon.smaps.writer import write_process

        parsed = self._all()
        processes = [
            Process("", rows=rows, text=tail, crlf=crlf, fidelity=fidelity)
            for rows, tail, crlf, fidelity in zip(parsed.rows, parsed.tails, parsed.crlf, parsed.fidelity, strict=True)
        ]
        return b"".join(write_process(Capture(tuple(processes), parsed.vmas, ""), number))

    def lines_of(self, number: int) -> Mapping[bytes, int]:
        """The distinct lines of a text that was handed over, with counts, as needed by `infer_from_lines`: headers are
        reduced to a blank and the name.
        """
        parsed = self._all()
        first, last = parsed.vmas.bounds_of(number)
        if parsed.tails[number] or any(first <= row < last for row in parsed.vmas.text):
            return Counter(self.text_of(number).split(b"\n"))
        import numpy as np

        if self._paths is None:
            from droidanon.smaps.names import name_bytes

            encoded = (b" " + name_bytes(name) for name in parsed.vmas.name.values)
            self._paths = [line if b" /" in line else b"" for line in encoded]
        codes, places, counts = np.unique(parsed.vmas.name.codes[first:last], return_index=True, return_counts=True)
        order = np.argsort(places)
        lines = (self._paths[code] for code in codes[order].tolist())
        return dict(zip(lines, counts[order].tolist(), strict=True))

    def _all(self) -> Parsed:
        """All texts so far."""
        from droidanon.smaps.joining import join

        if self._batch:
            self._hand_over()
        if self._whole is None:
            self._whole = self._parser.parsed()
        elif len(self._whole.rows) < self._count:
            parts, self._whole = [self._whole, self._parser.parsed()], None
            self._whole, self._paths = join(parts), None
        return self._whole
