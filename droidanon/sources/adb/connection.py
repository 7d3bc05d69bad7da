"""Connections to an adb server."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from droidanon.errors import DeviceError
from droidanon.escape import escape_text
from droidanon.sources.adb.wire import Wire

if TYPE_CHECKING:
    import adbutils

CONNECT_SECONDS = 10.0
"""The longest time until an adb server has accepted the first requests on a connection."""


class Connection:
    """A connection on which an adb server has accepted a sequence of requests.

    `link`: the socket. `wire`: for responses and more requests, within the same time limit. Raises DeviceError if the
    server does not respond, or rejects a request.
    """

    def __init__(self, client: adbutils.AdbClient, *services: str) -> None:
        try:
            self.link: socket.socket = client.make_connection().conn
        except Exception as error:  # adbutils raises its own errors
            raise DeviceError(escape_text(str(error))) from error
        self.wire = Wire(self.link, CONNECT_SECONDS)
        try:
            for service in services:
                self.wire.request(service)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the connection. A thread that is waiting for bytes sees the end of the output."""
        # Not adbutils' method, which sleeps for 10 ms.
        with suppress(OSError):
            self.link.shutdown(socket.SHUT_RDWR)
        self.link.close()
