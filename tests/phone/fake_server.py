"""A stand-in for the adb server: devices in states that Debian's adbd can't show, and phones where it can't run.

It speaks the server's protocol for clients (four hex digits of length, then a request) and runs `exec:` commands in
the host's own shell with /proc replaced by a tree of files.
"""

from __future__ import annotations

import os
import socket
import socketserver
import subprocess
import tempfile
import threading
from pathlib import Path
from types import TracebackType

from tests.phone.tree import Tree, write_model

VERSION = 41


class FakeServer:
    """An adb server with the devices of `states` (serial to state); `proc` is the tree that a `device` shows."""

    def __init__(self, states: dict[str, str] | None = None, proc: Path | None = None, cut_after: int | None = None) -> None:
        """`cut_after`: bytes after which a stream breaks off."""
        self.states = states or {}
        self.proc = proc
        self.cut_after = cut_after
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                fake.serve(self.connection)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])

    @classmethod
    def with_model(cls, *, seed: int = 1, processes: int = 40, cut_after: int | None = None) -> FakeServer:
        """One phone with the model's processes."""
        from tests.phone.model import ModelPhone

        tree = Tree(Path(tempfile.mkdtemp(prefix="droidanon-fake-")) / "proc")
        write_model(tree, ModelPhone(seed, processes))
        return cls({"MODEL0001": "device"}, tree.root, cut_after)

    @property
    def env(self) -> dict[str, str]:
        """What a program needs in its environment to see these devices."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANDROID_", "ADB_"))}
        return {**kept, "ANDROID_ADB_SERVER_PORT": str(self.port)}

    def __enter__(self) -> FakeServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self, connection: socket.socket) -> None:
        """One client: requests until one of them is answered by a stream."""
        serial = next(iter(self.states), "")
        while request := _request(connection):
            if request == "host:version":
                _okay(connection, f"{VERSION:04x}")
            elif request in ("host:devices-l", "host:devices"):
                gap = "       " if request.endswith("-l") else "\t"
                _okay(connection, "".join(f"{name}{gap}{state}\n" for name, state in self.states.items()))
            elif request.startswith(("host:tport:", "host:transport:")):
                serial = request.split(":", 3 if "tport" in request else 2)[-1]
                state = self.states.get(serial)
                if state != "device":
                    _fail(connection, f"device '{serial}' not found" if state is None else f"device {state}.")
                    return
                connection.sendall(b"OKAY" + (b"\1" + bytes(7) if "tport" in request else b""))
            elif request.startswith(("exec:", "shell:")):
                connection.sendall(b"OKAY")
                self._run(connection, request.split(":", 1)[1])
                return
            else:
                _fail(connection, f"unknown request {request}")
                return

    def _run(self, connection: socket.socket, command: str) -> None:
        command = command.replace("/proc", str(self.proc))
        with subprocess.Popen(
            ["sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        ) as process:
            assert process.stdout is not None
            sent = 0
            while chunk := process.stdout.read1(1 << 16):
                if self.cut_after is not None and sent + len(chunk) > self.cut_after:
                    connection.sendall(chunk[: self.cut_after - sent])
                    process.kill()
                    return
                connection.sendall(chunk)
                sent += len(chunk)


def _request(connection: socket.socket) -> str:
    head = connection.recv(4, socket.MSG_WAITALL)
    return connection.recv(int(head, 16), socket.MSG_WAITALL).decode() if len(head) == 4 else ""


def _okay(connection: socket.socket, text: str) -> None:
    connection.sendall(b"OKAY" + f"{len(text):04x}{text}".encode())


def _fail(connection: socket.socket, text: str) -> None:
    connection.sendall(b"FAIL" + f"{len(text):04x}{text}".encode())
