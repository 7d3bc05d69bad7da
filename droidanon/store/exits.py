"""The process exits stored with a series: `exits.jsonl`, one exit per line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from droidanon.model import Problem
from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.store.json_lines import append_lines, read_lines

EXITS = "exits.jsonl"
_TEXTS = frozenset({"package", "process", "reason_label", "subreason_label", "description"})


@dataclass(frozen=True, slots=True)
class SeriesExit:
    """An exit, and its `time` on the series' clock, i.e. that of the recording computer (ISO 8601 in UTC)."""

    time: str
    exit: ProcessExit


def add_exits(path: Path, exits: Iterable[SeriesExit]) -> None:
    """Add exits to a series. An exit that it already has is replaced, because Android may learn the reason later."""
    append_lines(path / EXITS, map(_to_json, exits))


def read_series_exits(path: Path, problems: list[Problem]) -> tuple[SeriesExit, ...]:
    """The exits of a series, oldest first. Lines that are not exits are skipped and added to `problems`."""
    found = {one.exit.identity: one for one in read_lines(path / EXITS, _from_json, "an exit", problems)}
    return tuple(sorted(found.values(), key=lambda one: one.time))


def _to_json(one: SeriesExit) -> dict[str, Any]:
    values = {item.name: getattr(one.exit, item.name) for item in fields(ProcessExit) if item.name != "time"}
    return {"time": one.time, "phone_time": one.exit.time.isoformat(), **values}


def _from_json(data: Mapping[str, Any]) -> SeriesExit:
    """Parse an exit; ignores keys that a newer droidanon writes."""
    values: dict[str, Any] = {}
    for item in fields(ProcessExit):
        value = data.get(item.name)
        if item.name == "time":
            values["time"] = datetime.fromisoformat(data["phone_time"])
        elif value is not None:
            if not isinstance(value, str) if item.name in _TEXTS else not _is_number(value):
                raise TypeError(item.name)
            values[item.name] = value
    if datetime.fromisoformat(data["time"]).tzinfo is None or values["time"].tzinfo is None:
        raise ValueError("a time without a zone")
    return SeriesExit(data["time"], ProcessExit(**values))


def _is_number(value: object) -> bool:
    return isinstance(value, int) and abs(value) < 1 << 63
