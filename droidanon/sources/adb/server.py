"""The adb server and the devices that it knows. The only module that knows adbutils, imported when first needed (115 ms)."""

from __future__ import annotations

import os
import shutil
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon.errors import DeviceError
from droidanon.escape import escape_text
from droidanon.platform.readers.procfs import parse_number

if TYPE_CHECKING:
    import adbutils

CONNECT_SECONDS = 10.0
_DEFAULT_PORT = 5037
CONNECT = "connect a phone with USB debugging on, or `adb connect HOST:PORT`"
ADVICE = {
    "unauthorized": "not authorised: unlock the phone and accept this computer's key (`adb kill-server` asks again)",
    "offline": "offline: unplug it and plug it in again, or `adb reconnect offline`",
    "no permissions": "no permission to use the USB device: see `adb devices -l` and your udev rules",
    "recovery": "in recovery: start Android",
    "sideload": "in sideload mode: start Android",
    "bootloader": "in the bootloader: start Android",
    "authorizing": "being authorised: wait a moment",
    "connecting": "connecting: wait a moment",
}


@dataclass(frozen=True, slots=True)
class Device:
    """A phone that answers, and the client of the adb server that knows it."""

    client: adbutils.AdbClient
    serial: str


def server_address() -> tuple[str, int]:
    """Where the adb server is: ADB_SERVER_SOCKET, else ANDROID_ADB_SERVER_ADDRESS and _PORT, as adb itself reads them."""
    host = os.environ.get("ANDROID_ADB_SERVER_ADDRESS") or "127.0.0.1"
    port = os.environ.get("ANDROID_ADB_SERVER_PORT", "")
    text = os.environ.get("ADB_SERVER_SOCKET", "")
    if text.startswith("tcp:"):
        place = text[len("tcp:") :]
        named, _, port = place.rpartition(":")
        host = named.strip("[]") or "127.0.0.1"
    elif text:
        raise DeviceError(f"ADB_SERVER_SOCKET={escape_text(text)}: only tcp:HOST:PORT or tcp:PORT can be used")
    if not port:
        return host, _DEFAULT_PORT
    number = parse_number(port)
    if number is None or not 0 < number < 65536:
        raise DeviceError(f"{escape_text(port[:20])!r} is no port of an adb server (ANDROID_ADB_SERVER_PORT)")
    return host, number


def open_client() -> adbutils.AdbClient:
    """A client of the running adb server; started if there is none on this machine, never killed."""
    host, port = server_address()
    import adbutils  # which fails for a port that is no number

    try:
        socket.create_connection((host, port), CONNECT_SECONDS).close()
    except OSError as error:
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise DeviceError(
                f"no adb server at {escape_text(host)}:{port} ({error.strerror or error}); start it there: adb start-server"
            ) from error
        _start_server(port)
    return adbutils.AdbClient(host=host, port=port, socket_timeout=CONNECT_SECONDS)


def adb_path() -> str:
    """The adb program that would start a server: adbutils' own, else the one on PATH; empty where there is none."""
    try:
        import adbutils

        return str(adbutils.adb_path())
    except Exception:  # the wheel has no adb for this platform
        return shutil.which("adb") or ""


def server_version(client: adbutils.AdbClient) -> int:
    """The version of the protocol that the running server speaks, the last number of `adb version`'s 1.0.N."""
    try:
        return int(client.server_version())  # type: ignore[no-untyped-call]
    except Exception as error:
        raise DeviceError(f"the adb server does not answer: {escape_text(str(error))}") from error


def _start_server(port: int) -> None:
    import subprocess

    path = adb_path()
    hint = f"no adb server on port {port}, and none could be started"
    if not path:
        raise DeviceError(f"{hint}: install Android's platform-tools so that adb is on PATH")
    try:
        subprocess.run(
            [path, "-P", str(port), "start-server"],
            check=True,
            timeout=30,
            # no pipes: on Windows the server that stays would keep them open
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DeviceError(f"{hint}: try `adb start-server` to see why ({type(error).__name__})") from error


def connected(client: adbutils.AdbClient) -> list[tuple[str, str, dict[str, str]]]:
    """Serial, state and facts of each device, from `host:devices-l`."""
    try:
        with client.make_connection(timeout=CONNECT_SECONDS) as connection:
            connection.send_command("host:devices-l")
            connection.check_okay()
            text = connection.read_string_block()
    except Exception as error:
        raise DeviceError(
            f"the adb server does not answer: {escape_text(str(error))}; try `adb start-server`"
        ) from error
    found = []
    for line in text.splitlines():
        serial, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if not serial:
            continue
        state = "no permissions" if rest.startswith("no permissions") else rest.split(" ", 1)[0]
        facts = dict(word.split(":", 1) for word in rest.split() if ":" in word)
        found.append((serial, state, facts))
    return found


def open_device(serial: str | None = None) -> Device:
    """The device of that serial, else $ANDROID_SERIAL, else the only one. DeviceError says what to do."""
    client = open_client()
    found = connected(client)
    wanted = serial or os.environ.get("ANDROID_SERIAL") or None
    if not found:
        which = f"{escape_text(wanted)}: no such device, nor any other" if wanted else "no device"
        raise DeviceError(f"{which}: {CONNECT}")
    if wanted is None and len(found) > 1:
        ready = [item for item in found if item[1] == "device"]
        if len(ready) != 1:
            listed = ", ".join(f"{escape_text(name)} ({state})" for name, state, _ in found)
            raise DeviceError(
                f"{len(found)} devices: choose one by its serial, or $ANDROID_SERIAL: {listed}", settings=("serial",)
            )
        found = ready
    for name, state, _ in found:
        if wanted in (None, name):
            if state != "device":
                raise DeviceError(f"{escape_text(name)}: {ADVICE.get(state, escape_text(state))}")
            return Device(client, name)
    listed = ", ".join(
        f"{escape_text(name)} ({state})" if state != "device" else escape_text(name) for name, state, _ in found
    )
    raise DeviceError(f"{escape_text(wanted or '')}: no such device; there are: {listed}")


def restart_as_root(device: Device) -> str:
    """What adbd says when it is asked to restart as root (`adb root`); it goes away for a moment if it does."""
    try:
        with device.client.make_connection(timeout=CONNECT_SECONDS) as connection:
            for request in (f"host:transport:{device.serial}", "root:"):
                connection.send_command(request)
                connection.check_okay()
            return str(connection.read_until_close())
    except Exception as error:
        return str(error)
