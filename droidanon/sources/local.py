"""The /proc of this Linux host as a source (a desktop, Waydroid, Termux)."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from droidanon.errors import AccessError, DeviceError, ProcessError
from droidanon.escape import escape_text
from droidanon.model import Capture
from droidanon.platform.readers.procfs import (
    is_kernel_thread,
    package_of_process,
    parse_number,
    parse_stat,
    parse_status,
    process_name,
    system_facts,
)
from droidanon.sources.assemble import make_capture, unreadable
from droidanon.sources.facts import ProcessFacts
from droidanon.sources.reading import Reading, ReadOutcome, where_of
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress


@dataclass(frozen=True, slots=True)
class LocalSource:
    """This host. `root`: the /proc folder, replaced in tests."""

    root: Path = Path("/proc")

    def describe(self) -> str:
        return f"this host ({self.root})"

    def read(self, selection: Selection = EVERYTHING, progress: Progress | None = None) -> Capture:
        """Reads the selected processes; those without read permission become problems. Raises AccessError if there are
        no others."""
        if not (self.root / "self").exists() and not (self.root / "meminfo").exists():
            raise DeviceError(f"local: needs Linux; this system has no {self.root}")
        readings: list[Reading] = []
        running: list[ProcessFacts] = []
        folders = sorted(
            (path for path in self.root.iterdir() if path.name.isdecimal()), key=lambda path: int(path.name)
        )
        system = system_facts(*(_text(self.root / name) for name in ("meminfo", "uptime", "vmstat")))
        for done, folder in enumerate(folders):
            process = _identity(folder)
            if process is None:
                continue
            running.append(process)
            if not selection.includes(process) and not process.is_zygote:
                continue
            if progress is not None:
                progress(done, len(folders), process.name)
            readings.append(_read(folder, process))
        kept = selection.of_readings(readings, live=True, known=running)
        if (first := unreadable(kept)) is not None:
            who = f"local: {escape_text(where_of(first.process))}"
            if first.outcome.is_gone:
                raise ProcessError(f"{who}: {first.error}; start it and try again")
            raise AccessError(f"{who}: {first.error}; run droidanon as root to read processes of other users")
        facts: dict[str, str | int] = {
            "model": platform.node(),
            "kernel": platform.release(),
            "abi": platform.machine(),
        }
        return make_capture(kept, source="local:", access="local", app=selection.app or "", device=facts, system=system)


def _identity(folder: Path) -> ProcessFacts | None:
    """The facts of a process; None if it has ended or is a kernel thread."""
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
    return ProcessFacts(
        name,
        pid=int(folder.name),
        package=package_of_process(name),
        uid=status.uid,
        ppid=ppid,
        start_time=start,
        oom_score_adj=parse_number(_text(folder / "oom_score_adj")),
    )


def _read(folder: Path, process: ProcessFacts) -> Reading:
    try:
        text = (folder / "smaps").read_bytes()
    except PermissionError:
        return Reading(process, None, "smaps: permission denied", outcome=ReadOutcome.DENIED)
    except (FileNotFoundError, ProcessLookupError):
        return _ended(process)
    except OSError as error:
        return Reading(process, None, f"smaps: {error.strerror}", outcome=ReadOutcome.FAILED)
    start = parse_stat(_text(folder / "stat"))[1]
    if start == process.start_time:
        return Reading(process, text)
    if start is not None:
        message = "another process got its pid during the reading; left out"
        return Reading(process, None, message, outcome=ReadOutcome.PID_REUSED)
    if text:
        return Reading(
            process, text, "ended during the reading; the part that was read is kept", outcome=ReadOutcome.PARTIAL
        )
    return _ended(process)


def _ended(process: ProcessFacts) -> Reading:
    return Reading(process, None, "ended before it was read", outcome=ReadOutcome.ENDED)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
