"""The adb server and its phones. Only this package uses adbutils."""

from __future__ import annotations

import os
import re
import shutil
import socket
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon.errors import DeviceError
from droidanon.escape import escape_text
from droidanon.platform.readers.procfs import parse_number
from droidanon.sources.adb.connection import CONNECT_SECONDS, Connection
from droidanon.sources.adb.device_list import ListedDevice, choose_device, parse_devices

if TYPE_CHECKING:
    import adbutils

_DEFAULT_PORT = 5037
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_START_SECONDS = 30
_MOST_ROOT_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class Device:
    """A responsive phone, and a client of its adb server.

    `address` is unique: its serial, or `transport_id:N` if another device has the same serial.
    """

    client: adbutils.AdbClient
    serial: str
    address: str = ""

    @property
    def source(self) -> str:
        """The source string of this phone."""
        return f"adb:{self.address or self.serial}"

    @property
    def transport(self) -> str:
        """The request that selects this device (AOSP packages/modules/adb, SERVICES.TXT)."""
        key, _, number = self.address.partition(":")
        if key == "transport_id" and self.address != self.serial:
            return f"host:transport-id:{number}"
        return f"host:transport:{self.serial}"


def server_address() -> tuple[str, int]:
    """The address of the adb server, from ADB_SERVER_SOCKET or else ANDROID_ADB_SERVER_ADDRESS and _PORT, as in adb."""
    text = os.environ.get("ADB_SERVER_SOCKET", "")
    if text:
        return _socket_address(text)
    host = os.environ.get("ANDROID_ADB_SERVER_ADDRESS") or "127.0.0.1"
    port = os.environ.get("ANDROID_ADB_SERVER_PORT")
    return host, _port(port, "ANDROID_ADB_SERVER_PORT", port) if port else _DEFAULT_PORT


def _socket_address(text: str) -> tuple[str, int]:
    """`tcp:PORT`, `tcp:HOST:PORT`, `tcp:[IPv6]:PORT`."""
    place = text.removeprefix("tcp:")
    named, _, port = place.rpartition(":")
    if place == text or (named.count(":") and not (named.startswith("[") and named.endswith("]"))):
        raise DeviceError(f"ADB_SERVER_SOCKET={escape_text(text)}: only tcp:HOST:PORT or tcp:PORT can be used")
    return named.strip("[]") or "127.0.0.1", _port(port, "ADB_SERVER_SOCKET", text)


def _port(text: str, variable: str, value: str) -> int:
    number = parse_number(text)
    if number is None or not 0 < number < 65536:
        form = "tcp:HOST:PORT or tcp:PORT" if variable == "ADB_SERVER_SOCKET" else "a number from 1 to 65535"
        raise DeviceError(
            f"{variable}={escape_text(value[:60])}: {escape_text(text[:20])!r} is not a port; write {form}"
        )
    return number


def open_client() -> adbutils.AdbClient:
    """A client of the running adb server. Starts a local server if necessary, and never kills one."""
    host, port = server_address()
    from droidanon.sources.adb.client import Client

    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        if host not in _LOOPBACK:
            raise DeviceError(
                f"no adb server at {escape_text(host)}:{port} ({error.strerror or error}). `adb start-server` "
                f"listens on its own machine only: start it there with `adb -a -P {port} nodaemon server start`, "
                f"or forward the port: ssh -L {port}:localhost:{port} {escape_text(host)}, and unset ADB_SERVER_SOCKET"
            ) from error
        _start_server(port)
    return Client(host, port, CONNECT_SECONDS)


def adb_path() -> str:
    """The adb program used to start a server: adbutils' own, else the one on PATH; empty if there is none."""
    try:
        from droidanon.sources.adb.client import program

        return program()
    except Exception:  # the wheel has no adb for this platform
        return shutil.which("adb") or ""


def server_version(client: adbutils.AdbClient) -> int:
    """The protocol version of the running server: the last number of `adb version`'s 1.0.N."""
    text = _answer(client, "host:version")
    if not re.fullmatch("[0-9a-fA-F]{1,8}", text):
        raise DeviceError(f"the adb server's version is not a number: {escape_text(text[:20])}")
    return int(text, 16)


def _start_server(port: int) -> None:
    import subprocess
    import tempfile

    path = adb_path()
    hint = f"no adb server on port {port}, and none could be started"
    if not path:
        raise DeviceError(f"{hint}: install Android's platform-tools so that adb is on PATH")
    with tempfile.TemporaryFile() as log:  # not a pipe, which the server would keep open
        try:
            done = subprocess.run(
                [path, "-P", str(port), "start-server"],
                check=False,
                timeout=_START_SECONDS,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        except OSError as error:
            raise DeviceError(f"{hint}: {escape_text(path)}: {error.strerror or error}") from error
        except subprocess.TimeoutExpired as error:
            raise DeviceError(f"{hint}: `adb start-server` took more than {_START_SECONDS} s") from error
        if done.returncode:
            log.seek(0)
            raise DeviceError(f"{hint}: {_reason(log.read(1 << 16).decode('utf-8', 'replace'))}")


def _reason(log: str) -> str:
    """The reason in the output of `adb start-server`: the last fatal line of its log, else the last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    fatal = [line for line in lines if " F adb " in line]
    reason = (fatal[-1].partition(" F adb ")[2].partition(": ")[2] or fatal[-1]).split(" ", 1)[-1] if fatal else ""
    reason = reason or (lines[-1] if lines else "`adb start-server` failed and printed nothing")
    advice = ""
    if ".android" in reason:
        home = escape_text(os.environ.get("HOME", "unset"))
        advice = f"; adb keeps its key in $HOME/.android, and HOME is {home}: set HOME to a folder that can be written"
    return escape_text(reason) + advice


def connected(client: adbutils.AdbClient) -> list[ListedDevice]:
    """The server's devices."""
    try:
        return parse_devices(_answer(client, "host:devices-l"))
    except DeviceError as error:
        raise DeviceError(f"{error}; try `adb start-server`") from error


def _answer(client: adbutils.AdbClient, service: str) -> str:
    """The response to a request to the server itself."""
    try:
        with closing(Connection(client, service)) as connection:
            return connection.wire.block()
    except DeviceError as error:
        raise DeviceError(f"the adb server does not answer: {escape_text(str(error))}") from error


def open_device(serial: str | None = None) -> Device:
    """The device with that serial (or other name), else $ANDROID_SERIAL, else the only one. Raises DeviceError if there
    is none or several.
    """
    client = open_client()
    found = choose_device(connected(client), serial or os.environ.get("ANDROID_SERIAL") or None)
    return Device(client, found.serial, found.address)


def restart_as_root(device: Device) -> str:
    """Asks adbd to restart as root (`adb root`); returns its response. On success the phone disconnects for a
    moment."""
    try:
        with closing(Connection(device.client, device.transport, "root:")) as connection:
            return connection.wire.rest(_MOST_ROOT_ANSWER)
    except DeviceError as error:
        return str(error)
