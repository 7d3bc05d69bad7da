"""Parses texts in the background while more of them arrive, so that few are in memory at a time."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from droidanon.model import Capture, Process
from droidanon.sources.reading import Reading

if TYPE_CHECKING:
    from droidanon.smaps.joining import Joiner
    from droidanon.smaps.parse import Parsed, TextsReader
    from droidanon.sources.parse_process import ParseProcess

BATCH_BYTES = 4 << 20
"""Bytes of text that are parsed at once. One batch grows while each parser has one."""
PROCESS_BYTES = 256 << 20
"""Bytes of text from which on a second process helps. It costs 60 MB of memory; at 128 MB it saves no time."""


class BackgroundParser:
    """Parses batches of texts in a thread, and in a second process once that is worth it. A context manager."""

    def __init__(self, *, use_process: bool = False) -> None:
        self._pool = ThreadPoolExecutor(2, "parse")
        self._reader: TextsReader | None = None
        self._use_process = use_process and cores() > 1
        self._process: ParseProcess | None = None
        self._running: dict[Callable[[Sequence[bytes]], Parsed], Future[Parsed]] = {}
        self._parts: deque[Future[Parsed]] = deque()
        """The batches that are not joined yet, in order."""
        self._joiner: Joiner | None = None
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None and kind is not None:
            self._process.stop()  # a thread waits for it
        self._pool.shutdown(cancel_futures=True)
        if self._process is not None:
            self._process.close()
        self._running.clear()  # its keys are methods of this object, which would last until a garbage collection

    def add(self, texts: Sequence[bytes]) -> None:
        """Starts to parse a batch as soon as a parser is free; if texts arrive faster than that, the caller waits."""
        self._bytes += sum(map(len, texts))
        if self._use_process and self._process is None and self._bytes >= PROCESS_BYTES:
            from droidanon.sources.parse_process import ParseProcess

            self._process = ParseProcess()
        parser = self._free_parser()
        future = self._pool.submit(parser, texts)
        self._running[parser] = future
        self._parts.append(future)
        while self._parts and self._parts[0].done():
            self._join(self._parts.popleft())

    def _free_parser(self) -> Callable[[Sequence[bytes]], Parsed]:
        parsers = [self._parse, *([self._process.parse] if self._process is not None else [])]
        while True:
            for parser in parsers:
                running = self._running.get(parser)
                if running is None or running.done():
                    if running is not None:
                        running.result()  # raises its error
                    return parser
            wait(self._running.values(), return_when=FIRST_COMPLETED)

    def _parse(self, texts: Sequence[bytes]) -> Parsed:
        if self._reader is None:
            from droidanon.smaps.parse import TextsReader

            self._reader = TextsReader()
        self._reader.add(texts)
        return self._reader.take()

    def parsed(self) -> Parsed:
        """The texts of all batches, in order. Batches added later are not part of it, but of the next result."""
        if not self._parts and self._joiner is None:
            self._parts.append(self._pool.submit(self._parse, ()))
        while self._parts:
            self._join(self._parts.popleft())
        assert self._joiner is not None
        joined, self._joiner = self._joiner.parsed(), None
        return joined

    def _join(self, part: Future[Parsed]) -> None:
        """Joins a batch to those before it."""
        if self._joiner is None:
            from droidanon.smaps.joining import Joiner

            self._joiner = Joiner()
        self._joiner.add(part.result())


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Intake:
    """Takes whole texts. A context manager that ends its parsers."""

    def __init__(self, *, use_process: bool = False) -> None:
        self._parser = BackgroundParser(use_process=use_process)
        self._whole: Parsed | None = None
        self._paths: list[bytes] | None = None
        """For each name of the texts, its line if that has a path."""
        self._batch: list[bytes] = []
        self._size = 0
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._parser.__exit__(kind, error, trace)

    def take(self, reading: Reading) -> Reading:
        """Hands a reading's text over; returns the reading without it."""
        if reading.text is None or reading.handed is not None:
            return reading
        return replace(reading, text=b"", handed=self.take_text(reading.text))

    def take_text(self, text: bytes) -> int:
        """Hands a text over; returns its number."""
        self._batch.append(text)
        self._size += len(text)
        self._count += 1
        if self._size >= BATCH_BYTES:
            self._hand_over()
        return self._count - 1

    def _hand_over(self) -> None:
        self._parser.add(self._batch)
        self._batch, self._size = [], 0

    def parsed(self, readings: Sequence[Reading]) -> Parsed:
        """The parsed texts of some readings, handed over or not, in their order."""
        from droidanon.smaps.filtering import texts_of

        handed = [self.take(reading).handed for reading in readings]
        return texts_of(self._all(), handed)

    def text_of(self, number: int) -> bytes:
        """A text that was handed over, written again from its rows."""
        from droidanon.smaps.writer import write_process

        parsed = self._all()
        processes = [
            Process("", rows=rows, text=tail, crlf=crlf, fidelity=fidelity)
            for rows, tail, crlf, fidelity in zip(parsed.rows, parsed.tails, parsed.crlf, parsed.fidelity, strict=True)
        ]
        return b"".join(write_process(Capture(tuple(processes), parsed.vmas, ""), number))

    def paths_of(self, number: int) -> bytes:
        """The lines of a text that was handed over that may have a path, as far as they matter to `infer_process`."""
        parsed = self._all()
        first, last = parsed.vmas.bounds_of(number)
        if parsed.tails[number] or any(first <= row < last for row in parsed.vmas.text):
            return self.text_of(number)
        if self._paths is None:
            from droidanon.smaps.names import name_bytes

            encoded = (b" " + name_bytes(name) for name in parsed.vmas.name.values)
            self._paths = [line if b" /" in line else b"" for line in encoded]
        lines = (self._paths[code] for code in parsed.vmas.name.codes[first:last].tolist())
        return b"\n".join(filter(None, lines)) + b"\n"

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
