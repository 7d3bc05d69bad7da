"""A slow link: a proxy in front of an adb server that limits its bytes per second."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Self

_TURN_S = 0.01
_BUFFER = 1 << 16


class SlowLink:
    """Listens on `port` and forwards to an adb server; a context manager. All connections share one rate, as on a cable.

    Socket buffers are small, so data that the link cannot take waits at the sender, as on a phone.
    """

    def __init__(self, server_port: int, bytes_per_s: float) -> None:
        self._server_port = server_port
        self._rate = bytes_per_s
        self._lock = threading.Lock()
        self._free_at = 0.0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.sent = 0
        """The number of bytes received from the server."""

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    def cut(self) -> None:
        """Break all connections, dropping data in transit, and refuse new ones."""
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.socket()
                far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
                far.connect(("127.0.0.1", self._server_port))
                self._open += [near, far]
                threading.Thread(target=self._pump, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._pump, args=(far, near, True), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, slow: bool) -> None:
        size = max(1024, min(_BUFFER, int(self._rate * _TURN_S)))
        with contextlib.suppress(OSError):
            while piece := source.recv(size if slow else _BUFFER):
                if slow:
                    self._wait(len(piece))
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)

    def _wait(self, size: int) -> None:
        with self._lock:
            self.sent += size
            now = time.monotonic()
            self._free_at = max(self._free_at, now - _TURN_S) + size / self._rate
            left = self._free_at - now
        if left > 0:
            time.sleep(left)
