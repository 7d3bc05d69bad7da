"""A process that parses texts for this one: threads of one process would wait for each other's interpreter lock."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from droidanon.sources.child_pipe import receive_object, receive_parts, send_object, send_parts, start_child

if TYPE_CHECKING:
    from droidanon.smaps.parse import Parsed, TextsReader

_START = "import sys; sys.path[:] = sys.argv[1:]; from droidanon.sources.parse_process import serve; serve()"


class ParseProcess:
    """Parses batches of texts in a process of its own. If that ends or cannot start, this process parses them."""

    def __init__(self) -> None:
        self._reader: TextsReader | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._is_dead = False
        if sys.executable:
            with suppress(OSError):
                self._process = start_child(_START, stdin=subprocess.PIPE)

    @property
    def pid(self) -> int | None:
        """The pid of the process; None if it ended or could not start."""
        return None if self._process is None or self._is_dead else self._process.pid

    def parse(self, texts: Sequence[bytes]) -> Parsed:
        """The VMAs of some whole texts."""
        if self._process is not None and not self._is_dead:
            try:
                assert self._process.stdin is not None and self._process.stdout is not None
                send_parts(self._process.stdin, texts)
                parsed: Parsed = receive_object(self._process.stdout)
                return parsed
            except (OSError, EOFError):
                self.stop()
                self._is_dead = True
        if self._reader is None:
            from droidanon.smaps.parse import TextsReader

            self._reader = TextsReader()
        self._reader.add(texts)
        return self._reader.take()

    def stop(self) -> None:
        """Ends the process, also while another thread waits for it."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Ends the process and gives back its pipes; nothing is parsed afterwards."""
        self.stop()
        if self._process is not None:
            with self._process:  # closes the pipes and waits
                self._process = None


def serve() -> None:
    """Parses batches from stdin until it ends."""
    from droidanon.smaps.parse import TextsReader

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's
    reader = TextsReader()
    with (
        open(0, "rb", buffering=0) as source,
        open(1, "wb", buffering=0) as sink,
        suppress(EOFError, BrokenPipeError),
    ):
        while True:
            reader.add([bytes(part) for part in receive_parts(source)])
            send_object(sink, reader.take())
