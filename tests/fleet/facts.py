"""Datasets made of hand-written processes, in the layout of droidanon.fleet.schema."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from droidanon.fleet.schema import CAPTURES, FACTS, FORMAT_VERSION, PROCESSES, TABLES, WHOLE_PHONE, arrow_schema

Names = Mapping[tuple[str, str], int]
"""Anon + swap in kB by category and name."""


@dataclass(frozen=True)
class ProcessRow:
    """A process of a hand-made capture. `names` is None if nothing was read of it."""

    names: Names | None = None
    app: str = "com.example"
    process: str = "com.example"
    state: str | None = "foreground"
    fidelity: str = "smaps"
    judged_kb: int | None = None
    limited: bool = True


@dataclass(frozen=True)
class CaptureRow:
    """A hand-made capture."""

    processes: Sequence[ProcessRow]
    build: str | None = "1.0"
    day: date | None = date(2026, 11, 2)
    device: str | None = "Pixel 8"
    device_id: str | None = "d0"
    android: int = 15
    ram_kb: int = 7_700_000
    taxonomy: int = 1
    access: str = "root"
    partial: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    version_code: int | None = None


def write_dataset(folder: Path, captures: Sequence[CaptureRow]) -> Path:
    """A dataset of these captures, as two files per table."""
    folder.mkdir(parents=True, exist_ok=True)
    marker = {"format_version": FORMAT_VERSION, "salt": "00" * 16, "change": ""}
    (folder / "dataset.json").write_text(json.dumps(marker))
    half = max(1, len(captures) // 2)
    for number, start in enumerate(range(0, len(captures), half)):
        _write_batch(folder, number, start, captures[start : start + half])
    return folder


def _write_batch(folder: Path, number: int, start: int, captures: Sequence[CaptureRow]) -> None:
    rows: dict[str, list[dict[str, Any]]] = {FACTS: [], PROCESSES: [], CAPTURES: []}
    for place, capture in enumerate(captures):
        _add(rows, f"c{start + place:05}", capture)
    for table, found in rows.items():
        partition = f"capture_app={WHOLE_PHONE}/month=2026-11/" if table == FACTS else ""
        path = folder / table / f"{partition}{number}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        schema = arrow_schema(table)
        text = [column.name for column in TABLES[table] if column.type == "text"]
        pq.write_table(pa.Table.from_pylist(found, schema), path, compression="zstd", use_dictionary=text)


def _add(rows: dict[str, list[dict[str, Any]]], capture_id: str, capture: CaptureRow) -> None:
    shared = {
        "capture_id": capture_id,
        "day": capture.day,
        "device": capture.device,
        "device_id": capture.device_id,
        "android": capture.android,
        "ram_tier": f"{-(-capture.ram_kb // 1048576)}GB",
        "taxonomy": capture.taxonomy,
        "ram_kb": capture.ram_kb,
        "version_code": capture.version_code,
        "build": capture.build,
    }
    rows[CAPTURES].append(
        {**shared, "access": capture.access, "partial": capture.partial, "labels": list(capture.labels.items())}
    )
    for index, process in enumerate(capture.processes):
        own = {**shared, "process_index": index, "app": process.app, "process": process.process}
        own |= {"state": process.state, "fidelity": process.fidelity}
        names = process.names
        total = None if names is None else sum(names.values())
        rows[PROCESSES].append(
            {**own, "limited": process.limited, "judged_anon_swap_kb": process.judged_kb, "anon_swap_kb": total}
        )
        for (category, name), kb in (names or {}).items():
            rows[FACTS].append({**own, "heap": "Native", "category": category, "name": name, "anon_swap_kb": kb})
