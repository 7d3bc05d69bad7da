"""System services that change the phone: packages, activities, settings. Like a phone's flash, they outlive adbd.

Scripts in the phone's /system/bin pass their arguments through a named pipe, and wait for a file with the response.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from testphone.phone.catalogue import App
from testphone.phone.model import ModelPhone, Process, app_folder
from testphone.phone.proc_tree import ProcTree
from testphone.phone.tools import write_package_facts

_NATIVE = "scudo:primary"
_ACTIVITY = ".MainActivity"
_NOISE = 0.004
"""The standard deviation of an app's native heap between starts, as a fraction of it."""


@dataclass(frozen=True)
class Build:
    """An APK of the test phone, which is a JSON file. `native_kb`: additional native heap compared with the model's app;
    `leaks`: each tap leaks a megabyte. `parts`: the number of split APKs, including this one.
    """

    package: str = "com.example.app"
    version_code: int = 271
    version_name: str = "2.7.1"
    signer: str = "first"
    debuggable: bool = True
    native_kb: int = 0
    leaks: bool = False
    part: str = "base"
    parts: int = 1

    def write(self, path: Path) -> Path:
        """Write the build as a file, with some bytes that differ between builds."""
        path.write_text(json.dumps(asdict(self)) + "\n" + "x" * 100_000)
        return path

    @classmethod
    def read(cls, path: Path) -> Build:
        return cls(**json.loads(path.read_text().splitlines()[0]))


class Services:
    """Answers requests until `close`. `settings` and `builds` are the phone's, `requests` are all requests so far."""

    def __init__(
        self, root: Path, tree: ProcTree, model: ModelPhone, apps: Sequence[App], lock: threading.RLock
    ) -> None:
        self.settings: dict[str, str] = {"global stay_on_while_plugged_in": "0", "global airplane_mode_on": "0"}
        self.requests: list[list[str]] = []
        self.builds = {app.package: Build(app.package, app.version[1], app.version[0]) for app in model.apps}
        self.builds |= {app.package: replace(self.builds[app.package], debuggable=app.debuggable) for app in model.apps}
        self.compiled: dict[str, str] = {}
        self._root, self._tree, self._model, self._lock = root, tree, model, lock
        self._apps = {app.package: app for app in apps}
        self._first_pids: dict[str, int] = {}
        self._sessions: dict[str, dict[str, Path]] = {}
        self._rng = random.Random(f"services {model.seed}")
        self._folder = root / "data/services"
        self._folder.mkdir(parents=True)
        self._folder.chmod(0o777)
        pipe = self._folder / "requests"
        os.mkfifo(pipe)
        pipe.chmod(0o666)
        self._pipe = os.open(pipe, os.O_RDWR)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End; may be called twice."""
        if self._pipe >= 0:
            os.write(self._pipe, b"\n")
            self._thread.join()
            os.close(self._pipe)
            self._pipe = -1

    def _serve(self) -> None:
        waiting = b""
        while True:
            waiting += os.read(self._pipe, 1 << 16)
            *lines, waiting = waiting.split(b"\n")
            for line in lines:
                if not line:
                    return
                reply, *words = line.decode().split("\t")
                self._answer(self._folder / Path(reply).name, words)

    def _answer(self, reply: Path, words: list[str]) -> None:
        self.requests.append(words)
        try:
            with self._lock:
                status, text = self._do(words)
        except Exception as error:  # a bug in the test phone, for which the script must not wait forever
            status, text = 99, f"test phone: {error!r}"
        new = reply.with_suffix(".new")
        new.write_text(f"{status}\n{text}")
        new.chmod(0o666)
        new.replace(reply)

    def _do(self, words: list[str]) -> tuple[int, str]:
        known: dict[str, Callable[[Sequence[str]], tuple[int, str]]] = {
            "am force-stop": self._force_stop,
            "am start": self._start,
            "pm install": self._install,
            "pm install-create": self._create_session,
            "pm install-write": self._write_session,
            "pm install-commit": self._commit_session,
            "pm install-abandon": lambda _: (0, "Success\n"),
            "pm uninstall": self._uninstall,
            "pm clear": self._clear,
            "pm compile": self._compile,
            "pm resolve-activity": self._resolve,
            "settings get": lambda rest: (0, self.settings.get(" ".join(rest), "null") + "\n"),
            "settings put": self._put,
            "settings delete": self._delete,
            "connectivity airplane-mode": self._airplane,
            "input keyevent": lambda _: (0, ""),
            "input tap": self._tap,
        }
        name = " ".join(words[:2])
        if name not in known:
            return 255, f"unknown request: {name}\n"
        return known[name](words[2:])

    def _put(self, rest: Sequence[str]) -> tuple[int, str]:
        self.settings[" ".join(rest[:2])] = rest[2]
        return 0, ""

    def _delete(self, rest: Sequence[str]) -> tuple[int, str]:
        return 0, f"Deleted {int(self.settings.pop(' '.join(rest), None) is not None)} rows\n"

    def _airplane(self, rest: Sequence[str]) -> tuple[int, str]:
        self.settings["global airplane_mode_on"] = "1" if rest[0] == "enable" else "0"
        return 0, ""

    def _force_stop(self, rest: Sequence[str]) -> tuple[int, str]:
        for process in list(self._model.processes.values()):
            if process.package == rest[-1]:
                self._tree.remove(process.pid)
        return 0, ""

    def _start(self, rest: Sequence[str]) -> tuple[int, str]:
        if "-n" not in rest:  # its intent filter has no category DEFAULT
            return 0, "Error: Activity not started, unable to resolve Intent\n"
        package, _, activity = rest[rest.index("-n") + 1].partition("/")
        if package not in self.builds or activity != _ACTIVITY:
            return 0, f"Error type 3\nError: Activity class {{{package}/{activity}}} does not exist.\n"
        if not any(process.name == package for process in self._model.processes.values()):
            self._tree.restart(package, {})
            self._give_memory(package)
        return 0, f"Starting: Intent {{ pkg={package} }}\nStatus: ok\nLaunchState: COLD\nTotalTime: 412\nComplete\n"

    def _resolve(self, rest: Sequence[str]) -> tuple[int, str]:
        if rest[-1] not in self.builds:
            return 0, "No activity found\n"
        return (
            0,
            f"priority=0 preferredOrder=0 match=0x108000 specificIndex=-1 isDefault=false\n{rest[-1]}/{_ACTIVITY}\n",
        )

    def _give_memory(self, package: str) -> None:
        """Give an app the same memory at each start, except for the build's own and some noise in the native heap."""
        for process in self._model.processes.values():
            if process.package == package:
                process.like = self._first_pids.setdefault(process.name, process.pid)
                more = self._rng.gauss(0, _NOISE)
                if process.name == package:
                    more += self.builds[package].native_kb / self._native_kb(process)
                process.more = {_NATIVE: more}
                self._tree.show(process)

    def _native_kb(self, process: Process) -> int:
        vmas = [vma for vma in self._model.vmas(process) if vma.name == f"[anon:{_NATIVE}]"]
        return sum(vma.private_dirty + vma.swap for vma in vmas)

    def _tap(self, _: Sequence[str]) -> tuple[int, str]:
        for process in self._model.processes.values():
            if process.name in self.builds and self.builds[process.name].leaks:
                process.growth += 2
                self._tree.show(process)
        return 0, ""

    def _install(self, rest: Sequence[str]) -> tuple[int, str]:
        return self._install_files({"base": self._root / rest[-1].lstrip("/")}, downgrade="-d" in rest)

    def _create_session(self, rest: Sequence[str]) -> tuple[int, str]:
        number = str(self._rng.randrange(10**8, 10**9))
        self._sessions[number] = {"-d": Path()} if "-d" in rest else {}
        return 0, f"Success: created install session [{number}]\n"

    def _write_session(self, rest: Sequence[str]) -> tuple[int, str]:
        _, size, number, name, path = rest  # -S SIZE SESSION NAME PATH
        file = self._root / path.lstrip("/")
        if file.stat().st_size != int(size):
            return 1, "Error: failed to write; size differs\n"
        self._sessions[number][name] = file
        return 0, f"Success: streamed {size} bytes\n"

    def _commit_session(self, rest: Sequence[str]) -> tuple[int, str]:
        files = self._sessions.pop(rest[0])
        downgrade = files.pop("-d", None) is not None
        return self._install_files(files, downgrade=downgrade)

    def _install_files(self, files: dict[str, Path], *, downgrade: bool) -> tuple[int, str]:
        """Install files with PackageManager's checks of parts, key and version."""
        try:
            parts = [(Build.read(file), file) for file in files.values()]
        except (OSError, ValueError, TypeError):
            return 1, "Failure [INSTALL_PARSE_FAILED_NOT_APK: Failed to parse the APK]\n"
        build = next((one for one, _ in parts if one.part == "base"), parts[0][0])
        if build.parts != len(parts):
            return 1, f"Failure [INSTALL_FAILED_MISSING_SPLIT: Missing split for {build.package}]\n"
        known = self.builds.get(build.package)
        if known and known.signer != build.signer:
            reason = f"Existing package {build.package} signatures do not match newer version; ignoring!"
            return 1, f"Failure [INSTALL_FAILED_UPDATE_INCOMPATIBLE: {reason}]\n"
        if known and build.version_code < known.version_code and not (downgrade and known.debuggable):
            reason = f"Downgrade detected: Update version code {build.version_code} is older than {known.version_code}"
            return 1, f"Failure [INSTALL_FAILED_VERSION_DOWNGRADE: {reason}]\n"
        self._force_stop([build.package])
        self._keep(build, parts)
        return 0, "Success\n"

    def _keep(self, build: Build, parts: Sequence[tuple[Build, Path]]) -> None:
        app = self._apps.get(build.package) or App(build.package, 10_400 + len(self._apps))
        app = replace(app, debuggable=build.debuggable, version=(build.version_name, build.version_code))
        folder = self._root / app_folder(app, self._model.seed).lstrip("/")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for one, file in parts:
            shutil.copyfile(file, folder / ("base.apk" if one.part == "base" else f"split_{one.part}.apk"))
        self._apps[build.package], self.builds[build.package] = app, build
        self._publish()

    def _publish(self) -> None:
        """Make the packages visible to the phone's scripts and model."""
        self._model.apps = tuple(self._apps.values())
        installed = tuple(self._apps[package] for package in self.builds)
        write_package_facts(self._root, installed, self._model.seed)

    def _uninstall(self, rest: Sequence[str]) -> tuple[int, str]:
        package = rest[-1]
        if package not in self.builds:
            return 1, "Failure [DELETE_FAILED_INTERNAL_ERROR]\n"
        self._force_stop([package])
        del self.builds[package]
        shutil.rmtree(self._root / app_folder(self._apps[package], self._model.seed).lstrip("/"), ignore_errors=True)
        self._publish()
        return 0, "Success\n"

    def _clear(self, rest: Sequence[str]) -> tuple[int, str]:
        if rest[-1] not in self.builds:
            return 1, "Failed\n"
        self._force_stop(rest)
        return 0, "Success\n"

    def _compile(self, rest: Sequence[str]) -> tuple[int, str]:
        if rest[-1] not in self.builds:
            return 1, f"Failure: package not found: {rest[-1]}\n"
        with suppress(ValueError):
            self.compiled[rest[-1]] = rest[rest.index("-m") + 1]
        return 0, "Success\n"
