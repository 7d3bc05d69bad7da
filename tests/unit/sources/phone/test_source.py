"""Finding the adb server and a device, without a phone."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from droidanon.errors import DeviceError
from droidanon.sources.adb import server as adb_server
from droidanon.sources.adb import stream as adb_stream
from droidanon.sources.phone import devices
from droidanon.sources.phone import source as adb

SERIAL = "PHONE1"
FACTS = b"\nMARKER begin\n\nMARKER uid\n0\n\nMARKER done\n"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANDROID_SERIAL", "ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS", "ANDROID_ADB_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("environment", "server"),
    [
        ({}, ("127.0.0.1", 5037)),
        ({"ANDROID_ADB_SERVER_PORT": "6000"}, ("127.0.0.1", 6000)),
        ({"ANDROID_ADB_SERVER_ADDRESS": "10.0.0.9", "ANDROID_ADB_SERVER_PORT": "6000"}, ("10.0.0.9", 6000)),
        ({"ANDROID_ADB_SERVER_ADDRESS": "", "ANDROID_ADB_SERVER_PORT": ""}, ("127.0.0.1", 5037)),
        ({"ADB_SERVER_SOCKET": "tcp:7000", "ANDROID_ADB_SERVER_PORT": "6000"}, ("127.0.0.1", 7000)),
        ({"ADB_SERVER_SOCKET": "tcp:host.example:7000"}, ("host.example", 7000)),
        ({"ADB_SERVER_SOCKET": "tcp:[::1]:7000"}, ("::1", 7000)),
    ],
)
def test_where_the_server_is(
    environment: dict[str, str], server: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert adb_server.server_address() == server


@pytest.mark.parametrize("port", ["x", "0", "65536", "\u0663", pytest.param("1" * 5000, id="long")])
def test_ports_that_are_none(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", port)
    with pytest.raises(DeviceError, match="ANDROID_ADB_SERVER_PORT"):
        adb_server.server_address()


def test_no_server_and_no_adb(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import adbutils

    def none() -> str:
        raise adbutils.AdbError("No adb exe could be found")

    monkeypatch.setattr(adbutils, "adb_path", none)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else gets the port
        port = silent.getsockname()[1]
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(port))
        with pytest.raises(DeviceError, match=f"{port}.*platform-tools"):
            devices.list_devices()
        monkeypatch.setattr(shutil, "which", lambda name: "/bin/false")
        with pytest.raises(DeviceError, match="adb start-server"):
            devices.list_devices()


@pytest.fixture
def silent_phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """A server whose one phone sends the given bytes, and then nothing, and never hangs up."""
    sends: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            held.append(connection)
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        while head := connection.recv(4, socket.MSG_WAITALL):
            request = connection.recv(int(head, 16), socket.MSG_WAITALL).decode()
            if request.startswith("host:devices"):
                devices = f"{SERIAL}               device model:X\n"
                connection.sendall(b"OKAY" + f"{len(devices):04x}{devices}".encode())
            else:
                connection.sendall(b"OKAY")
                if request.startswith("exec:"):
                    marker = request.split("droidanon ")[-1].split(" ")[0].strip("'").encode()
                    text = FACTS if sends and request.endswith("list-unless-root") else b"".join(sends)
                    connection.sendall(text.replace(b"MARKER", marker))

    threading.Thread(target=serve, daemon=True).start()
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.getsockname()[1]))
    monkeypatch.setattr(adb_stream, "IDLE_SECONDS", 1.0)
    monkeypatch.setattr(adb_stream, "ASK_SECONDS", 1.0)
    yield sends
    for connection in (server, *held):
        connection.close()


def test_a_phone_that_falls_silent(silent_phone: list[bytes]) -> None:
    with pytest.raises(DeviceError, match=rf"{SERIAL}: .*\b1 s"):
        adb.AdbSource().read()
    (device,) = devices.list_devices()
    assert device.access == "none"
    assert "1 s" in device.advice


def test_a_phone_that_falls_silent_in_the_middle(silent_phone: list[bytes]) -> None:
    header = b"70000000-70001000 rw-p 00000000 00:00 0                                  [anon:a]\nSize:                  4 kB\nRss:                   4 kB\n"
    silent_phone += [
        b"\nMARKER begin\n\nMARKER pid 7\n7 (x) S 1 7 7 0 -1 0 " + b"0 " * 12 + b"99 0\n",
        b"\nMARKER cmdline\ncom.example.app\0\nMARKER status\nUid:\t1\n\nMARKER smaps\n",
        header,
        b"\nMARK",
    ]
    capture = adb.AdbSource().read()
    assert capture.partial
    assert [(process.name, process.rows) for process in capture.processes] == [("com.example.app", 1)]
    assert any("1 s" in problem.message for problem in capture.problems)
    assert any(problem.where.startswith("com.example.app") for problem in capture.problems)


def test_a_started_server_gets_no_pipe_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, object] = {}

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        told.update(options, command=command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    adb_server._start_server(6000)
    assert told["command"][1:] == ["-P", "6000", "start-server"]  # type: ignore[index]
    assert told["stdin"] is subprocess.DEVNULL
    assert told["stdout"] is told["stderr"]
    assert told["stdout"] not in (None, subprocess.PIPE)
