"""A fake adb server, for hosts without adbd and for errors that a healthy adbd cannot produce.

It speaks the smart-socket protocol on loopback (docs/dev/services.md of AOSP's adb). Commands run in the host's sh,
with the phone's scripts first in PATH, and /proc replaced by the path of the tree.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testphone.phone.model import ModelPhone
from testphone.phone.proc_tree import SHELL_UID, ProcTree
from testphone.phone.smart_socket import framed

STDOUT, STDERR, EXIT = 1, 2, 3
CHUNK = 64 * 1024
REFUSALS = {
    "unauthorized": (
        "device unauthorized.\nThis adb server's $ADB_VENDOR_KEYS is not set\n"
        "Try 'adb kill-server' if that seems wrong.\nOtherwise check for a confirmation dialog on your device."
    ),
    "offline": "device offline",
    "authorizing": "device still authorizing",
    "recovery": "closed",
}


@dataclass
class FakeDevice:
    """A device of the fake server. `cut_after`: the connection breaks after this many bytes of a command's output.

    `rootable`: adbd restarts as root on request, and is absent for this many seconds meanwhile.
    """

    serial: str
    state: str = "device"
    root: Path | None = None
    proc: Path | None = None
    access: str = "root"
    features: str = "shell_v2,cmd,stat_v2,ls_v2"
    cut_after: int | None = None
    present: bool = True
    rootable: float | None = None
    model: str = "Model_Phone"

    def describe(self, number: int) -> str:
        """The device's line in `devices -l`."""
        model = f" product:model_phone model:{self.model} device:model" if self.state == "device" else ""
        return f"{self.serial:<22} {self.state}{model} transport_id:{number}\n"


class Refused(Exception):
    """A request that the server answers with FAIL."""


Writer = asyncio.StreamWriter


class FakeServer:
    """A server with any number of devices, in a daemon thread, which ends with the test run."""

    def __init__(
        self, devices: Sequence[FakeDevice] | Mapping[str, str] = (), *, version: int = 41, folder: Path | None = None
    ) -> None:
        """`devices`: devices, or states by serial; `folder` is deleted at the end."""
        if isinstance(devices, Mapping):
            devices = [FakeDevice(serial, state) for serial, state in devices.items()]
        self.devices = list(devices)
        self.folder = folder
        self.version = version
        self.port = 0
        self.requests: list[str] = []
        """All services requested, in order."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._more: list[asyncio.Server] = []
        self._tasks: dict[asyncio.Task[None], FakeDevice | None] = {}

    @classmethod
    def with_model(cls, *, seed: int = 1, processes: int = 40, cut_after: int | None = None) -> FakeServer:
        """A server with one device that shows the model's processes, without namespaces."""
        folder = Path(tempfile.mkdtemp(prefix="phone-"))
        ProcTree(ModelPhone(seed, processes), folder / "proc", folder / "staging").write_all()
        device = FakeDevice("MODEL0001", proc=folder / "proc", cut_after=cut_after)
        return cls([device], folder=folder)

    @property
    def env(self) -> dict[str, str]:
        """The environment for a subprocess that should see only these devices."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANDROID_", "ADB_"))}
        return {**kept, "ANDROID_ADB_SERVER_PORT": str(self.port)}

    def __enter__(self) -> FakeServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> int:
        """Start listening, and return the port."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = listener.getsockname()[1]
        self._thread.start()
        self._server = self._run_soon(asyncio.start_server(self._serve, sock=listener))
        return self.port

    def listen_on(self, host: str) -> None:
        """Listen at another address of this host too, on the same port."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, self.port), family=family)
        self._more.append(self._run_soon(asyncio.start_server(self._serve, sock=listener)))

    def _run_soon(self, starting: Coroutine[None, None, asyncio.Server]) -> asyncio.Server:
        return asyncio.run_coroutine_threadsafe(starting, self._loop).result(10)

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(self._end(None), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def unplug(self, serial: str) -> None:
        """Disconnect a device; its connections break."""
        device = self._find(serial)
        device.present = False
        asyncio.run_coroutine_threadsafe(self._end(device), self._loop).result(10)

    def replug(self, serial: str) -> None:
        for device in self.devices:
            device.present = device.present or device.serial == serial

    async def _end(self, device: FakeDevice | None) -> None:
        """Break the connections of a device, or all connections and the server."""
        if device is None and self._server:
            for server in (self._server, *self._more):
                server.close()
        tasks = [task for task, owner in self._tasks.items() if device is None or owner is device]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _find(self, serial: str | None) -> FakeDevice:
        present = [device for device in self.devices if device.present]
        if serial is not None:
            found = [device for device in present if device.serial == serial]
            if len(found) > 1:
                raise Refused("more than one device")
            for device in found:
                return device
            raise Refused(f"device '{serial}' not found")
        if not present:
            raise Refused("no devices/emulators found")
        if len(present) > 1:
            raise Refused("more than one device/emulator")
        return present[0]

    def _by_id(self, number: int) -> FakeDevice:
        present = [device for device in self.devices if device.present]
        if not 0 < number <= len(present):
            raise Refused(f"no device with transport id '{number}'")
        return present[number - 1]

    def _usable(self, serial: str | None) -> FakeDevice:
        device = self._find(serial)
        if device.state != "device":
            raise Refused(REFUSALS.get(device.state, f"device {device.state}"))
        return device

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks[task] = None
        try:
            await self._serve_requests(reader, writer, task)
        except Refused as refusal:
            writer.write(b"FAIL" + framed(str(refusal)))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            del self._tasks[task]
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                if not writer.transport.is_closing():
                    await writer.drain()
            writer.close()

    async def _serve_requests(self, reader: asyncio.StreamReader, writer: Writer, task: asyncio.Task[None]) -> None:
        device: FakeDevice | None = None
        while True:
            service = (await reader.readexactly(int(await reader.readexactly(4), 16))).decode(errors="surrogateescape")
            self.requests.append(service)
            if device is not None:
                await self._serve_device(device, service, reader, writer)
                return
            if match := re.fullmatch(r"host:transport-id:([0-9]+)", service):
                device = self._by_id(int(match[1]))
                self._tasks[task] = device
                writer.write(b"OKAY")
                continue
            if match := re.fullmatch(
                r"host:(?:transport|tport):(?:(any|usb|local)|(?:serial:)?(.+))|host:transport-(\w+)", service
            ):
                device = self._usable(match[2])
                self._tasks[task] = device
                writer.write(b"OKAY" + (struct.pack("<Q", 1) if service.startswith("host:tport") else b""))
                continue
            answer = self._host_answer(service)
            writer.write(b"OKAY" + framed(answer))
            if service.startswith("host:track-devices"):
                await reader.read()
            return

    def _host_answer(self, service: str) -> str:
        """The text that answers a `host:` service."""
        present = [device for device in self.devices if device.present]
        name = service.partition(":")[2]
        serial: str | None = None
        if service.startswith("host-serial:"):
            serial, _, name = name.rpartition(":")
        if name == "version":
            return f"{self.version:04x}"
        if name in ("devices", "track-devices"):
            return "".join(f"{device.serial}\t{device.state}\n" for device in present)
        if name in ("devices-l", "track-devices-l"):
            return "".join(device.describe(number + 1) for number, device in enumerate(present))
        if name in ("features", "host-features"):
            return self._usable(serial).features if name == "features" else "shell_v2,cmd,stat_v2,ls_v2"
        if name == "get-state":
            return self._usable(serial).state
        if name == "get-serialno":
            return self._usable(serial).serial
        if name == "get-devpath":
            return "usb:1-1"
        if name.startswith("connect:"):
            return f"already connected to {name.removeprefix('connect:')}"
        raise Refused(f"unknown host service '{name}'")

    async def _serve_device(
        self, device: FakeDevice, service: str, reader: asyncio.StreamReader, writer: Writer
    ) -> None:
        kind, _, command = service.partition(":")
        kind, *options = kind.split(",")
        if kind == "sync":
            writer.write(b"OKAY")
            await self._sync(device, reader, writer)
        elif kind == "root":
            writer.write(b"OKAY")
            rooted = device.access == "root"
            if device.rootable is not None and not rooted:
                writer.write(b"restarting adbd as root\n")
                await writer.drain()
                self._restart_as_root(device, device.rootable)
                return
            writer.write(
                b"adbd is already running as root\n" if rooted else b"adbd cannot run as root in production builds\n"
            )
        elif kind in ("shell", "exec"):
            if kind == "exec" and not command:
                raise Refused("closed")
            writer.write(b"OKAY")
            await self._run(device, command, writer, v2="v2" in options)
        else:
            raise Refused("closed")

    def _restart_as_root(self, device: FakeDevice, away: float) -> None:
        device.present = False

        def come_back() -> None:
            device.present, device.access = True, "root"

        self._loop.call_later(away, come_back)

    async def _run(self, device: FakeDevice, command: str, writer: Writer, *, v2: bool) -> None:
        """Run a command and send its output as it arrives."""
        root = os.geteuid() == 0
        user = {"user": SHELL_UID, "group": SHELL_UID, "extra_groups": []} if root and device.access == "shell" else {}
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            host_command(command, device.proc),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE if v2 else asyncio.subprocess.STDOUT,
            env=command_environment(device),
            cwd=device.root or "/",
            start_new_session=True,
            **user,  # type: ignore[arg-type]
        )
        left = [device.cut_after]

        async def pump(stream: asyncio.StreamReader | None, number: int) -> None:
            while stream and (data := await stream.read(CHUNK)):
                if left[0] is not None:
                    data = data[: left[0]]
                    left[0] -= len(data)
                writer.write(struct.pack("<BI", number, len(data)) + data if v2 else data)
                await writer.drain()
                if left[0] == 0:
                    raise ConnectionResetError

        try:
            pumps: list[Awaitable[None]] = [pump(process.stdout, STDOUT), pump(process.stderr, STDERR)]
            await asyncio.gather(*pumps)
            status = await process.wait()
            if v2:
                writer.write(struct.pack("<BIB", EXIT, 1, status & 0xFF))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            # Unread output would keep the pipe open, and the wait for its end would never return.
            process._transport.close()  # type: ignore[attr-defined]
            await process.wait()

    async def _sync(self, device: FakeDevice, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Transfer files: RECV of a file, STAT of a path."""
        while True:
            kind, size = struct.unpack("<4sI", await reader.readexactly(8))
            if kind == b"QUIT":
                return
            path = Path(host_command((await reader.readexactly(size)).decode(errors="surrogateescape"), device.proc))
            if kind == b"STAT":
                try:
                    found = path.stat()
                    writer.write(
                        struct.pack("<4sIII", b"STAT", found.st_mode, found.st_size & 0xFFFFFFFF, int(found.st_mtime))
                    )
                except OSError:
                    writer.write(struct.pack("<4sIII", b"STAT", 0, 0, 0))
            elif kind == b"RECV":
                self._send_file(device, path, writer)
            else:
                raise ConnectionResetError
            await writer.drain()

    def _send_file(self, device: FakeDevice, path: Path, writer: Writer) -> None:
        try:
            if device.access == "shell" and path.stat().st_mode & 0o004 == 0 and path.stat().st_uid != SHELL_UID:
                raise PermissionError(13, "Permission denied")
            data = path.read_bytes()
        except OSError as error:
            message = f"open failed: {error.strerror}".encode()
            writer.write(struct.pack("<4sI", b"FAIL", len(message)) + message)
            return
        for start in range(0, len(data), CHUNK):
            part = data[start : start + CHUNK]
            writer.write(struct.pack("<4sI", b"DATA", len(part)) + part)
        writer.write(struct.pack("<4sI", b"DONE", 0))


_PROC = re.compile(r"(?<![\w.-])/proc(?![\w-])")


def host_command(command: str, proc: Path | None) -> str:
    """Translate a phone's command for the host's shell: /proc becomes the tree, and /system/bin is resolved by PATH."""
    if proc is not None:
        command = _PROC.sub(lambda _: str(proc), command)
    return command.replace("/system/bin/", "")


def command_environment(device: FakeDevice) -> dict[str, str]:
    """The environment of commands: the phone's scripts come first in PATH, and find their files by two variables."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/", "LC_ALL": "C"}
    if device.root:
        environment["PATH"] = f"{device.root / 'system/bin'}:{environment['PATH']}"
        environment["PHONE_ETC"] = str(device.root / "system/etc/phone")
    if device.proc:
        environment["PHONE_PROC"] = str(device.proc)
    return environment
