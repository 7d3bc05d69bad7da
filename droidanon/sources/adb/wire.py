"""Sends requests to an adb server, and reads its responses strictly and within limits (AOSP packages/modules/adb,
SERVICES.TXT).

adbutils treats a truncated response as complete, and waits forever if a byte arrives now and then.
"""

from __future__ import annotations

import re
import socket
import time

from droidanon.errors import DeviceError
from droidanon.escape import escape_text
from droidanon.sources.adb.receiving import receive

_MOST_MESSAGE = 300
_LENGTH = re.compile(rb"[0-9a-fA-F]{4}")


class Wire:
    """A connection to an adb server with a total time limit of `seconds`.

    Every method raises DeviceError, with one escaped line, if the server refuses, is late, or sends a truncated or
    unexpected response.
    """

    def __init__(self, link: socket.socket, seconds: float) -> None:
        self._link = link
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def request(self, service: str) -> None:
        """Requests a service, and waits until the server accepts."""
        data = service.encode("utf-8", "surrogateescape")
        try:
            self._link.settimeout(self._left())
            self._link.sendall(b"%04x" % len(data) + data)
        except OSError as error:
            raise self._broken(error) from error
        status = self._exactly(4)
        if status == b"FAIL":
            raise DeviceError(_one_line(self.block()))
        if status != b"OKAY":
            raise DeviceError(f"unexpected answer from the adb server: {status!r}")

    def block(self) -> str:
        """Read text preceded by its length in four hex digits; bytes that are not UTF-8 become `\\xNN`."""
        length = self._exactly(4)
        if not _LENGTH.fullmatch(length):
            raise DeviceError(f"unexpected answer from the adb server: {length!r} for a length")
        return self._exactly(int(length, 16)).decode("utf-8", "backslashreplace")

    def rest(self, most: int) -> str:
        """Read text until the connection ends, or its first `most` bytes."""
        data = bytearray()
        while len(data) < most and (piece := self._some(most - len(data))):
            data += piece
        return data.decode("utf-8", "backslashreplace")

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._some(size - len(data))
            if not piece:
                raise DeviceError("the answer ended early")
            data += piece
        return bytes(data)

    def _some(self, most: int) -> bytes:
        try:
            piece = bytearray(most)
            return bytes(piece[: receive(self._link, memoryview(piece), self._left())])
        except OSError as error:
            raise self._broken(error) from error

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _broken(self, error: OSError) -> DeviceError:
        if isinstance(error, TimeoutError):
            return DeviceError(f"no answer within {self._seconds:.3g} s")
        return DeviceError(f"the connection broke: {error.strerror or error}")


def _one_line(text: str) -> str:
    return escape_text(" ".join(text.split())[:_MOST_MESSAGE]) or "refused without a reason"
