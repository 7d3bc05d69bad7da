"""The test phone: a real adbd in namespaces of its own, and a real adb server that knows only it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Literal

from tests.phone.model import ModelPhone
from tests.phone.tools import write_tools
from tests.phone.tree import Tree, write_model

_BOUND = ("usr", "lib", "lib64", "etc", "dev")
_WAIT_SECONDS = 20.0


def missing_for_adbd() -> str:
    """Why no real adbd can run here; empty if it can."""
    if os.name != "posix" or os.geteuid() != 0:
        return "not root"
    gone = [tool for tool in ("adbd", "mksh", "toybox", "unshare", "setpriv") if shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin") is None]
    return f"not installed: {', '.join(gone)}" if gone else ""


class Phone:
    """A phone that is plugged in while the context lasts. `proc` is its /proc, as the host sees it."""

    def __init__(
        self, *, seed: int = 1, access: Literal["root", "shell"] = "root", processes: int = 40, empty: bool = False
    ) -> None:
        """`empty`: a /proc without processes, for a recorded tree."""
        self.access = access
        self.folder = Path(tempfile.mkdtemp(prefix="droidanon-phone-"))
        self.folder.chmod(0o755)
        self.model = None if empty else ModelPhone(seed, processes)
        self.tree = Tree(self.folder / "root" / "proc")
        self.proc = self.tree.root
        packages = {p.package: p.uid for p in self.model.processes.values() if p.role == "app"} if self.model else {}
        write_tools(self.folder / "root" / "system", packages)
        if self.model is not None:
            write_model(self.tree, self.model)
        self.port, self.server_port = free_port(), free_port()
        self.serial = f"127.0.0.1:{self.port}"
        self._adbd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        """What a program needs in its environment to see this phone and no other."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANDROID_", "ADB_"))}
        return {**kept, "ANDROID_ADB_SERVER_PORT": str(self.server_port)}

    def __enter__(self) -> Phone:
        try:
            self._server = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", adb_path(), "-P", str(self.server_port), "server", "nodaemon"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={**os.environ, "HOME": str(self.folder), "ADB_MDNS": "0"},
            )  # fmt: skip
            _wait(lambda: _answers(self.server_port), "the adb server")
            self.plug()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def plug(self) -> None:
        """Start adbd and connect the server to it."""
        root = self.folder / "root"
        for name in (*_BOUND, "data", "tmp"):
            if not (root / name).exists() and not (root / name).is_symlink():
                (root / name).mkdir(parents=True)
        mounts = "; ".join(f"mount --rbind /{name} {root}/{name}" for name in _BOUND if Path(f"/{name}").is_dir())
        if not (root / "bin").is_symlink():
            (root / "bin").symlink_to("system/bin")  # adbd starts /bin/sh
        user = "" if self.access == "root" else "/usr/bin/setpriv --reuid=2000 --regid=2000 --clear-groups "
        script = (
            f"mount --make-rprivate /; {mounts}; exec chroot {root} {user}/usr/bin/env -i PATH=/system/bin SHELL=/system/bin/sh "
            f"HOME=/ ADBD_PORT={self.port} /usr/sbin/adbd"
        )
        self._adbd = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "sh", "-c", script],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(self.folder / "adbd.log").open("ab"),
        )  # fmt: skip
        _wait(lambda: _answers(self.port), "adbd")
        _wait(self._connected, "the phone")

    def _connected(self) -> bool:
        self.adb("connect", self.serial, check=False)
        return f"{self.serial}\tdevice" in self.adb("devices", check=False)

    def unplug(self) -> None:
        """Kill adbd and all it runs, at once."""
        _stop(self._adbd)
        self._adbd = None

    def close(self) -> None:
        """Leave nothing behind."""
        self.unplug()
        _stop(self._server)
        self._server = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def adb(self, *arguments: str, check: bool = True) -> str:
        """Run the real adb client; its output."""
        done = subprocess.run(
            [adb_path(), *arguments], env=self.env, capture_output=True, text=True, timeout=60, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"adb {arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def evolve(self) -> None:
        """One step of the phone's life: processes come, go and grow."""
        assert self.model is not None
        changed, gone = self.model.evolve()
        write_model(self.tree, self.model, changed)
        for pid in gone:
            self.tree.remove(pid)


def adb_path() -> str:
    """The adb that adbutils' wheel ships."""
    import adbutils

    return str(adbutils.adb_path())


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _wait(ready: object, what: str) -> None:
    assert callable(ready)
    until = time.monotonic() + _WAIT_SECONDS
    while not ready():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come up")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
