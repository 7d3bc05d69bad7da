"""What a command prints on a phone, as it arrives."""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass

from droidanon.errors import DeviceError
from droidanon.escape import escape_text
from droidanon.sources.adb.server import CONNECT_SECONDS, Device

_CHUNK = 1 << 20
IDLE_SECONDS = 60.0
"""Longest silence of a phone in a stream: the first reading of a large process takes seconds (mmap lock, page
tables)."""
MOST_COMMAND_BYTES = 60_000
"""A request to the adb server says its length in four hex digits (AOSP packages/modules/adb, SERVICES.TXT)."""
ASK_SECONDS = 10.0
"""Longest silence of a phone that is asked for a few facts."""


_MOST_ANSWER_BYTES = 64 << 20
"""Of one question; dumpsys of a busy phone prints a few MB."""


class SilentError(DeviceError):
    """The phone is there, but what was started on it prints nothing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What is called once when nothing has come for so many seconds at first (somebody may have to tap on the
    phone).
    """

    seconds: float
    call: Callable[[], None]


def ask(
    device: Device, command: str, *, seconds: float | None = None, patience: Patience | None = None, data: bytes = b""
) -> str:
    """What a command prints, as text; bytes that are no UTF-8 as `\\xNN`.

    DeviceError where it does not answer, or without end.
    """
    idle = ASK_SECONDS if seconds is None else seconds
    answer = bytearray()
    try:
        with closing(stream(device, command, idle, patience, data)) as chunks:
            for chunk in chunks:
                answer += chunk
                if len(answer) > _MOST_ANSWER_BYTES:
                    raise DeviceError(f"the answer does not end: over {_MOST_ANSWER_BYTES >> 20} MB of it came")
        return answer.decode("utf-8", "backslashreplace")
    except OSError as error:
        raise DeviceError(f"{escape_text(device.serial)}: the connection broke: {error}") from error


def stream(
    device: Device,
    command: str,
    idle_seconds: float | None = None,
    patience: Patience | None = None,
    data: bytes = b"",
) -> Generator[bytes, None, None]:
    """The exact bytes that a command prints on a phone, as they arrive, with the errors of an `Exchange`.

    `data` goes to its stdin.
    """
    exchange = Exchange(device, command, idle_seconds)
    try:
        if data:
            exchange.send(data)
        yield from exchange.chunks(patience)
    finally:
        exchange.close()


class Exchange:
    """A command that runs on a phone, and the exact bytes that it prints and reads (`exec:`: no terminal, no CRLF).

    DeviceError where it can't be started, or nothing comes for `idle_seconds`; OSError where the connection breaks.
    The command's input ends when the connection does.
    """

    def __init__(self, device: Device, command: str, idle_seconds: float | None = None) -> None:
        self._idle = IDLE_SECONDS if idle_seconds is None else idle_seconds
        # Not by AdbDevice.open_transport: it asks the version first, and leaves its socket open where the phone is
        # refused.
        try:
            self._connection = device.client.make_connection(timeout=CONNECT_SECONDS)
        except Exception as error:
            raise DeviceError(escape_text(str(error))) from error
        try:
            for request in (device.transport, f"exec:{command}"):
                data = request.encode("utf-8", "surrogateescape")
                # Not by send_command, which takes a part of a long command that was sent for all of it.
                self._connection.conn.sendall(b"%04x" % len(data) + data)
                self._connection.check_okay()  # type: ignore[no-untyped-call]
        except Exception as error:
            self.close()
            late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
            told = f"no answer within {CONNECT_SECONDS:.3g} s" if late else " ".join(str(error).split())
            raise DeviceError(escape_text(told)) from error
        # Our own, since adbutils' raises an AdbError once it is closed (by another thread), and a closed socket an
        # OSError.
        self._socket = self._connection.conn

    def send(self, data: bytes) -> None:
        """Writes to the command's input."""
        self._socket.sendall(data)

    def chunks(self, patience: Patience | None = None) -> Iterator[bytes]:
        """What the command prints, to its end."""
        buffer = memoryview(bytearray(_CHUNK))
        idle = self._idle
        while True:
            self._socket.settimeout(patience.seconds if patience else idle)
            try:
                size = self._socket.recv_into(buffer)
            except TimeoutError as error:
                if patience is None:
                    raise SilentError(f"nothing came for {self._idle:.3g} s") from error
                patience.call()
                idle = max(self._idle - patience.seconds, 0.1)
                patience = None
                continue
            patience, idle = None, self._idle
            if not size:
                return
            yield bytes(buffer[:size])

    def close(self) -> None:
        """Also from another thread: who waits for bytes there sees the end."""
        with suppress(Exception):
            self._connection.conn.shutdown(socket.SHUT_RDWR)
        with suppress(Exception):
            self._connection.close()  # type: ignore[no-untyped-call]
