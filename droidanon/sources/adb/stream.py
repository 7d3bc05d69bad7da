"""The output of a command on a phone, as it arrives or whole."""

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
"""The longest pause in a stream: the first reading of a large process takes seconds (mmap lock, page tables)."""
MOST_COMMAND_BYTES = 60_000
"""A request to the adb server states its length in four hex digits (AOSP packages/modules/adb, SERVICES.TXT)."""
ASK_SECONDS = 10.0
"""The longest pause of a phone that is asked for a few facts."""


_MOST_ANSWER_BYTES = 64 << 20
"""The limit for one answer; dumpsys of a busy phone prints a few MB."""


class SilentError(DeviceError):
    """The phone is connected, but the command on it prints nothing."""


@dataclass(frozen=True, slots=True)
class Patience:
    """A function to call once if nothing arrives within `seconds` (the user may have to confirm on the phone)."""

    seconds: float
    call: Callable[[], None]


def ask(
    device: Device, command: str, *, seconds: float | None = None, patience: Patience | None = None, data: bytes = b""
) -> str:
    """The output of a command as text; bytes that are not UTF-8 become `\\xNN`.

    DeviceError if the phone does not answer, or the answer does not end.
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
    """A command running on a phone, and the exact bytes of its input and output (`exec:`: no terminal, no CRLF).

    DeviceError if it can't be started, or prints nothing for `idle_seconds`; OSError if the connection breaks.
    The command's input ends when the connection does.
    """

    def __init__(self, device: Device, command: str, idle_seconds: float | None = None) -> None:
        self._idle = IDLE_SECONDS if idle_seconds is None else idle_seconds
        # Not by AdbDevice.open_transport, which asks for the version first, and leaves its socket open if the server
        # refuses.
        try:
            self._connection = device.client.make_connection(timeout=CONNECT_SECONDS)
        except Exception as error:
            raise DeviceError(escape_text(str(error))) from error
        try:
            for request in (device.transport, f"exec:{command}"):
                data = request.encode("utf-8", "surrogateescape")
                # Not by send_command, which does not notice if only a part of a long command was sent.
                self._connection.conn.sendall(b"%04x" % len(data) + data)
                self._connection.check_okay()  # type: ignore[no-untyped-call]
        except Exception as error:
            self.close()
            late = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
            reason = f"no answer within {CONNECT_SECONDS:.3g} s" if late else " ".join(str(error).split())
            raise DeviceError(escape_text(reason)) from error
        # Not adbutils' method, which raises an AdbError once another thread has closed it; a closed socket raises an
        # OSError.
        self._socket = self._connection.conn

    def send(self, data: bytes) -> None:
        """Writes to the command's input."""
        self._socket.sendall(data)

    def chunks(self, patience: Patience | None = None) -> Iterator[bytes]:
        """The output of the command, to its end."""
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
        """Ends the command. Another thread that waits for bytes sees the end of the output."""
        with suppress(Exception):
            self._connection.conn.shutdown(socket.SHUT_RDWR)
        with suppress(Exception):
            self._connection.close()  # type: ignore[no-untyped-call]
