"""This Linux host's own /proc as a source (a desktop, Waydroid, Termux)."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from pathlib import Path

from droidanon.errors import AccessError, DeviceError, ProcessError
from droidanon.escape import escape_text
from droidanon.model import Capture, Process
from droidanon.platform.readers.procfs import (
    is_kernel_thread,
    is_zygote,
    package_of_process,
    parse_number,
    parse_stat,
    parse_status,
    process_name,
    system_facts,
)
from droidanon.sources.source import (
    DENIED,
    ENDED,
    Progress,
    Reading,
    belongs,
    choose,
    make_capture,
    unreadable,
    where_of,
)


@dataclass(frozen=True, slots=True)
class LocalSource:
    """`root` is where /proc is (another place in tests)."""

    root: Path = Path("/proc")

    def describe(self) -> str:
        return f"this host ({self.root})"

    def read(self, *, app: str | None = None, pid: int | None = None, progress: Progress | None = None) -> Capture:
        """Processes that may be read; the others are in the problems. AccessError if not one of those chosen may."""
        if not (self.root / "self").exists() and not (self.root / "meminfo").exists():
            raise DeviceError(f"local: reads {self.root}, which this system does not have; it needs Linux")
        readings: list[Reading] = []
        running: list[Process] = []
        folders = sorted(
            (path for path in self.root.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name)
        )
        system = system_facts(*(_text(self.root / name) for name in ("meminfo", "uptime", "vmstat")))
        for done, folder in enumerate(folders):
            process = _identity(folder)
            if process is None:
                continue
            running.append(process)
            wanted = (pid is None or process.pid == pid) and (
                app is None or belongs(process.name, process.package, app)
            )
            if not wanted and not is_zygote(process.name):
                continue
            if progress is not None:
                progress(done, len(folders), process.name)
            readings.append(_read(folder, process))
        kept = choose(readings, app, pid, running)
        if (first := unreadable(kept)) is not None:
            who = f"local: {escape_text(where_of(first.process))}"
            if ENDED in first.error:
                raise ProcessError(f"{who}: {first.error}; start it and try again")
            raise AccessError(f"{who}: {first.error}; run it as root to read other users' processes")
        facts: dict[str, str | int] = {
            "model": platform.node(),
            "kernel": platform.release(),
            "abi": platform.machine(),
        }
        return make_capture(kept, source="local:", access="local", app=app or "", device=facts, system=system)


def _identity(folder: Path) -> Process | None:
    """Who a process is; None where it has gone, or is a kernel thread."""
    try:
        cmdline = (folder / "cmdline").read_bytes()
        comm = (folder / "comm").read_bytes()
        status = parse_status((folder / "status").read_text("utf-8", "replace"))
    except OSError:
        return None
    stat = _text(folder / "stat")
    if is_kernel_thread(stat) or (not cmdline and not status.kb.get("VmSize")):
        return None
    ppid, start = parse_stat(stat)
    name = process_name(cmdline, comm)
    return Process(
        name,
        pid=int(folder.name),
        package=package_of_process(name),
        uid=status.uid,
        ppid=ppid,
        start_time=start,
        oom_score_adj=parse_number(_text(folder / "oom_score_adj")),
    )


def _read(folder: Path, process: Process) -> Reading:
    unread = replace(process, fidelity="none")
    try:
        text = (folder / "smaps").read_bytes()
    except PermissionError:
        return Reading(unread, None, DENIED)
    except (FileNotFoundError, ProcessLookupError):
        return Reading(unread, None, f"{ENDED} before it was read")
    except OSError as error:
        return Reading(unread, None, f"smaps: {error.strerror}")
    start = parse_stat(_text(folder / "stat"))[1]
    if start == process.start_time:
        return Reading(process, text)
    if start is not None:
        return Reading(unread, None, "its pid was taken by another process while it was read; left out")
    if text:
        return Reading(process, text, f"{ENDED} while it was read; what had come is kept")
    return Reading(unread, None, f"{ENDED} before it was read")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
