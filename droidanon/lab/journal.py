"""The journal of a lab: one appended line of JSON per event. A last line torn by a crash is skipped."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from droidanon.errors import InputError
from droidanon.escape import escape_text
from droidanon.experiment.manifest import SavedSetting
from droidanon.lab.phones import PhoneFacts
from droidanon.lab.plan import LabCell, LabRun
from droidanon.store.file_names import existing_file
from droidanon.store.json_fields import known_fields
from droidanon.store.json_lines import append_lines
from droidanon.store.series import iso_time

JOURNAL = "lab.jsonl"
JOURNAL_VERSION = 1
_MOST_BYTES = 256 << 20


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One attempt at a run. `outcome`: done, failed, timeout or lost. `file` is relative to the lab's folder."""

    group: str
    app: str
    build: str
    scenario: str
    repetition: int
    phone: str
    outcome: str
    file: str = ""
    error: str = ""
    took_s: float = 0.0
    thermal_status: int | None = None
    pressure_some: float | None = None
    version_code: int | None = None
    at: str = ""
    unprepared: tuple[str, ...] = ()
    """Preparations that failed, such as `settle`."""
    steps: Mapping[str, str] = field(default_factory=dict)
    """The phone's response to each step."""

    @property
    def run(self) -> LabRun:
        """The run that was attempted."""
        return LabRun(self.group, LabCell(self.app, self.build, self.scenario), self.repetition)


@dataclass(frozen=True, slots=True)
class LabLog:
    """The content of a journal. `definitions`: the fingerprint of each cell; `aside`: phones set aside last session."""

    begun: str = ""
    definitions: Mapping[str, str] = field(default_factory=dict)
    phones: Mapping[str, PhoneFacts] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    """The group of each phone."""
    runs: Sequence[RunRecord] = ()
    aside: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Sequence[SavedSetting]] = field(default_factory=dict)
    """The last changed settings of each phone, and whether they have been restored."""
    sessions: int = 0

    def done(self, folder: Path) -> dict[LabRun, RunRecord]:
        """The successful runs whose capture exists, in the order they ended."""
        return {one.run: one for one in self.runs if one.outcome == "done" and existing_file(folder, one.file)}


class Journal:
    """A journal for appending. Each event is on disk when its method returns. Methods may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL

    def begin(self, definitions: Mapping[str, str], seed: int) -> None:
        """Record the start of a session."""
        self._add("begin", {"journal_version": JOURNAL_VERSION, "definitions": dict(definitions), "seed": seed})

    def phone(self, facts: PhoneFacts, group: str) -> None:
        """Record that a phone takes part."""
        self._add("phone", {**asdict(facts), "group": group})

    def run(self, record: RunRecord) -> None:
        """Record the end of an attempt."""
        self._add("run", asdict(record))

    def aside(self, phone: str, reason: str) -> None:
        """Record that a phone is set aside until the next session."""
        self._add("aside", {"phone": phone, "reason": reason})

    def settings(self, phone: str, settings: Sequence[SavedSetting]) -> None:
        """Record a phone's settings before and during the runs, and whether they are restored."""
        self._add("settings", {"phone": phone, "settings": [asdict(one) for one in settings]})

    def _add(self, event: str, data: Mapping[str, Any]) -> None:
        append_lines(self._path, [{"event": event, **data, "at": iso_time(time.time())}])


def read_journal(folder: Path) -> LabLog:
    """Read the journal in a folder; empty if there is none. Raises InputError for one written by a newer droidanon."""
    log = _LogBuilder()
    for event in _events(folder / JOURNAL):
        if event.get("journal_version", 0) > JOURNAL_VERSION:
            raise InputError(f"{escape_text(str(folder))}: made by a newer droidanon; update droidanon")
        try:
            log.add(event)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue  # an edited line
    return log.log()


def _events(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES)
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{escape_text(str(path))}: {error.strerror or error}") from error
    for line in data.split(b"\n"):
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict) and isinstance(event.get("journal_version", 0), int):
            yield event


class _LogBuilder:
    """A log built event by event."""

    def __init__(self) -> None:
        self._begun = ""
        self._definitions: dict[str, str] = {}
        self._phones: dict[str, PhoneFacts] = {}
        self._groups: dict[str, str] = {}
        self._runs: list[RunRecord] = []
        self._aside: dict[str, str] = {}
        self._settings: dict[str, list[SavedSetting]] = {}
        self._sessions = 0

    def add(self, event: Mapping[str, Any]) -> None:
        kind = event.get("event")
        if kind == "begin":
            self._begun = self._begun or str(event["at"])
            self._definitions |= {str(key): str(value) for key, value in event["definitions"].items()}
            self._sessions += 1
            self._aside.clear()
        elif kind == "phone":
            facts = PhoneFacts(**known_fields(PhoneFacts, event))
            self._phones[facts.name], self._groups[facts.name] = facts, str(event["group"])
        elif kind == "run":
            record = RunRecord(**{**known_fields(RunRecord, event), "unprepared": tuple(event["unprepared"])})
            self._runs.append(record)
        elif kind == "aside":
            self._aside[str(event["phone"])] = str(event["reason"])
        elif kind == "settings":
            settings = [SavedSetting(**known_fields(SavedSetting, one)) for one in event["settings"]]
            self._settings[str(event["phone"])] = settings

    def log(self) -> LabLog:
        return LabLog(
            self._begun,
            self._definitions,
            self._phones,
            self._groups,
            self._runs,
            self._aside,
            self._settings,
            self._sessions,
        )
