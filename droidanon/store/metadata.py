"""What a capture file says of itself, as JSON: device, processes, layouts, problems. See docs/capture-format.md."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import MISSING, fields
from typing import Any

from droidanon.columns import Layout, VmaTable
from droidanon.errors import DroidanonError
from droidanon.model import Capture, Preparation, Problem, Process

METADATA_KEY = "droidanon"
FORMAT_VERSION = 2
"""What is written; all versions from 1 are read."""
MOST_TEXT = 256 << 20
"""Bytes of texts of processes beside the rows, unpacked: some kB in any capture of a phone."""

_USUAL = {
    field.name: field.default_factory()
    if field.default_factory is not MISSING
    else None
    if field.default is MISSING
    else field.default
    for field in fields(Process)
}
_KEYS = {"reference": "companion"}
"""Fields of a process that have another name in the file."""
_FACTS = ("source", "created", "access", "partial", "tool_version", "app")


def capture_to_json(capture: Capture) -> dict[str, Any]:
    """All of a capture but its VMAs."""
    return {
        "format_version": FORMAT_VERSION,
        **{name: getattr(capture, name) for name in _FACTS},
        "device": dict(capture.device),
        "system": dict(capture.system),
        "labels": dict(capture.labels),
        "problems": [[problem.where, problem.message] for problem in capture.problems],
        "notes": [[note.where, note.message] for note in capture.notes],
        "preparations": [[one.kind, one.done, one.answer] for one in capture.preparations],
        "processes": _processes_to_json(capture.processes),
        "layouts": [[layout.name_column, layout.blank, layout.lines] for layout in capture.vmas.layouts],
    }


def _processes_to_json(processes: Sequence[Process]) -> dict[str, list[Any]]:
    """A list for each fact that some process has another value of than the usual one; `rows` is always there."""
    columns: dict[str, list[Any]] = {}
    for name, usual in _USUAL.items():
        values = [getattr(process, name) for process in processes]
        if name in ("name", "rows") or any(value != usual for value in values):
            columns[_KEYS.get(name, name)] = values
    if "text" in columns:
        if sum(len(text or b"") for text in columns["text"]) > MOST_TEXT:
            raise DroidanonError(f"more than {MOST_TEXT >> 20} MiB of text that is no smaps; choose a part of it")
        columns["text"] = [
            None if text is None else base64.b64encode(zlib.compress(text)).decode() for text in columns["text"]
        ]
    return columns


def parse_json(raw: bytes) -> dict[str, Any]:
    """The metadata as they stand in the file. ValueError for what is no JSON object."""
    try:
        data = json.loads(raw, parse_constant=_no_number)
    except (RecursionError, ValueError) as error:
        raise ValueError("its metadata are no JSON that can be read") from error
    if not isinstance(data, dict):
        raise ValueError("its metadata are no JSON object")
    return data


def _no_number(text: str) -> None:
    raise ValueError(text)


def capture_from_json(data: dict[str, Any], vmas: VmaTable) -> Capture:
    """The capture that `capture_to_json` described, with its VMAs. Unknown keys are left out, missing ones defaulted."""
    return Capture(
        processes=processes_from_json(data["processes"]),
        vmas=vmas,
        device=data.get("device", {}),
        system=data.get("system", {}),
        labels=data.get("labels", {}),
        problems=tuple(Problem(str(where), str(message)) for where, message in data.get("problems", [])),
        notes=tuple(Problem(str(where), str(message)) for where, message in data.get("notes", [])),
        preparations=tuple(
            Preparation(str(kind), bool(done), str(answer)) for kind, done, answer in data.get("preparations", [])
        ),
        **{name: data[name] for name in _FACTS if name in data},
    )


def processes_from_json(data: dict[str, list[Any]]) -> tuple[Process, ...]:
    """The processes of the metadata."""
    columns = {name: data[_KEYS.get(name, name)] for name in _USUAL if _KEYS.get(name, name) in data}
    if "text" in columns:
        columns["text"] = _unpacked(columns["text"])
    return tuple(Process(**dict(zip(columns, values, strict=True))) for values in zip(*columns.values(), strict=True))


def _unpacked(texts: Sequence[str | None]) -> list[bytes | None]:
    """The exact texts; all of them together have a limit. ValueError where they are damaged."""
    found: list[bytes | None] = []
    left = MOST_TEXT
    for text in texts:
        if text is None:
            found.append(None)
            continue
        unpacker = zlib.decompressobj()
        try:
            unpacked = unpacker.decompress(base64.b64decode(text, validate=True), left + 1)
        except (zlib.error, ValueError) as error:
            raise ValueError("the text of a process is damaged") from error
        left -= len(unpacked)
        if left < 0:
            raise ValueError(f"more than {MOST_TEXT >> 20} MiB of text in it")
        if not unpacker.eof or unpacker.unused_data:
            raise ValueError("the text of a process is damaged")
        found.append(unpacked)
    return found


def layouts_from_json(data: list[Any]) -> tuple[Layout, ...]:
    """The layouts of the metadata."""
    return tuple(Layout(column, blank, tuple(tuple(line) for line in lines)) for column, blank, lines in data)
