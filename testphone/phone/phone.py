"""A test phone: a model (or a recording) in /proc, and adb to reach it."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from testphone.phone.exit_info import End
from testphone.phone.fake_server import FakeDevice, FakeServer
from testphone.phone.launcher import Rooms, adb_path, missing_for_real_adbd, modelled_phone
from testphone.phone.limiter import write_limiter
from testphone.phone.model import ModelPhone
from testphone.phone.proc_tree import SHELL_UID, ProcTree
from testphone.phone.services import Services
from testphone.phone.smart_socket import free_port
from testphone.phone.tools import build_root

Access = Literal["root", "shell"]
Su = Literal["userdebug", "named", "magisk", "waiting", "denying", "short", "blind", "hanging", "bare"]
Reporter = Literal["answering", "denying", "tearing"]


class Phone:
    """A phone for tests; a context manager. Nothing of it remains when it ends or the test run dies.

    `access`: the shell is root (uid 0), or the plain shell of a release build (uid 2000), which cannot open smaps of
    other uids; there, `run-as com.example.app` works (unless `debuggable` is False), and `su` if `su` names a dialect
    ("waiting" until `tap`). `reporter`: the two processes of com.example.app have providers that hand over their smaps,
    which answer, deny, or break off in the middle. `dumpsys` False: it does not respond. `limiter`: the memory limiter
    of Android 17 is on. `proc_tree`: a recorded tree instead of the model; `empty`: no processes at all. `serial` is
    the phone's ro.serialno (and for the fake server, adb's serial; the real adb uses the address of a phone on TCP).
    `same_server_as`: another phone, whose adb server this one shares. `real`: True needs a real adbd, False uses the
    fake server, None uses what is available.
    """

    def __init__(
        self,
        seed: int = 1,
        access: Access = "root",
        processes: int = 40,
        serial: str | None = None,
        *,
        density: float = 1.0,
        su: Su | None = None,
        reporter: Reporter | None = None,
        debuggable: bool = True,
        dumpsys: bool = True,
        gzip: bool = False,
        limiter: bool = False,
        proc_tree: Path | None = None,
        empty: bool = False,
        same_server_as: Phone | None = None,
        real: bool | None = None,
    ) -> None:
        reason = missing_for_real_adbd()
        if real and reason:
            raise RuntimeError(f"no real adbd: {reason}")
        self.real = reason is None if real is None else real
        if same_server_as is not None and not (self.real and same_server_as.real):
            raise ValueError("only real phones can share an adb server; give a FakeServer several devices instead")
        self.access = access
        self.model = ModelPhone(seed, processes, density)
        self._debuggable = debuggable
        self._limiter = limiter
        self._options = {
            "su": su,
            "reporter": reporter,
            "dumpsys": dumpsys,
            "gzip": gzip,
            "seed": seed,
            "access": access,
            "serial": serial or f"MODEL{seed:04d}",
        }
        self._given_serial = serial
        self._recorded = proc_tree
        self._empty = empty
        self._same_server_as = same_server_as
        self._rooms: Rooms | None = None
        self._fake: FakeServer | None = None
        self._tree: ProcTree | None = None
        self._services: Services | None = None
        self._changing = threading.RLock()
        self.work = Path()
        self.serial = ""
        self.server_port = 0

    def __enter__(self) -> Self:
        self.work = Path(tempfile.mkdtemp(prefix="phone-"))
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

    @property
    def root(self) -> Path:
        """The phone's root folder on the host."""
        return self.work / "root"

    @property
    def proc(self) -> Path:
        """The phone's /proc on the host."""
        return self._recorded or self.root / "proc"

    @property
    def tree(self) -> ProcTree:
        """The writer of the phone's /proc."""
        return self._require_model()

    @property
    def adb(self) -> str | None:
        """The adb program; None if there is none."""
        return adb_path()

    @property
    def env(self) -> dict[str, str]:
        """The environment for a subprocess that should use only this phone."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if key not in ("ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS")
        }
        adb_folder = str(Path(self.adb).parent) if self.adb else ""
        return {
            **kept,
            "ANDROID_ADB_SERVER_PORT": str(self.server_port),
            "ANDROID_SERIAL": self.serial,
            "PATH": os.pathsep.join(filter(None, (kept.get("PATH", ""), adb_folder))),
        }

    def _start(self) -> None:
        self.work.chmod(0o755)  # the shell's user must be able to traverse it
        (self.work / "home").mkdir()
        apps = self.model.apps
        if not self._debuggable:
            apps = tuple(replace(app, debuggable=False) for app in apps)
        build_root(self.root, apps=apps, real=self.real, **self._options)  # type: ignore[arg-type]
        if self._limiter:
            write_limiter(self.root)
        if self._recorded is None:
            hidden = self.access == "shell" and os.name == "posix" and os.geteuid() != 0
            self._tree = ProcTree(self.model, self.root / "proc", self.work / "staging", hidden=hidden)
            self._tree.cgroups.limits = self._limiter
            self._tree.write_all(empty=self._empty)
        else:
            (self.work / "proc.source").write_text(str(self._recorded.resolve()))
        if self.real:
            if self._tree is not None:
                self._services = Services(self.root, self._tree, self.model, apps, self._changing)
            uid = 0 if self.access == "root" else SHELL_UID
            neighbour = self._same_server_as._rooms if self._same_server_as else None
            port = free_port()
            self._rooms = Rooms(self.work, modelled_phone(self.root, adbd_port=port, uid=uid), neighbour=neighbour)
            self.serial, self.server_port = f"127.0.0.1:{port}", self._rooms.server_port
            self._rooms.connect(self.serial)
        else:
            self.serial = self._given_serial or "127.0.0.1:5555"
            self._fake = FakeServer([FakeDevice(self.serial, root=self.root, proc=self.proc, access=self.access)])
            self.server_port = self._fake.start()

    def close(self) -> None:
        """End the phone; may be called twice."""
        if self._services:
            self._services.close()
        if self._rooms:
            if self._same_server_as:
                self._rooms.disconnect(self.serial)
            self._rooms.close()
        if self._fake:
            self._fake.stop()
        self._rooms = self._fake = self._services = None
        if self.work != Path():
            shutil.rmtree(self.work, ignore_errors=True)

    def evolve(self, steps: int = 1) -> None:
        """Advance time: processes start, end and grow."""
        for _ in range(steps):
            with self._changing:
                self._require_model().evolve()

    def restart_app(self, package: str, more: Mapping[str, float] | None = None) -> None:
        """Restart an app; `more`: by which fraction memory of a name is larger than the model's."""
        with self._changing:
            self._require_model().restart(package, more or {})

    def kill_process(self, pid: int, end: End = "itself") -> None:
        """End a process of the model in a way that `dumpsys activity exit-info` shows."""
        self._require_model().remove(pid, end)

    def pid(self, name: str) -> int:
        """The pid of the modelled process with this name."""
        return self.model.find(name).pid

    def tap(self) -> None:
        """Confirm on the phone that the shell may become root."""
        (self.root / "data/local/tmp/tap").touch()

    def unplug(self) -> None:
        """Break the connection at any point of a transfer: adbd and all that it runs are killed."""
        if self._rooms:
            self._rooms.tell("unplug")
        elif self._fake:
            self._fake.unplug(self.serial)

    def replug(self) -> None:
        """Reconnect the phone under the same serial."""
        if self._rooms:
            self._rooms.disconnect(self.serial)
            self._rooms.tell("plug")
            self._rooms.connect(self.serial)
        elif self._fake:
            self._fake.replug(self.serial)

    def pull_cable(self) -> None:
        """Break the connection; adbd and the phone keep running."""
        if self._rooms is None:
            raise RuntimeError("no real adbd")
        self._rooms.disconnect(self.serial)

    def plug_in(self) -> None:
        """Reconnect the cable."""
        if self._rooms is None:
            raise RuntimeError("no real adbd")
        self._rooms.connect(self.serial)

    @property
    def services(self) -> Services:
        """The services behind `pm`, `am` and `settings` on the phone."""
        if self._services is None:
            raise RuntimeError("only a modelled phone with a real adbd has services")
        return self._services

    def adbds(self) -> list[int]:
        """The pids of the real adbd on the host."""
        if self._rooms is None:
            raise RuntimeError("no real adbd")
        return [pid for pid in self._rooms.processes(b"adbd") if Path(f"/proc/{pid}/comm").read_text() == "adbd\n"]

    def kill_server(self) -> None:
        """Kill the real adb server."""
        if self._rooms is None:
            raise RuntimeError("no real adb server")
        self._rooms.kill_server()

    def start_server(self) -> None:
        """Restart the real adb server, which then finds the phone."""
        if self._rooms is None:
            raise RuntimeError("no real adb server")
        self._rooms.start_server()
        self._rooms.connect(self.serial)

    def _require_model(self) -> ProcTree:
        if self._tree is None:
            raise RuntimeError("a recorded phone does not change")
        return self._tree
