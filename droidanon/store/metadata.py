"""The metadata of a capture file, as JSON: device, processes, layouts, problems. See docs/capture-format.md."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from droidanon.columns import VmaTable
from droidanon.errors import DroidanonError
from droidanon.model import Capture, Process
from droidanon.store.schema import CAPTURE, LAYOUTS, MOST_ROWS, PROCESS, FactType, process_key

METADATA_KEY = "droidanon"
FORMAT_VERSION = 2
"""What is written; all versions from 1 are read."""
FIRST_DELTA_VERSION = 3
DELTA_VERSION = 4
"""The version of a file with the changes since another capture, its base, which is stored in full."""
SECOND_DELTA_VERSION = 5
"""The version of a file with the changes since a base that is stored as changes itself."""
NEWEST_VERSION = SECOND_DELTA_VERSION
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
MOST_TEXT = 256 << 20
"""Bytes of the texts of all processes, unpacked: some kB in any capture of a phone."""

_DEFAULTS = {
    field.name: field.default_factory()
    if field.default_factory is not MISSING
    else None
    if field.default is MISSING
    else field.default
    for field in fields(Process)
}

_COLUMNS = tuple((process_key(field), field, kind) for field, kind in PROCESS.items())
"""The key, field and type of each fact of processes."""


def capture_to_json(capture: Capture) -> dict[str, Any]:
    """Everything in a capture except its VMAs. Raises DroidanonError for too much text."""
    return {
        "format_version": FORMAT_VERSION,
        **{key: kind.dump(getattr(capture, key)) for key, kind in CAPTURE.items()},
        "processes": _processes_to_json(capture.processes),
        "layouts": LAYOUTS.dump(capture.vmas.layouts),
    }


def _processes_to_json(processes: Sequence[Process]) -> dict[str, list[Any]]:
    """A list for each fact, unless it has its default in every process; name and rows are always included."""
    columns: dict[str, list[Any]] = {}
    for key, field, kind in _COLUMNS:
        values = [getattr(process, field) for process in processes]
        if field in ("name", "rows") or any(value != _DEFAULTS[field] for value in values):
            columns[key] = _packed(values) if field == "text" else [kind.dump(value) for value in values]
    return columns


def parse_value(raw: bytes) -> Any:
    """Parse a JSON value. Raises ValueError if it is not JSON."""
    try:
        data = json.loads(raw, parse_constant=_refuse)
        return _without_surrogates(data) if _SURROGATE.search(raw) else data
    except (RecursionError, ValueError) as error:
        raise ValueError("invalid metadata: JSON that cannot be parsed") from error


def parse_json(raw: bytes) -> dict[str, Any]:
    """Parse the metadata of a file. Raises ValueError if it is not a JSON object."""
    data = parse_value(raw)
    if not isinstance(data, dict):
        raise ValueError("invalid metadata: not a JSON object")
    return data


def _without_surrogates(value: Any) -> Any:
    """Escape lone surrogates, which JSON may contain but no encoding can print."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [_without_surrogates(one) for one in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(one) for key, one in value.items()}
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and infinities


def check_metadata(data: Mapping[str, Any], rows: int) -> None:
    """Validate everything except the layouts once, so that other code can trust it.

    `rows` is the number of rows of the file.

    Raises ValueError with the first error.
    """
    for key, kind in CAPTURE.items():
        if key in data:
            _check(key, kind, [data[key]])
    processes = data["processes"]
    if not isinstance(processes, dict) or not all(isinstance(values, list) for values in processes.values()):
        raise ValueError("invalid metadata: 'processes' must be an object of lists")
    counts = processes["rows"]
    if any(len(values) != len(counts) for values in (*processes.values(), processes["name"])):
        raise ValueError("invalid metadata: the lists of 'processes' differ in length")
    for key, _, kind in _COLUMNS:
        if key in processes:
            _check(key, kind, processes[key])
    if rows > MOST_ROWS or rows != sum(counts):
        raise ValueError(
            f"invalid metadata: 'rows' of all processes sum to {sum(counts)}, but the file has {rows} rows"
        )


def _check(key: str, kind: FactType, values: Sequence[Any]) -> None:
    if not all(map(kind.valid, values)):
        raise ValueError(f"invalid metadata: '{key}' must be {kind.description}")


def capture_from_json(data: Mapping[str, Any], vmas: VmaTable) -> Capture:
    """Build a capture from the output of `capture_to_json` and its VMAs.

    Unknown keys are ignored, and absent keys have their defaults.
    """
    facts = {key: kind.load(data[key]) for key, kind in CAPTURE.items() if key in data}
    return Capture(processes=processes_from_json(data["processes"]), vmas=vmas, **facts)


def processes_from_json(data: Mapping[str, list[Any]]) -> tuple[Process, ...]:
    """The processes in the metadata."""
    columns = {field: list(map(kind.load, data[key])) for key, field, kind in _COLUMNS if key in data}
    if "text" in columns:
        columns["text"] = _unpacked(columns["text"])
    return tuple(Process(**dict(zip(columns, values, strict=True))) for values in zip(*columns.values(), strict=True))


def _packed(texts: Sequence[bytes | None]) -> list[str | None]:
    """Texts compressed with zlib and encoded in base64, because JSON has no bytes."""
    if sum(len(text or b"") for text in texts) > MOST_TEXT:
        raise DroidanonError(f"more than {MOST_TEXT >> 20} MiB of text that is not smaps; select fewer processes")
    return [None if text is None else base64.b64encode(zlib.compress(text)).decode() for text in texts]


def _unpacked(texts: Sequence[str | None]) -> list[bytes | None]:
    """Unpack texts. Raises ValueError if they are damaged or larger in total than `MOST_TEXT`."""
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
            raise ValueError("invalid metadata: damaged text of a process") from error
        left -= len(unpacked)
        if left < 0:
            raise ValueError(f"invalid metadata: more than {MOST_TEXT >> 20} MiB of text")
        if not unpacker.eof or unpacker.unused_data:
            raise ValueError("invalid metadata: damaged text of a process")
        found.append(unpacked)
    return found
