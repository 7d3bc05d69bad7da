"""Phones over adb. The only module that knows adbutils, which is imported when it is first needed (115 ms)."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from droidanon.errors import AccessError, DeviceError, DroidanonError, ProcessError
from droidanon.escape import escape_text
from droidanon.model import Capture, Problem
from droidanon.procfs import parse_number
from droidanon.sources.collected import Collected, collect
from droidanon.sources.collector import command, new_marker, parse_frames
from droidanon.sources.source import ENDED, Progress, choose, make_capture, unreadable, where_of

if TYPE_CHECKING:
    import adbutils

_CHUNK = 1 << 20
_IDLE_SECONDS = 60.0
"""Longest silence of a phone in a stream: the first reading of a large process takes seconds (mmap lock, page tables)."""
_CONNECT_SECONDS = 10.0
_ASK_SECONDS = 10.0
"""Longest silence of a phone that is asked for a few facts."""
_DEFAULT_PORT = 5037
_NAME = re.compile(r"[A-Za-z0-9_.:/@+-]+")
_ADVICE = {
    "unauthorized": "not authorised: unlock the phone and accept this computer's key (`adb kill-server` asks again)",
    "offline": "offline: unplug it and plug it in again, or `adb reconnect offline`",
    "no permissions": "no permission to use the USB device: see `adb devices -l` and your udev rules",
    "recovery": "in recovery: start Android",
    "sideload": "in sideload mode: start Android",
    "bootloader": "in the bootloader: start Android",
    "authorizing": "being authorised: wait a moment",
    "connecting": "connecting: wait a moment",
}
_ASKED = {
    "model": "getprop ro.product.model",
    "android": "getprop ro.build.version.release",
    "type": "getprop ro.build.type",
    "uid": "id -u",
    "page": "getconf PAGESIZE",
}


@dataclass(frozen=True, slots=True)
class DeviceSummary:
    """A device as a list shows it; what is empty is not known. `advice` says what to do where it can't be used.

    `access`: root or shell, as adbd runs commands; none where it runs none.
    """

    serial: str
    state: str
    model: str = ""
    android: str = ""
    build_type: str = ""
    access: str = "none"
    page_size: int = 0
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A phone that answers, and the client of the adb server that knows it."""

    client: adbutils.AdbClient
    serial: str


@dataclass(frozen=True, slots=True)
class AdbSource:
    """A phone by its serial, or the only one."""

    serial: str | None = None

    def describe(self) -> str:
        return f"the phone {self.serial} over adb" if self.serial else "the phone over adb"

    def read(self, *, app: str | None = None, pid: int | None = None, progress: Progress | None = None) -> Capture:
        """One pass in one shell session. What had arrived is kept if the connection breaks: the capture is partial."""
        if app is not None and not _NAME.fullmatch(app):
            raise ProcessError(f"{escape_text(app)}: not the name of an app or process")
        device = open_device(self.serial)
        marker = new_marker()
        collected = Collected()
        broken: list[str] = []
        with closing(_stream(device, command(marker, app, pid), _IDLE_SECONDS)) as chunks:
            frames = parse_frames(_until_broken(chunks, broken), marker, keep_cut=True)
            collect(frames, progress=progress, into=collected, own=marker)
        if not collected.whole and not broken:
            broken.append("the phone ended the session before it was done")
        problems = [Problem(f"adb:{device.serial}", message) for message in broken]
        return _capture(collected, device.serial, app, pid, problems)


def _until_broken(chunks: Iterator[bytes], broken: list[str]) -> Iterator[bytes]:
    """The chunks up to where the connection breaks; why it did goes into `broken`."""
    try:
        yield from chunks
    except (OSError, DeviceError) as error:
        broken.append(f"the connection broke: {error}")


def _capture(collected: Collected, serial: str, app: str | None, pid: int | None, problems: list[Problem]) -> Capture:
    where = escape_text(serial)
    lost = "" if collected.whole else problems[0].message
    try:
        kept = choose(collected.readings, app, pid, collected.names)
        if not kept:
            raise ProcessError(f"{where}: no process was listed; see `adb shell ls /proc`")
        if (first := unreadable(kept)) is not None:
            who = f"{escape_text(where_of(first.process))} on {where}"
            if ENDED in first.error:
                raise ProcessError(f"{who}: {escape_text(first.error)}; start it and try again")
            raise AccessError(f"{who}: {escape_text(first.error)}, read as {_access(collected)}. {_way_out(collected)}")
    except DroidanonError as error:
        if lost:  # it may be among what did not arrive
            raise DeviceError(
                f"{where}: {escape_text(lost)} (nothing had arrived yet); check the cable and try again"
            ) from error
        raise
    device: dict[str, str | int] = {"serial": serial, **collected.device}
    return make_capture(
        kept, source=f"adb:{serial}", access=_access(collected), app=app or "", device=device, system=collected.system,
        problems=problems, partial=not collected.whole,
    )  # fmt: skip


def _access(collected: Collected) -> str:
    return "root" if collected.uid == 0 else "shell"


def _way_out(collected: Collected) -> str:
    """What to do where smaps are denied."""
    if collected.uid == 0:
        return "Even root is refused: a policy of the phone's maker or kernel says no"
    if collected.device.get("build_type") in ("userdebug", "eng"):
        return "This build lets you: adb root, then try again"
    return "On a userdebug build or an emulator: adb root, then try again; on a user build other apps can't be read this way"


def _server() -> tuple[str, int]:
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


def _client() -> adbutils.AdbClient:
    """A client of the running adb server; started if there is none on this machine, never killed."""
    import adbutils

    host, port = _server()
    try:
        socket.create_connection((host, port), _CONNECT_SECONDS).close()
    except OSError as error:
        if host not in ("127.0.0.1", "localhost", "::1"):
            raise DeviceError(
                f"no adb server at {escape_text(host)}:{port} ({error.strerror or error}); start it there: adb start-server"
            ) from error
        _start_server(port)
    return adbutils.AdbClient(host=host, port=port, socket_timeout=_CONNECT_SECONDS)


def _start_server(port: int) -> None:
    import subprocess

    try:
        import adbutils

        path = adbutils.adb_path()
    except Exception:  # the wheel has no adb for this platform
        path = shutil.which("adb") or ""
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


def _devices(client: adbutils.AdbClient) -> list[tuple[str, str, dict[str, str]]]:
    """Serial, state and facts of each device, from `host:devices-l`."""
    try:
        with client.make_connection(timeout=_CONNECT_SECONDS) as connection:
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


def list_devices() -> list[DeviceSummary]:
    """The connected devices. DeviceError where there is no adb server and none can be started."""
    client = _client()
    return [_summarise(client, serial, state, facts) for serial, state, facts in _devices(client)]


def _summarise(client: adbutils.AdbClient, serial: str, state: str, facts: dict[str, str]) -> DeviceSummary:
    if state != "device":
        return DeviceSummary(
            serial, state, facts.get("model", ""), advice=_ADVICE.get(state, f"can't be used: {state}")
        )
    asked = "".join(f"echo {key}=$({command}); " for key, command in _ASKED.items())
    try:
        answer = b"".join(_stream(Device(client, serial), f"({asked}) 2>/dev/null", _ASK_SECONDS)).decode(
            "utf-8", "replace"
        )
    except (OSError, DeviceError) as error:
        return DeviceSummary(serial, state, facts.get("model", ""), advice=f"does not answer: {error}")
    told = dict(line.partition("=")[::2] for line in answer.splitlines())
    model, android, build_type, uid, page = (told.get(key, "").strip() for key in _ASKED)
    access = "root" if uid == "0" else "shell"
    number = parse_number(page)
    advice = ""
    if access == "shell":
        advice = "only the shell's own processes can be read" + (
            "; try: adb root" if build_type in ("userdebug", "eng") else ""
        )
    return DeviceSummary(serial, state, model, android, build_type, access, number or 0, advice)


def open_device(serial: str | None = None) -> Device:
    """The device of that serial, else $ANDROID_SERIAL, else the only one. DeviceError says what to do."""
    client = _client()
    found = _devices(client)
    wanted = serial or os.environ.get("ANDROID_SERIAL") or None
    if not found:
        raise DeviceError("no device: connect a phone with USB debugging on, or `adb connect HOST:PORT`")
    if wanted is None and len(found) > 1:
        ready = [item for item in found if item[1] == "device"]
        if len(ready) != 1:
            listed = ", ".join(f"{escape_text(name)} ({state})" for name, state, _ in found)
            raise DeviceError(f"{len(found)} devices: choose one with -s SERIAL or $ANDROID_SERIAL: {listed}")
        found = ready
    for name, state, _ in found:
        if wanted in (None, name):
            if state != "device":
                raise DeviceError(f"{escape_text(name)}: {_ADVICE.get(state, escape_text(state))}")
            return Device(client, name)
    listed = ", ".join(escape_text(name) for name, _, _ in found)
    raise DeviceError(f"{escape_text(wanted or '')}: no such device; there are: {listed}")


def ask_meminfo(serial: str | None, app: str) -> str:
    """What `dumpsys meminfo --local -a` says of an app. (Without --local the app is made to collect its garbage.)"""
    if not _NAME.fullmatch(app):
        raise ProcessError(f"{escape_text(app)}: not the name of an app or process")
    device = open_device(serial)
    try:
        answer = b"".join(_stream(device, f"dumpsys meminfo --local -a {shlex.quote(app)}", _IDLE_SECONDS))
    except OSError as error:
        raise DeviceError(f"{escape_text(device.serial)}: the connection broke: {error}") from error
    return answer.decode("utf-8", "backslashreplace")


def _stream(device: Device, shell_command: str, idle_seconds: float) -> Generator[bytes, None, None]:
    """The exact bytes that a command prints on a phone (`exec:`, so no terminal and no CRLF), as they arrive.

    DeviceError where it can't be started, or nothing comes for `idle_seconds`; OSError where the connection breaks.
    """
    # Not by AdbDevice.open_transport: it asks the version first, and leaves its socket open where the phone is refused.
    try:
        connection = device.client.make_connection(timeout=_CONNECT_SECONDS)
    except Exception as error:
        raise DeviceError(escape_text(str(error))) from error
    try:
        try:
            for request in (f"host:transport:{device.serial}", f"exec:{shell_command}"):
                connection.send_command(request)
                connection.check_okay()  # type: ignore[no-untyped-call]
            connection.conn.settimeout(idle_seconds)
        except Exception as error:
            raise DeviceError(escape_text(" ".join(str(error).split()))) from error
        buffer = memoryview(bytearray(_CHUNK))
        while True:
            try:
                size = connection.conn.recv_into(buffer)
            except TimeoutError as error:
                raise DeviceError(f"nothing came for {idle_seconds:.3g} s") from error
            if not size:
                return
            yield bytes(buffer[:size])
    finally:
        with suppress(Exception):
            connection.close()  # type: ignore[no-untyped-call]
