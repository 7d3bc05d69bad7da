"""Parses texts while they are read, in this process and, if there is enough text, in a second one."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from droidanon.smaps.joining import Joiner
    from droidanon.smaps.parse import Parsed, TextsReader
    from droidanon.sources.large_text import TextPart
    from droidanon.sources.parse_process import ParseProcess

PROCESS_BYTES = 64 << 20
"""Bytes of text from which on there is a second process. Its start takes as long as parsing 64 MB; it needs 60 MB."""


class ProcessParser:
    """Parses batches of texts and joins them in order. This process parses batches while the second one is busy.

    If the second process cannot start, or ends, this one parses all texts that are not parsed yet.
    """

    def __init__(self, expected: int = 0) -> None:
        """`expected`: the approximate number of bytes of text, if known."""
        self._may_start = hasattr(os, "pwrite") and cores() > 1
        self._process: ParseProcess | None = None
        self._reader: TextsReader | None = None
        self._joiner: Joiner | None = None
        self._parts: deque[Parsed | None] = deque()
        """The batches that are not joined yet, in order; None for one that the second process has."""
        self._bytes, self._expected = 0, expected

    def start(self) -> None:
        """Starts the second process, if there is enough text for it."""
        if self._may_start and max(self._bytes, self._expected) >= PROCESS_BYTES:
            self._start()

    def add(self, texts: Sequence[bytes], origins: Sequence[TextPart | None]) -> None:
        """Parses a batch, or passes it to the second process, which reads texts with an origin itself."""
        self._bytes += sum(map(len, texts))
        self.start()
        self._receive(wait=False)
        if self._process is None or not self._process.has_room():
            self._parts.append(self._parse(texts))
            self._join()
            return
        self._parts.append(None)
        try:
            self._process.send(texts, origins)
        except OSError:
            self._take_back(self._process)

    def parsed(self) -> Parsed:
        """The texts of all batches, in order. Batches added later belong to the next result."""
        self._receive(wait=True)
        if self._joiner is None:
            self._parts.append(self._parse(()))
            self._join()
        assert self._joiner is not None
        joined, self._joiner = self._joiner.parsed(), None
        return joined

    def close(self) -> None:
        """Ends the second process; nothing is parsed afterwards."""
        if self._process is not None:
            self._process.close()
            self._process = None

    def _start(self) -> None:
        from droidanon.sources.parse_process import ParseProcess

        self._may_start = False
        try:
            self._process = ParseProcess()
        except OSError:
            self._process = None

    def _receive(self, *, wait: bool) -> None:
        """Joins the batches that the second process has parsed; with `wait`, waits for all of them."""
        while self._process is not None and self._process.unanswered:
            try:
                parsed = self._process.receive(wait=wait)
            except (OSError, EOFError):
                self._take_back(self._process)
                return
            if parsed is None:
                return
            self._parts[0] = parsed
            self._join()

    def _take_back(self, process: ParseProcess) -> None:
        """Parses the batches of a process that ended."""
        batches = process.unanswered
        self.close()
        for place, part in enumerate(self._parts):
            if part is None:
                self._parts[place] = self._parse(batches.popleft())
        self._join()

    def _parse(self, texts: Sequence[bytes]) -> Parsed:
        if self._reader is None:
            from droidanon.smaps.parse import TextsReader

            self._reader = TextsReader()
        self._reader.add(texts)
        return self._reader.take()

    def _join(self) -> None:
        """Joins the leading batches that have been parsed."""
        if self._joiner is None:
            from droidanon.smaps.joining import Joiner

            self._joiner = Joiner()
        while self._parts and (part := self._parts[0]) is not None:
            self._joiner.add(part)
            self._parts.popleft()


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
