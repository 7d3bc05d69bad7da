"""Runs real adbd and a real adb server in their own namespaces, and ensures that they end with this process."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from testphone.phone.smart_socket import AdbServerError, ask_server
from testphone.phone.tools import find_program

HERE = Path(__file__).parent
START_SECONDS = 120.0


def adb_path() -> str | None:
    """The adb program: the one in adbutils, else the one on PATH."""
    with contextlib.suppress(ImportError):
        import adbutils

        for name in ("adb", "adb.exe"):
            bundled = Path(adbutils.__file__).parent / "binaries" / name
            if bundled.is_file():
                return str(bundled)
    return find_program("adb")


@cache
def missing_for_real_adbd() -> str | None:
    """Why no real adbd can run here; None if it can."""
    if not sys.platform.startswith("linux"):
        return "adbd runs on Linux only"
    if os.geteuid() != 0:
        return "namespaces need root"
    for program in ("adbd", "mksh", "toybox", "unshare", "setpriv"):
        if find_program(program) is None:
            return f"{program} is not installed (testphone/phone/setup.sh installs it)"
    if adb_path() is None:
        return "no adb program"
    trial = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "true"]
    if subprocess.run(trial, capture_output=True, check=False).returncode != 0:
        return "namespaces are not allowed here"
    return None


def modelled_phone(root: Path, *, adbd_port: int, uid: int) -> list[str]:
    """The command for a phone: adbd in a namespace with the root folder `root` (see inside.sh)."""
    apart = ["unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"]
    return [*apart, "sh", str(HERE / "inside.sh"), str(root), str(adbd_port), str(uid)]


def hear_hang_up() -> None:
    """For a child process: let SIGHUP end what adbd or a shell has started, even under `nohup`, which ignores it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Rooms:
    """A phone's outer namespaces with its adb server (see launch.sh); they live as long as this object's pipe."""

    def __init__(self, work: Path, phone: Sequence[str], *, neighbour: Rooms | None = None) -> None:
        """`phone`: the phone's command. `neighbour`: share its network namespace, and therefore its adb server."""
        self._env = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(work / "home"),
            "TMPDIR": str(work),
            "ADB_LIBUSB": "0",  # otherwise, if libusb finds no bus, the server delays its first response by 3 s
            "ADB_MDNS_AUTO_CONNECT": "",
            "ADB_LOCAL_TRANSPORT_MAX_PORT": "0",  # no search for emulators
        }
        listener = None
        command = ["unshare", "--pid", "--fork", "--kill-child"]
        if neighbour is None:
            # The port is taken before the server starts, so that no other process can get it in between.
            listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            self.server_port: int = listener.getsockname()[1]
            command.append("--net")
        else:
            self.server_port = neighbour.server_port
            command = ["nsenter", f"--net=/proc/{neighbour.process_inside()}/ns/net", *command]
        adb = (adb_path() or "adb") if neighbour is None else "-"
        command += ["sh", str(HERE / "launch.sh"), str(work), adb, *phone]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=listener.fileno() if listener else subprocess.DEVNULL,
            env=self._env,
            start_new_session=True,  # Ctrl-C is for the test run; these processes end with the pipe
            preexec_fn=hear_hang_up,
        )
        self._listener = listener
        self._expect("started")

    def process_inside(self) -> int:
        """A process in the outer namespaces, by its pid on the host (the child of unshare)."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def processes(self, word: bytes) -> list[int]:
        """The pids on the host of processes in this network namespace whose command line contains a word."""
        network = os.readlink(f"/proc/{self.process_inside()}/ns/net")
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.readlink(folder / "ns/net") == network and word in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
        return found

    def kill_server(self) -> None:
        """Kill the adb server, which frees its port."""
        if self._listener:
            # The process that waits for the namespaces holds the socket too, so closing it here is not enough.
            with contextlib.suppress(OSError):  # already shut down by an earlier kill
                self._listener.shutdown(socket.SHUT_RDWR)
        for pid in self.processes(b"acceptfd"):
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + START_SECONDS
        while self.processes(b"acceptfd") and time.monotonic() < deadline:
            time.sleep(0.02)

    def start_server(self) -> None:
        """Start another adb server in place of the killed one, on the same port; it knows no phone yet."""
        with socket.create_server(("127.0.0.1", self.server_port), backlog=64) as listener:
            number = listener.fileno()
            inside = self.process_inside()
            enter = ["nsenter", f"--net=/proc/{inside}/ns/net", f"--pid=/proc/{inside}/ns/pid"]
            # It ends with the namespace, whose first process takes all others with it.
            subprocess.Popen(
                [*enter, adb_path() or "adb", "-L", f"acceptfd:{number}", "nodaemon", "server"],
                pass_fds=[number],
                env=self._env,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def _expect(self, word: str) -> None:
        assert self.process.stdout
        ready, _, _ = select.select([self.process.stdout], [], [], START_SECONDS)
        answer = self.process.stdout.readline().decode().strip() if ready else "nothing"
        if answer != word:
            raise RuntimeError(f"the test phone's room said {answer!r}, not {word!r}")

    def tell(self, word: str) -> None:
        """Send `plug` or `unplug`."""
        assert self.process.stdin
        self.process.stdin.write(f"{word}\n".encode())
        self.process.stdin.flush()
        self._expect(word)

    def connect(self, serial: str) -> None:
        """Make the adb server connect to an adbd (`127.0.0.1:PORT`), and wait until the device is there."""
        deadline = time.monotonic() + START_SECONDS
        answer = ""
        while time.monotonic() < deadline:
            with contextlib.suppress(AdbServerError, OSError):
                answer = ask_server(self.server_port, f"host:connect:{serial}")
                if f"{serial}\tdevice" in ask_server(self.server_port, "host:devices"):
                    return
            time.sleep(0.03)
        raise RuntimeError(f"the adb server did not get the test phone's adbd: {answer}")

    def disconnect(self, serial: str) -> None:
        with contextlib.suppress(AdbServerError, OSError):
            ask_server(self.server_port, f"host:disconnect:{serial}")

    def close(self) -> None:
        """End everything in the namespaces."""
        if self._listener:
            self._listener.close()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
