"""Adds tables of dumpsys meminfo to the readings of the same processes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from droidanon.model import Problem
from droidanon.platform.readers.meminfo_table import Meminfo
from droidanon.sources.files.platform_text import with_meminfo
from droidanon.sources.reading import Reading, where_of


@dataclass(frozen=True, slots=True)
class FileTable:
    """A process's dumpsys meminfo table in a file. `time_s`: uptime in seconds; None if the file does not state it."""

    file: str
    table: Meminfo
    time_s: float | None


def latest_tables(tables: Iterable[FileTable]) -> tuple[list[FileTable], list[Problem]]:
    """The latest table per process, and a problem for each of the others."""
    latest: dict[int | str, FileTable] = {}
    problems = []
    for one in tables:
        key = one.table.pid if one.table.pid is not None else f"{one.file} {one.table.process}"
        known = latest.setdefault(key, one)
        if known is not one:
            is_later = one.time_s is None or known.time_s is None or one.time_s >= known.time_s
            latest[key], unused = (one, known) if is_later else (known, one)
            problems.append(Problem(unused.file, f"left out: {latest[key].file} is a later dump of the same process"))
    return list(latest.values()), problems


def add_tables(readings: list[Reading], tables: Iterable[FileTable], alone: bool) -> list[str]:
    """Adds each table to the reading of its process, or as a new reading; returns notes.

    `alone`: there is only one file, so the user asked for these tables.
    """
    places = {reading.process.pid: place for place, reading in enumerate(readings)}
    notes = []
    for one in tables:
        place = places.get(one.table.pid)
        known = None if place is None else readings[place]
        reading = with_meminfo(known, one.table)
        if place is not None and reading.reported is None:
            readings[place] = reading
            notes.append(
                f"memory that is not in smaps, and objects, of {where_of(reading.process)} come from {one.file}"
            )
            continue
        place = len(readings) if place is None else place
        places[one.table.pid] = place
        readings[place : place + 1] = [reading]
        if not alone:
            notes.append(f"{where_of(reading.process)} has only dumpsys meminfo: {one.file}")
    return notes
