"""This Linux host's own /proc as a source (a desktop, Waydroid, Termux)."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from droidanon.errors import AccessError, DeviceError
from droidanon.model import Capture, Process
from droidanon.procfs import is_zygote, package_of_process, parse_stat, process_name, system_facts
from droidanon.sources.source import Progress, Reading, belongs, make_capture, not_running


@dataclass(frozen=True, slots=True)
class LocalSource:
    """`root` is where /proc is (another place in tests)."""

    root: Path = Path("/proc")

    def read(self, *, app: str | None, pid: int | None, progress: Progress | None) -> Capture:
        """Processes that may be read; the others are in the problems. AccessError if none may."""
        if not (self.root / "self").exists() and not (self.root / "meminfo").exists():
            raise DeviceError(f"local: reads {self.root}, which this system does not have; it needs Linux")
        readings: list[Reading] = []
        names: list[str] = []
        folders = sorted((path for path in self.root.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
        for done, folder in enumerate(folders):
            process = _identity(folder)
            if process is None:
                continue
            names.append(process.app)
            wanted = (pid is None or process.pid == pid) and (
                app is None or belongs(process.name, process.package, app)
            )
            companion = not wanted and (app is not None or pid is not None) and is_zygote(process.name)
            if not wanted and not companion:
                continue
            if progress is not None:
                progress(done, len(folders), process.name)
            reading = _read(folder, process)
            if reading is not None:
                readings.append(reading)
        if not any(not is_zygote(reading.process.name) or app is None for reading in readings):
            raise not_running(app, pid, names)
        if all(reading.text is None for reading in readings):
            raise AccessError(
                f"local: {readings[0].process.name}: {readings[0].error}; run it as root to read other users' processes"
            )
        facts: dict[str, str | int] = {
            "model": platform.node(),
            "kernel": platform.release(),
            "abi": platform.machine(),
        }
        system = system_facts(_text(self.root / "meminfo"), _text(self.root / "uptime"))
        return make_capture(readings, source="local:", access="local", app=app or "", device=facts, system=system)


def _identity(folder: Path) -> Process | None:
    """Who a process is; None where it has gone, or is a kernel thread."""
    try:
        cmdline = (folder / "cmdline").read_bytes()
        comm = (folder / "comm").read_bytes()
        status = (folder / "status").read_text("utf-8", "replace")
    except OSError:
        return None
    if not cmdline and "VmSize:" not in status:
        return None
    uid = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("Uid:")), None)
    ppid, start = parse_stat(_text(folder / "stat"))
    adjustment = _text(folder / "oom_score_adj").strip()
    name = process_name(cmdline, comm)
    return Process(
        name, pid=int(folder.name), package=package_of_process(name), uid=uid, ppid=ppid, start_time=start,
        oom_score_adj=int(adjustment) if adjustment.lstrip("-").isdigit() else None,
    )  # fmt: skip


def _read(folder: Path, process: Process) -> Reading | None:
    from dataclasses import replace

    try:
        return Reading(process, (folder / "smaps").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return Reading(replace(process, fidelity="none"), None, "ended while it was read")
    except OSError as error:
        return Reading(replace(process, fidelity="none"), None, f"smaps: {error.strerror}")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
