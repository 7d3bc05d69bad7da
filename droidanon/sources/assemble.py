"""Assembles readings into a capture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from droidanon.columns import VmaTable
from droidanon.model import Capture, Preparation, Problem, Process
from droidanon.sources.reading import Reading, where_of
from droidanon.version import __version__

if TYPE_CHECKING:
    from droidanon.smaps.parse import Parsed
    from droidanon.sources.background_parser import Intake


def make_capture(
    readings: Sequence[Reading],
    *,
    source: str,
    access: str = "",
    app: str = "",
    device: Mapping[str, str | int] | None = None,
    system: Mapping[str, int] | None = None,
    limits: Mapping[str, str | int] | None = None,
    problems: Iterable[Problem] = (),
    notes: Iterable[Problem] = (),
    preparations: Iterable[Preparation] = (),
    partial: bool = False,
    created: str = "",
    intake: Intake | None = None,
) -> Capture:
    """Assemble readings into a capture. Damage becomes problems; processes with reported rows come last.

    `created` (ISO 8601, UTC) defaults to now. `intake` parses the texts that were handed to it.
    """
    from droidanon.smaps.parse import parse_texts  # not needed to open a capture

    readings = sorted(readings, key=lambda reading: reading.reported is not None)
    printed = [reading for reading in readings if reading.reported is None]
    parsed = parse_texts([reading.text or b"" for reading in printed]) if intake is None else intake.parsed(printed)
    processes, vmas, unbelieved = _with_reported(_processes(printed, parsed), parsed.vmas, readings[len(printed) :])
    found = [*problems, *unbelieved]
    found += [
        Problem(where_of(reading.process), reading.error, reading.outcome.value)
        for reading in readings
        if reading.error
    ]
    found += [Problem(f"{where_of(processes[at])}, line {line}", message) for at, line, message in parsed.problems]
    return Capture(
        processes,
        vmas,
        source,
        created=created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        access=access,
        device=_with_page_size(device or {}, vmas),
        system=dict(system or {}),
        limits=dict(limits or {}),
        problems=tuple(found),
        notes=tuple(notes),
        preparations=tuple(preparations),
        partial=partial,
        tool_version=__version__,
        app=app,
    )


def _with_page_size(device: Mapping[str, str | int], vmas: VmaTable) -> dict[str, str | int]:
    """The facts of a device, with the smallest KernelPageSize as its page size if the source does not report one."""
    facts = dict(device)
    sizes = vmas.counters.get("kernel_page_size_kb")
    if "page_size" not in facts and sizes is not None and (sizes > 0).any():
        facts["page_size"] = int(sizes[sizes > 0].min()) * 1024
    return facts


def _processes(readings: Sequence[Reading], parsed: Parsed) -> list[Process]:
    """The processes of the parsed texts, one per reading."""
    return [
        reading.process.process(
            rows=parsed.rows[index],
            text=parsed.tails[index],
            crlf=parsed.crlf[index],
            fidelity="none" if reading.text is None else parsed.fidelity[index],
        )
        for index, reading in enumerate(readings)
    ]


def _with_reported(
    processes: Sequence[Process], vmas: VmaTable, readings: Sequence[Reading]
) -> tuple[tuple[Process, ...], VmaTable, list[Problem]]:
    """The processes and rows, followed by processes with reported rows; and one problem per impossible number."""
    from droidanon.smaps.row_tables import believed, reported_table

    reported, problems = [], []
    for reading in readings:
        if reading.reported is not None:
            one, names = believed(reading.reported)
            reported.append(one)
            where = where_of(reading.process)
            problems += [
                Problem(where, f"{name}: larger than the memory of any machine; not counted") for name in names
            ]
    described = (
        reading.process.process(
            rows=len(one.names),
            text=_own(reading.text, one.fidelity),
            fidelity=one.fidelity,
        )
        for reading, one in zip(readings, reported, strict=True)
    )
    rows = reported_table(reported, first=len(processes))
    return (*processes, *described), VmaTable.concat([vmas, rows]), problems


def _own(text: bytes | None, fidelity: str) -> bytes | None:
    """Only the lines of the table, without the logs or databases that follow it in a bug report."""
    if text is None:
        return None
    from droidanon.platform.readers.own_text import own_text

    return own_text(fidelity, text)


def unreadable(readings: Sequence[Reading]) -> Reading | None:
    """The process to report if none of the selected ones could be read, preferably one that still exists."""
    selected = [reading for reading in readings if not reading.process.reference]
    if not selected or any(reading.text is not None for reading in selected):
        return None
    return next((reading for reading in selected if not reading.outcome.is_gone), selected[0])
