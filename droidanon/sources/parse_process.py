"""Parses texts in a second process, because threads would wait for the interpreter lock."""

from __future__ import annotations

import pickle
import select
import signal
import subprocess
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from droidanon.sources.child_pipe import start_child
from droidanon.sources.shared_file import SharedFile

if TYPE_CHECKING:
    from droidanon.smaps.parse import Parsed
    from droidanon.sources.large_text import TextPart

_START = (
    "import sys; files = sys.argv[1]; sys.path[:] = sys.argv[2:]; "
    "from droidanon.sources.parse_process import serve; serve(files)"
)
_FILES = 3
"""Batches that the process has at a time: the one that it parses, and others that wait for it, so that it never does
while this process is busy with a batch of its own.
"""


class ParseProcess:
    """A process that parses batches of texts, in order. Raises OSError if it cannot start; `send` and `receive` raise
    OSError or EOFError if it ended.
    """

    def __init__(self) -> None:
        self.unanswered: deque[Sequence[bytes]] = deque()
        """The batches without an answer yet. Their texts are kept, in case that the process ends."""
        self._next = 0
        self._has_started = False
        self._files: list[SharedFile] = []
        try:
            self._files += [SharedFile() for _ in range(_FILES)]
            descriptors = [file.descriptor for file in self._files]
            arguments = ",".join(map(str, descriptors))
            self._process = start_child(_START, arguments, stdin=subprocess.PIPE, pass_fds=descriptors)
        except OSError:
            self._close_files()
            raise
        self._poll = select.poll()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._poll.register(self._answers, select.POLLIN)

    @property
    def pid(self) -> int:
        """The pid of the process."""
        return self._process.pid

    def has_room(self) -> bool:
        """Whether it can take a batch: it has started, and its queue is not full."""
        if not self._has_started and self._poll.poll(0):
            self._answers.read(1)
            self._has_started = True
        return self._has_started and len(self.unanswered) < _FILES

    def send(self, texts: Sequence[bytes], origins: Sequence[TextPart | None]) -> None:
        """Sends a batch: each text's origin if it has one, otherwise its bytes. Requires `has_room`."""
        self.unanswered.append(texts)
        sent = (text for text, origin in zip(texts, origins, strict=True) if origin is None)
        self._files[self._next].put([pickle.dumps(origins), *sent])
        self._requests.write(bytes([self._next]))
        self._next = (self._next + 1) % _FILES

    def receive(self, *, wait: bool) -> Parsed | None:
        """The VMAs of the oldest pending batch; None if it is not parsed yet and `wait` is not set."""
        if not wait and not self._poll.poll(0):
            return None
        answer = self._answers.read(1)
        if not answer:
            raise EOFError
        head, *buffers = self._files[answer[0]].take()
        parsed: Parsed = pickle.loads(head, buffers=buffers)  # from this program's own child
        self.unanswered.popleft()
        return parsed

    def close(self) -> None:
        """Ends the process, even while it parses."""
        self._process.kill()
        with self._process:  # closes the pipes and waits
            self._close_files()

    def _close_files(self) -> None:
        for file in self._files:
            file.close()


def serve(descriptors: str) -> None:
    """Parses batches from shared files, whose descriptors come from stdin, until stdin ends."""
    from droidanon.smaps.parse import TextsReader

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process handles Ctrl-C
    files = [SharedFile(int(one)) for one in descriptors.split(",")]
    reader = TextsReader()
    with (
        open(0, "rb", buffering=0) as requests,
        open(1, "wb", buffering=0) as answers,
        suppress(BrokenPipeError),
    ):
        answers.write(b"\0")  # ready
        while request := requests.read(1):
            file = files[request[0]]
            reader.add(_texts(*file.take()))
            buffers: list[pickle.PickleBuffer] = []
            head = pickle.dumps(reader.take(), 5, buffer_callback=buffers.append)
            file.put([head, *(buffer.raw() for buffer in buffers)])
            answers.write(request)


def _texts(origins: bytes, *sent: bytes) -> list[bytes]:
    """The texts of a batch. An error ends this process; the main process then parses them."""
    rest = iter(sent)
    parts: Sequence[TextPart | None] = pickle.loads(origins)  # from the main process
    texts = [next(rest) if part is None else part.read() for part in parts]
    if not all(part is None or part.is_current() for part in parts):
        raise EOFError("a file changed while it was read")
    return texts
