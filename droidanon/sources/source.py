"""What a source is, and what all of them share: putting texts of processes together as a capture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from droidanon.errors import ProcessError
from droidanon.escape import escape_text
from droidanon.model import Capture, Preparation, Problem, Process, ReportedRows, VmaTable
from droidanon.platform.readers.procfs import is_zygote
from droidanon.version import __version__

if TYPE_CHECKING:
    from droidanon.sources.background_parser import Intake

DENIED = "smaps: permission denied"
ENDED = "ended"
"""What readings say of a process that could not be read; ENDED is the word in all messages of one that is gone."""

_NAMED = 6


class Progress(Protocol):
    """Called on the way through long work; `total` is None where it is not known."""

    def __call__(self, done: int, total: int | None, text: str) -> None: ...


class Source(Protocol):
    """Where smaps text comes from."""

    def describe(self) -> str:
        """What it is, in a few words for a person."""

    def read(self, *, app: str | None = None, pid: int | None = None, progress: Progress | None = None) -> Capture:
        """One pass over the chosen processes (all of them by default). ProcessError, AccessError, DeviceError, InputError."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One process as it was read; `text` is None where it could not be, and `error` says why.

    With `told` its rows are those, and `text` is where they were read from (dumpsys' or showmap's own). A text that was handed to
    an `Intake` is empty here, and `handed` is its number there.
    """

    process: Process
    text: bytes | None
    error: str = ""
    told: ReportedRows | None = None
    handed: int | None = None


def make_capture(
    readings: Sequence[Reading],
    *,
    source: str,
    access: str = "",
    app: str = "",
    device: Mapping[str, str | int] | None = None,
    system: Mapping[str, int] | None = None,
    problems: Iterable[Problem] = (),
    notes: Iterable[Problem] = (),
    preparations: Iterable[Preparation] = (),
    partial: bool = False,
    created: str = "",
    intake: Intake | None = None,
) -> Capture:
    """A capture of what was read, with every damage in its problems; processes whose rows were told come last.

    `created` (ISO 8601, UTC) is now by default. `intake` has the texts that were handed to it.
    """
    from droidanon.smaps.parse import assemble, describe  # not needed to open a capture

    readings = sorted(readings, key=lambda reading: reading.told is not None)
    printed = [reading for reading in readings if reading.told is None]
    described = [reading.process for reading in printed]
    if intake is None:
        processes, vmas, damage = assemble(described, [reading.text or b"" for reading in printed])
    else:
        processes, vmas, damage = describe(described, intake.parsed(printed))
    processes, vmas, unbelieved = _with_told(processes, vmas, readings[len(printed) :])
    found = [*problems, *unbelieved]
    found += [Problem(where_of(reading.process), reading.error) for reading in readings if reading.error]
    found += [Problem(f"{where_of(processes[index])}, line {line}", message) for index, line, message in damage]
    facts = dict(device or {})
    sizes = vmas.counters.get("kernel_page_size_kb")
    if "page_size" not in facts and sizes is not None and len(sizes):
        smallest = int(sizes[sizes > 0].min()) if (sizes > 0).any() else 0
        if smallest:
            facts["page_size"] = smallest * 1024
    return Capture(
        processes,
        vmas,
        source,
        created=created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        access=access,
        device=facts,
        system=dict(system or {}),
        problems=tuple(found),
        notes=tuple(notes),
        preparations=tuple(preparations),
        partial=partial,
        tool_version=__version__,
        app=app,
    )


def _with_told(
    processes: tuple[Process, ...], vmas: VmaTable, readings: Sequence[Reading]
) -> tuple[tuple[Process, ...], VmaTable, list[Problem]]:
    """The processes and rows, and behind them those which were told; and what was told, but is more than any machine has."""
    from droidanon.smaps.row_tables import believed, join_tables, reported_table

    told, problems = [], []
    for reading in readings:
        if reading.told is not None:
            one, names = believed(reading.told)
            told.append(one)
            where = where_of(reading.process)
            problems += [Problem(where, f"{name}: more than any machine has, not counted") for name in names]
    described = (
        replace(reading.process, rows=len(one.names), text=reading.text, fidelity=one.fidelity)
        for reading, one in zip(readings, told, strict=True)
    )
    return (*processes, *described), join_tables(vmas, len(processes), reported_table(told)), problems


def unreadable(readings: Sequence[Reading]) -> Reading | None:
    """Where not one of the chosen processes could be read, the one to speak of: one that was denied, if any was."""
    chosen = [reading for reading in readings if not reading.process.reference]
    if not chosen or any(reading.text is not None for reading in chosen):
        return None
    return next((reading for reading in chosen if ENDED not in reading.error), chosen[0])


def where_of(process: Process) -> str:
    """How a problem names a process."""
    return f"{process.name} (pid {process.pid})" if process.pid is not None else process.name


def belongs(name: str, package: str | None, app: str) -> bool:
    """Whether a process is one of an app's: by its package, its own name, or the part of it before a colon."""
    return app in (package, name) or name.startswith(f"{app}:")


def not_there(app: str | None, pid: int | None, processes: Iterable[Process], *, live: bool) -> ProcessError:
    """The error for an app or pid that none of the processes is, with what is close to it. `live`: it might still start."""
    from difflib import get_close_matches

    processes = list(processes)
    if pid is not None:
        wanted = [one for one in processes if app is None or belongs(one.name, one.package, app)]
        text = f"no process{f' of {app}' if app is not None else ''} with pid {pid}"
        if live and app is None:
            return ProcessError(f"{text} (or it is a kernel thread, which has no memory of its own)")
        pids = [f"{one.pid} ({one.name})" for one in wanted if one.pid is not None]
        return ProcessError(escape_text(f"{text}; {_there(pids)}"))
    distinct = sorted({one.app for one in processes})
    word = (app or "").lower()
    near = get_close_matches(app or "", distinct, 3, 0.5) or [name for name in distinct if word in name.lower()][:3]
    if near:
        hint = f"did you mean {', '.join(near)}?"
    else:
        hint = "start the app first, or check the name" if live else _there(distinct)
    return ProcessError(escape_text(f"{app}: {'not running' if live else 'not in this source'}; {hint}"))


def _there(what: Sequence[str]) -> str:
    """What there is, as far as a line can hold."""
    if not what:
        return "the source tells of none"
    more = f" and {len(what) - _NAMED} more" if len(what) > _NAMED else ""
    return f"there {'is' if len(what) == 1 else 'are'} {', '.join(what[:_NAMED])}{more}"


def choose(
    readings: Sequence[Reading], app: str | None, pid: int | None, running: Iterable[Process] | None = None
) -> list[Reading]:
    """The readings of an app or pid, and the zygotes of the same pass as companions. ProcessError where there is none.

    `running`: all processes of a source that lives, for a hint; of another it is those of the readings.
    """
    if app is None and pid is None:
        return list(readings)
    chosen: list[Reading] = []
    companions: list[Reading] = []
    for reading in readings:
        process = reading.process
        if (pid is None or process.pid == pid) and (app is None or belongs(process.name, process.package, app)):
            chosen.append(reading)
        elif is_zygote(process.name):
            companions.append(replace(reading, process=replace(process, reference=True)))
    if not chosen:
        there = [reading.process for reading in readings] if running is None else running
        raise not_there(app, pid, there, live=running is not None)
    return chosen + companions
