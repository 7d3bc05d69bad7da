"""Captures for tests of datasets, and what a dataset has on its disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from droidanon.fleet.schema import TABLES
from droidanon.model import Capture
from droidanon.store.parquet import save_capture
from tests.builders import capture, text


def app_capture(
    number: int, *, app: str = "com.example.app", serial: str = "SERIAL-A", day: str = "2026-11-02"
) -> Capture:
    """A capture of an app; its numbers depend on `number`, so that each number is another capture."""
    body = text(("[anon:scudo:primary]", 100 + number), ("[anon:dalvik-main space]", 50), (f"/data/{app}/lib.so", 7))
    made = capture({app: body}, device={"serial": serial, "model": f"Model {serial[-1]}", "android": "16"})
    return replace(made, app=app, created=f"{day}T03:04:05Z", system={"mem_total_kb": 7_700_000})


def write_captures(folder: Path, numbers: Sequence[int], **facts: str) -> list[Path]:
    """Files of app captures with these numbers."""
    folder.mkdir(exist_ok=True)
    return [save_capture(app_capture(number, **facts), folder / f"{number:05}.parquet") for number in numbers]


def visible_ids(dataset: Path) -> dict[str, list[str]]:
    """The capture of each row that an engine sees which opens all Parquet files of a table's folder."""
    found: dict[str, list[str]] = {table: [] for table in TABLES}
    for table, ids in found.items():
        for path in sorted((dataset / table).rglob("*.parquet")):
            ids += pq.read_table(path, columns=["capture_id"], partitioning=None)["capture_id"].to_pylist()
    return found
