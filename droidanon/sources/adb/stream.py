"""Runs a command on a phone, and returns its output whole or as a stream."""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

from droidanon.errors import DeviceError
from droidanon.escape import escape_text
from droidanon.sources.adb.connection import Connection
from droidanon.sources.adb.receiving import receive
from droidanon.sources.adb.server import Device

_CHUNK = 1 << 20
IDLE_SECONDS = 60.0
"""The longest pause in a stream: the first reading of a large process takes seconds (mmap lock, page tables)."""
MOST_COMMAND_BYTES = 60_000
"""A request to the adb server states its length in four hex digits (AOSP packages/modules/adb, SERVICES.TXT)."""
ASK_SECONDS = 10.0
"""The longest pause of a phone that is asked for a few facts."""


_ASK_PAUSES = 6
"""The limit of time of a whole answer, as a multiple of its longest pause."""
_MOST_ANSWER_BYTES = 64 << 20
"""The limit for one answer; dumpsys of a busy phone prints a few MB."""


class SilentError(DeviceError):
    """The phone is connected, but the command on it prints nothing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Calls a function once if nothing arrives within `seconds` (the user may have to confirm on the phone)."""

    seconds: float
    call: Callable[[], None]


def ask(
    device: Device, command: str, *, seconds: float | None = None, patience: Patience | None = None, data: bytes = b""
) -> str:
    """The output of a command as text; bytes that are not UTF-8 become `\\xNN`.

    Raises DeviceError if the phone does not respond, or its response does not end.
    """
    idle = ASK_SECONDS if seconds is None else seconds
    answer = bytearray()
    try:
        with closing(stream(device, command, idle, patience, data, idle * _ASK_PAUSES)) as chunks:
            for chunk in chunks:
                answer += chunk
                if len(answer) > _MOST_ANSWER_BYTES:
                    raise DeviceError(f"the answer does not end: over {_MOST_ANSWER_BYTES >> 20} MB arrived")
        return answer.decode("utf-8", "backslashreplace")
    except OSError as error:
        raise DeviceError(f"{escape_text(device.serial)}: the connection broke: {error}") from error


def stream(
    device: Device,
    command: str,
    idle_seconds: float | None = None,
    patience: Patience | None = None,
    data: bytes = b"",
    most_seconds: float = math.inf,
) -> Generator[bytes, None, None]:
    """The exact bytes that a command prints on a phone, as they arrive, with the errors of an `Exchange`.

    `data` goes to its stdin.
    """
    exchange = Exchange(device, command, idle_seconds, most_seconds)
    try:
        if data:
            exchange.send(data)
        yield from exchange.chunks(patience)
    finally:
        exchange.close()


class Exchange:
    """A command running on a phone, and the exact bytes of its input and output (`exec:`: no terminal, no CRLF).

    Raises DeviceError if it cannot be started, prints nothing for `idle_seconds`, or runs longer than `most_seconds`;
    OSError if the connection breaks. The command's input ends when the connection does.
    """

    def __init__(
        self, device: Device, command: str, idle_seconds: float | None = None, most_seconds: float = math.inf
    ) -> None:
        self._idle = IDLE_SECONDS if idle_seconds is None else idle_seconds
        self._connection = Connection(device.client, device.transport, f"exec:{command}")
        self._most = most_seconds
        self._end = time.monotonic() + most_seconds

    def end_within(self, seconds: float) -> None:
        """Sets a new time limit for the output, starting now."""
        self._most = seconds
        self._end = time.monotonic() + seconds

    def send(self, data: bytes) -> None:
        """Writes to the command's input."""
        self._connection.link.sendall(data)

    def chunks(self, patience: Patience | None = None) -> Iterator[bytes]:
        """The output of the command, to its end."""
        buffer = memoryview(bytearray(_CHUNK))
        idle = self._idle
        while True:
            left = self._end - time.monotonic()
            if left <= 0:
                raise DeviceError(f"no end within {self._most:.3g} s")
            try:
                size = receive(self._connection.link, buffer, patience.seconds if patience else min(idle, left))
            except TimeoutError as error:
                if patience is None and idle > left:
                    continue
                if patience is None:
                    raise SilentError(f"no output for {self._idle:.3g} s") from error
                patience.call()
                idle = max(self._idle - patience.seconds, 0.1)
                patience = None
                continue
            patience, idle = None, self._idle
            if not size:
                return
            yield bytes(buffer[:size])

    def is_quiet(self) -> bool:
        """Whether the command still runs and has no unread output; does not wait."""
        self._connection.link.settimeout(0)
        try:
            self._connection.link.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Ends the command. A thread that is waiting for bytes sees the end of the output."""
        self._connection.close()
