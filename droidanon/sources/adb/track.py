"""Watches phones being connected and disconnected."""

from __future__ import annotations

import select
import time
from types import TracebackType
from typing import Self

from droidanon.sources.adb.connection import CONNECT_SECONDS, Connection
from droidanon.sources.adb.device_list import ListedDevice
from droidanon.sources.adb.server import connected, open_client
from droidanon.sources.adb.wire import Wire

_PAUSE_S = 0.1
"""After each change: a server that reports changes without end shall not keep its caller busy."""


class DeviceTracker:
    """Reports the adb server's devices whenever one is added, removed or changes its state; a context manager.

    Restarts an adb server that ends. Needs no thread, because `wait` blocks the caller.
    """

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def wait(self, seconds: float) -> list[ListedDevice] | None:
        """The devices after the next change; on the first call, and after losing the server, the current ones.

        Returns None if nothing changes within `seconds`, or the server does not respond.
        """
        try:
            if self._connection is None:
                return self._open()
            ready, _, _ = select.select([self._connection.link], [], [], seconds)
            if not ready:
                return None
            Wire(self._connection.link, CONNECT_SECONDS).block()
            time.sleep(_PAUSE_S)
            return connected(open_client())
        except Exception:  # adbutils raises its own errors
            self._close()
            time.sleep(seconds)
            return None

    def _open(self) -> list[ListedDevice]:
        client = open_client()
        # `host:track-devices` sends the list at once and after each change (AOSP packages/modules/adb, SERVICES.TXT).
        self._connection = Connection(client, "host:track-devices")
        self._connection.wire.block()
        return connected(client)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
