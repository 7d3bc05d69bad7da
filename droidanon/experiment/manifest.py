"""An experiment's folder: `experiment.json` has the plan, and each phone's folder has `phone.json` with its rounds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from droidanon.errors import InputError, UsageError
from droidanon.escape import escape_text
from droidanon.experiment.plan import SIDES
from droidanon.store.atomic_file import atomic_file
from droidanon.store.bounded_file import MOST_JSON, read_bounded
from droidanon.store.file_names import existing_file
from droidanon.store.json_fields import known_fields
from droidanon.store.library import safe_word
from droidanon.store.series import SUFFIX
from droidanon.version import __version__

MANIFEST, PHONE_MANIFEST = "experiment.json", "phone.json"
EXPERIMENT_VERSION = 1
NO_COMPILATION = "none"


@dataclass(frozen=True, slots=True)
class Apk:
    """A file of a build, and the digest by which the phone and a resumed experiment recognise it."""

    path: str
    sha1: str
    size: int

    @classmethod
    def of(cls, path: Path) -> Apk:
        """Read a file. Raises InputError if it cannot be read."""
        try:
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "sha1").hexdigest()
            return cls(str(path.absolute()), digest, path.stat().st_size)
        except OSError as error:
            raise InputError(f"{escape_text(str(path))}: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class Variant:
    """A side: the files of its build (several for split APKs), and the command that sets up the phone for it."""

    apks: tuple[Apk, ...] = ()
    setup: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The steps that lead to a capture of an app, and the phone's settings during them."""

    app: str
    scenario: str = ""
    start: bool = True
    cycles: int = 1
    compile_mode: str = "speed-profile"
    reinstall: bool = False
    clear: bool = False
    screen_on: bool = False
    airplane: bool = False
    gc: bool = False
    trim: str = ""
    settle: int = 0
    freeze: bool = False
    access: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Steps):
    """What every round of an experiment does."""

    rounds: int
    sides: Mapping[str, Variant]
    measured: tuple[str, ...] = SIDES
    """The sides to run in this session."""
    warmup: int = 1
    pilot: bool = False
    counter: str = ""
    effect: str = ""


@dataclass(frozen=True, slots=True)
class RoundRecord:
    """The record of one round. `file` is empty if it failed; `files` has the captures of all cycles."""

    side: str
    number: int
    started: str
    took_s: float = 0.0
    warmup: bool = False
    files: tuple[str, ...] = ()
    error: str = ""
    thermal_status: int | None = None
    pressure_some: float | None = None
    """The percentage of the last 10 s in which a task waited for memory (/proc/pressure/memory)."""
    version_code: int | None = None
    unprepared: tuple[str, ...] = ()
    """Preparations that failed in a cycle of the round, such as `settle`."""
    steps: Mapping[str, str] = field(default_factory=dict)
    """The phone's response to each step."""

    @property
    def done(self) -> bool:
        """Whether it counts as a replicate."""
        return bool(self.files) and not self.error and not self.warmup


@dataclass(frozen=True, slots=True)
class SavedSetting:
    """A setting of the phone: its values before and during the experiment, and whether it has been restored."""

    name: str
    before: str
    during: str
    restored: bool = False


@dataclass(frozen=True, slots=True)
class PhoneLog:
    """One phone's part of an experiment; its folder contains the captures."""

    source: str
    serialno: str = ""
    model: str = ""
    rounds: tuple[RoundRecord, ...] = ()
    settings: tuple[SavedSetting, ...] = ()
    interruptions: tuple[str, ...] = ()

    @property
    def results(self) -> dict[tuple[str, int], RoundRecord]:
        """The rounds that count, by side and number."""
        return {(one.side, one.number): one for one in self.rounds if one.done}


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment and its phones, by folder name."""

    folder: Path
    plan: Plan
    created: str
    phones: Mapping[str, PhoneLog] = field(default_factory=dict)

    def captures(self, phone: str, side: str) -> list[Path]:
        """The capture of each replicate of a side on a phone (of the last cycle, if there are several), by number."""
        results = self.phones[phone].results
        found = [results[key] for key in sorted(results) if key[0] == side]
        return [self.folder / phone / one.files[-1] for one in found]


def phone_folder(serialno: str, source: str) -> str:
    """The name of a phone's folder."""
    return safe_word(serialno or source.partition(":")[2]) or "phone"


def write_plan(experiment: Experiment) -> None:
    """Write `experiment.json` atomically."""
    data = {
        "experiment_version": EXPERIMENT_VERSION,
        "tool_version": __version__,
        "created": experiment.created,
        **asdict(experiment.plan),
    }
    _write(experiment.folder / MANIFEST, data)


def write_phone(folder: Path, log: PhoneLog) -> None:
    """Write a phone's `phone.json` atomically."""
    _write(folder / PHONE_MANIFEST, asdict(log))


def read_experiment(folder: Path) -> Experiment:
    """Read an experiment from its folder. Raises InputError if it is missing, damaged or newer than this droidanon."""
    data = _read(folder / MANIFEST)
    version = data.get("experiment_version")
    if not isinstance(version, int):
        raise InputError(f"{escape_text(str(folder))}: {MANIFEST} is not the manifest of an experiment")
    if version > EXPERIMENT_VERSION:
        raise InputError(f"{escape_text(str(folder))}: made by a newer droidanon; update droidanon")
    with _Damage(folder / MANIFEST):
        sides = {side: _variant(data["sides"][side]) for side in SIDES}
        plan = Plan(**{**known_fields(Plan, data), "sides": sides, "measured": _measured(data["measured"])})
        created = str(data["created"])
    phones = {path.parent.name: _phone(path) for path in sorted(folder.glob(f"*/{PHONE_MANIFEST}"))}
    return Experiment(folder, plan, created, phones)


def with_side(plan: Plan, side: str, variant: Variant) -> Plan:
    """The plan with a side added. Raises UsageError if this would replace another one."""
    known = plan.sides.get(side, Variant())
    if known not in (Variant(), variant):
        digests = {apk.sha1 for apk in known.apks} == {apk.sha1 for apk in variant.apks}
        if not digests or known.setup != variant.setup:
            raise UsageError(f"the experiment has another {side} side already; use a new folder")
    return replace(plan, sides={**plan.sides, side: variant})


def complete_files(folder: Path, record: RoundRecord) -> bool:
    """Whether the folder still has the captures of a round."""
    return all(existing_file(folder, file) for file in record.files)


def capture_name(name: str, cycle: int, cycles: int) -> str:
    """The file name of a round's capture, or of one of its cycles."""
    return f"{name}{SUFFIX}" if cycles == 1 else f"{name}.cycle-{cycle:03d}{SUFFIX}"


def _measured(data: Any) -> tuple[str, ...]:
    found = tuple(side for side in SIDES if side in data)
    if not found or list(found) != data:
        raise ValueError("measured")
    return found


def _variant(data: Any) -> Variant:
    return Variant(tuple(Apk(**known_fields(Apk, one)) for one in data["apks"]), str(data["setup"]))


def _phone(path: Path) -> PhoneLog:
    data = _read(path)
    with _Damage(path):
        rounds = tuple(
            RoundRecord(
                **{
                    **known_fields(RoundRecord, one),
                    "files": _texts(one["files"]),
                    "unprepared": _texts(one.get("unprepared", [])),
                    "steps": _steps(one.get("steps", {})),
                }
            )
            for one in data["rounds"]
        )
        settings = tuple(SavedSetting(**known_fields(SavedSetting, one)) for one in data["settings"])
        known = {**known_fields(PhoneLog, data), "rounds": rounds, "settings": settings}
        return PhoneLog(**{**known, "interruptions": _texts(data.get("interruptions", []))})


def _texts(data: Any) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(one, str) for one in data):
        raise TypeError("not a list of texts")
    return tuple(data)


def _steps(data: Any) -> Mapping[str, str]:
    if not isinstance(data, dict) or not all(isinstance(one, str) for one in data.values()):
        raise TypeError("steps")
    return data


class _Damage:
    """Converts errors of a manifest's form to an InputError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, KeyError | TypeError | ValueError | AttributeError):
            reason = f"{escape_text(str(self._path))}: damaged: {escape_text(str(error))}"
            raise InputError(reason) from error


def _write(path: Path, data: Mapping[str, Any]) -> None:
    with atomic_file(path) as file:
        file.write(json.dumps(data, indent=1).encode())


def _read(path: Path) -> dict[str, Any]:
    where = escape_text(str(path))
    try:
        data = json.loads(read_bounded(path, MOST_JSON))
    except FileNotFoundError as error:
        raise InputError(f"{where}: there is no experiment in this folder") from error
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{where}: damaged: {escape_text(str(error))}") from error
    if not isinstance(data, dict):
        raise InputError(f"{where}: damaged: not an object")
    return data
