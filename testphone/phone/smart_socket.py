"""The adb server's smart-socket protocol: four hex digits for the length, then the text of a request."""

from __future__ import annotations

import contextlib
import random
import socket


class AdbServerError(Exception):
    """The server answered FAIL, or did not answer."""


def framed(text: str | bytes) -> bytes:
    """A text preceded by its length."""
    data = text.encode() if isinstance(text, str) else text
    return b"%04x" % len(data) + data


def receive(connection: socket.socket, size: int) -> bytes:
    """Receive exactly `size` bytes."""
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise AdbServerError("the adb server closed the connection")
        data += part
    return data


def ask_server(port: int, service: str, timeout: float = 60) -> str:
    """Ask the adb server on loopback for a `host:` service that answers with one text."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(framed(service))
        status = receive(connection, 4)
        text = receive(connection, int(receive(connection, 4), 16)).decode(errors="replace")
    if status != b"OKAY":
        raise AdbServerError(text)
    return text


def free_port() -> int:
    """A free loopback port below those that Linux assigns automatically, 32768 and up (ip(7))."""
    for port in random.sample(range(20_000, 32_000), 1000):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("no free port")
