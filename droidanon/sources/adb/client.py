"""adbutils' client with fixes. Imported on first use, because the import takes 115 ms."""

from __future__ import annotations

import os
import socket

_BROKEN_WITHOUT_A_NUMBER = "ANDROID_ADB_SERVER_PORT"
_port = os.environ.pop(_BROKEN_WITHOUT_A_NUMBER, None)
try:
    import adbutils  # adbutils reads that variable on import, and fails if it is empty or invalid
finally:
    if _port is not None:
        os.environ[_BROKEN_WITHOUT_A_NUMBER] = _port

_CONNECT_SECONDS = 3.0


class _Connection(adbutils.AdbConnection):
    """A connection that supports IPv6 and does not start a server, which `server.open_client` does."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        super().__init__(host, port)

    def _safe_connect(self) -> socket.socket:
        try:
            connection = socket.create_connection(self._address, _CONNECT_SECONDS)
        except OSError as error:
            raise adbutils.AdbError(f"the adb server does not answer: {error.strerror or error}") from error
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPCNT", 3), ("TCP_KEEPINTVL", 10)):
            if hasattr(socket, option):  # not on every system
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        connection.settimeout(None)
        return connection


class Client(adbutils.AdbClient):
    """A client of the adb server at an address."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        super().__init__(host=host, port=port, socket_timeout=timeout_s)
        self._place, self._timeout_s = (host, port), timeout_s

    def make_connection(self, timeout: float | None = None) -> adbutils.AdbConnection:
        """Open a new connection. AdbError if the server does not respond."""
        connection = _Connection(*self._place)
        connection.conn.settimeout(timeout or self._timeout_s)
        return connection


def program() -> str:
    """The adb program bundled with adbutils. Raises an error if there is none for this platform."""
    return str(adbutils.adb_path())
