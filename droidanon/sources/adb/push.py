"""Sends a file to a phone with adb's sync protocol (AOSP packages/modules/adb, SYNC.TXT).

adbutils' `push` sends only 4 KiB at a time and does not report progress.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon.errors import DeviceError, InputError
from droidanon.escape import escape_text
from droidanon.sources.adb.connection import Connection
from droidanon.sources.adb.server import Device

if TYPE_CHECKING:
    import socket

_CHUNK = 64 << 10
"""The most bytes of one DATA packet."""
_SECONDS = 60.0
"""Longest wait for the phone to take a packet, or to confirm the file."""
_MODE = 0o100644
_MOST_MESSAGE = 4096


def push(device: Device, file: Path, remote: str, progress: Callable[[int], None]) -> None:
    """Copy a local file to a path on the phone; calls `progress` with the number of bytes sent so far.

    Raises InputError if the file cannot be read, and DeviceError if the phone rejects it or the connection breaks.
    """
    where = escape_text(device.serial)
    try:
        with closing(Connection(device.client, device.transport, "sync:")) as connection:
            connection.link.settimeout(_SECONDS)
            _send(connection.link, file, remote, progress)
            answer = _confirmation(connection.link)
    except OSError as error:
        raise DeviceError(f"{where}: the connection broke: {error}") from error
    except DeviceError as error:
        raise DeviceError(f"{where}: {error}") from error
    if answer:
        raise DeviceError(f"{where}: cannot write {escape_text(remote)}: {escape_text(answer)}")


def _send(link: socket.socket, file: Path, remote: str, progress: Callable[[int], None]) -> None:
    target = f"{remote},{_MODE}".encode()
    link.sendall(b"SEND" + struct.pack("<I", len(target)) + target)
    sent = 0
    for piece in _pieces(file):
        link.sendall(b"DATA" + struct.pack("<I", len(piece)) + piece)
        sent += len(piece)
        progress(sent)
    link.sendall(b"DONE" + struct.pack("<I", int(time.time())))


def _pieces(file: Path) -> Iterator[bytes]:
    try:
        with open(file, "rb") as source:
            while piece := source.read(_CHUNK):
                yield piece
    except OSError as error:
        raise InputError(f"{escape_text(str(file))}: {error.strerror or error}") from error


def _confirmation(link: socket.socket) -> str:
    """The phone's error message; empty if it has the file."""
    head = _receive(link, 8)
    if head[:4] == b"OKAY":
        return ""
    size = min(struct.unpack("<I", head[4:])[0], _MOST_MESSAGE)
    return _receive(link, size).decode("utf-8", "replace")


def _receive(link: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = link.recv(size - len(data))
        if not piece:
            raise ConnectionError("the phone closed the connection")
        data += piece
    return data
