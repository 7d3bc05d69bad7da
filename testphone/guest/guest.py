"""A phone with a real kernel: Linux with named anonymous memory under qemu, reached through the real adb server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from testphone.guest.image import build_image
from testphone.guest.kernel import kernel_image, missing_for_guest
from testphone.guest.ledger import Ledger, parse_ledger
from testphone.phone.launcher import Rooms, adb_path
from testphone.phone.smart_socket import free_port

BOOT_SECONDS = 240.0
READY = "guest: ready"
MEMORY_MB = 1536
FAMILY = "/data/local/tmp/family"


class Guest:
    """A booted guest; a context manager. Nothing of it remains when it ends or the test run dies.

    `kernel`: an image; by default the one that `kernel_image` finds. Two devices are connected: `root_serial`, whose
    adbd runs as root, and `shell_serial`, whose adbd has the shell's uid as on a release build.
    """

    def __init__(self, kernel: Path | None = None) -> None:
        if reason := missing_for_guest():
            raise RuntimeError(f"no guest: {reason}")
        self._kernel = kernel or kernel_image()
        self._rooms: Rooms | None = None
        self._pids: dict[str, int] = {}
        self.work = Path()
        self.root_serial = self.shell_serial = ""
        self.server_port = 0
        self.boot_seconds = 0.0

    def __enter__(self) -> Self:
        self.work = Path(tempfile.mkdtemp(prefix="guest-"))
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        (self.work / "home").mkdir()
        archive = build_image(self.work / "root")
        begin = time.monotonic()
        ports = (free_port(), free_port())
        self._rooms = Rooms(self.work, self._command(archive, ports))
        self.server_port = self._rooms.server_port
        self.root_serial, self.shell_serial = (f"127.0.0.1:{port}" for port in ports)
        try:
            self._wait_for_boot()
            for serial in (self.root_serial, self.shell_serial):
                self._rooms.connect(serial)
            self._wait_for(f"ls {FAMILY}/ready {FAMILY}/ended | grep -q family")
            if self.shell(f"test -f {FAMILY}/ended").returncode == 0:
                raise RuntimeError("the family of processes ended at once")
        except RuntimeError as error:
            raise RuntimeError(f"{error}\nthe guest's console ends in:\n{self.console()[-3000:]}") from error
        self.boot_seconds = time.monotonic() - begin

    def _command(self, archive: Path, ports: tuple[int, int]) -> list[str]:
        forwarded = "".join(
            f",hostfwd=tcp:127.0.0.1:{port}-:{inside}" for port, inside in zip(ports, (5555, 5556), strict=True)
        )
        # One processor: while the host is busy, two emulated ones wait for each other in spinlocks, which takes up to
        # ten times as much work.
        console = f"file:{self.work / 'console.log'}"
        # Fixed addresses: qemu translates code again for each address at which it appears, which made starting a
        # program 2.5 times as expensive.
        options = "console=ttyS0 quiet panic=-1 norandmaps ip=10.0.2.15::10.0.2.2:255.255.255.0::eth0:off"
        return [
            "qemu-system-x86_64",
            "-accel",
            "tcg,thread=multi",
            "-M",
            "q35",
            "-cpu",
            "max",
            "-smp",
            "1",
            "-m",
            str(MEMORY_MB),
            "-nodefaults",
            "-display",
            "none",
            "-no-reboot",
            "-serial",
            console,
            "-kernel",
            str(self._kernel),
            "-initrd",
            str(archive),
            "-append",
            options,
            "-netdev",
            f"user,id=net,restrict=on{forwarded}",
            "-device",
            "virtio-net-pci,netdev=net,romfile=",
        ]

    def _wait_for_boot(self) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while READY not in self.console():
            if time.monotonic() > deadline:
                raise RuntimeError(f"the guest did not boot within {BOOT_SECONDS:.0f} s")
            time.sleep(0.05)

    def _wait_for(self, command: str) -> None:
        deadline = time.monotonic() + BOOT_SECONDS
        while self.shell(command).returncode:
            if time.monotonic() > deadline:
                raise RuntimeError(f"in the guest, this did not come true: {command}")
            time.sleep(0.05)

    def close(self) -> None:
        """End the guest; may be called twice."""
        if self._rooms:
            self._rooms.close()
        self._rooms = None
        if self.work != Path():
            shutil.rmtree(self.work, ignore_errors=True)

    def console(self) -> str:
        """The output of the kernel and the first process."""
        logs = [self.work / name for name in ("console.log", "phone.log")]
        return "".join(path.read_text("utf-8", "replace") for path in logs if path.exists())

    @property
    def env(self) -> dict[str, str]:
        """The environment for a subprocess that should use this guest, as root."""
        dropped = ("ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS")
        kept = {key: value for key, value in os.environ.items() if key not in dropped}
        return {**kept, "ANDROID_ADB_SERVER_PORT": str(self.server_port), "ANDROID_SERIAL": self.root_serial}

    def shell(self, command: str, *, serial: str = "") -> subprocess.CompletedProcess[bytes]:
        """Run a command in the guest's shell with the real adb client."""
        return subprocess.run(
            [adb_path() or "adb", "-s", serial or self.root_serial, "shell", command],
            env=self.env,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )

    def push(self, path: Path) -> str:
        """Push a file of the host into the guest, and return its path there."""
        target = f"/data/local/tmp/{path.name}"
        subprocess.run(
            [adb_path() or "adb", "-s", self.root_serial, "push", str(path), target],
            env=self.env,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=True,
        )
        return target

    def start(self, command: str) -> subprocess.Popen[bytes]:
        """Start a command in root's shell, with its stdout as a pipe."""
        return subprocess.Popen(
            [adb_path() or "adb", "-s", self.root_serial, "shell", command],
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )

    def connect(self, serial: str) -> None:
        """Make the adb server reconnect to a device of the guest."""
        if self._rooms is None:
            raise RuntimeError("the guest has ended")
        self._rooms.connect(serial)

    def pids(self) -> dict[str, int]:
        """The pids of the family, by name."""
        if not self._pids:
            lines = self.shell(f"cat {FAMILY}/ready").stdout.decode().splitlines()
            self._pids = {name: int(pid) for pid, name in (line.split("\t") for line in lines)}
        return self._pids

    def ledger(self, name: str) -> Ledger:
        """The ledger of the process with this name."""
        return parse_ledger(self.shell(f"cat {FAMILY}/{self.pids()[name]}").stdout.decode())

    def signal(self, name: str, signal: str) -> Ledger:
        """Send a signal to a process of the family, and return the new ledger that it writes in response."""
        pid = self.pids()[name]
        done = self.shell(
            f"cd {FAMILY}; read -r word before <{pid}; kill -{signal} {pid} || exit 1; tries=0; "
            f"until read -r word now <{pid} && [ $now -gt $before ]; do "
            f"sleep 0.01; tries=$((tries + 1)); [ $tries -lt 1000 ] || exit 1; done; cat {pid}"
        )
        if done.returncode:
            raise RuntimeError(
                f"{name} did not answer signal {signal}: {done.stderr.decode()}\n{self.console()[-2000:]}"
            )
        return parse_ledger(done.stdout.decode())
