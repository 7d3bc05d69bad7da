"""CSV and Arrow, read by pyarrow, pandas, polars and DuckDB."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from tests.builders import text
from tests.unit.exports.exported import HOSTILE, exported, hostile, total, view_of, without_swap_pss

KEYS = ["created", "app", "process", "pid", "user", "heap", "category", "name"]


def arrow_file(data: bytes) -> pa.Table:
    return pa.ipc.open_file(io.BytesIO(data)).read_all()


def test_arrow_keeps_names_as_they_are() -> None:
    table = arrow_file(exported("arrow", hostile()))
    assert table.column_names[: len(KEYS)] == KEYS
    assert table.column_names[-1] == "vmas"
    names = dict(zip(table["name"].to_pylist(), table["total_pss_kb"].to_pylist(), strict=True))
    assert names == {**{name: place for place, name in enumerate(HOSTILE, 1)}, "[heap]": 5}


def test_csv_is_one_line_per_row() -> None:
    data = exported("csv", hostile()).decode()
    assert data.count("\n") == len(HOSTILE) + 2
    assert all(line.isprintable() for line in data.splitlines())
    rows = list(csv.DictReader(io.StringIO(data)))
    assert sum(int(row["total_pss_kb"]) for row in rows) == total(hostile(), "total_pss_kb")
    assert {row["name"] for row in rows} >= {'a;b "c"', "x,y", r"\x1b[31m"}


def test_unknown_is_null() -> None:
    view = without_swap_pss()
    table = arrow_file(exported("arrow", view))
    assert dict(zip(table["app"].to_pylist(), table["swap_pss_kb"].to_pylist(), strict=True)) == {
        "com.a": 3,
        "com.b": None,
    }
    assert table["user"].to_pylist() == [None, None]
    frame = pd.read_csv(io.BytesIO(exported("csv", view)), index_col="app")
    assert frame["swap_pss_kb"].isna().to_dict() == {"com.a": False, "com.b": True}


def test_one_counter() -> None:
    assert arrow_file(exported("arrow", view_of(), counter="rss")).column_names == [*KEYS, "rss_kb", "vmas"]


@pytest.mark.parametrize("name", ["arrow", "csv"])
def test_a_series_in_every_reader(tmp_path: Path, name: str) -> None:
    views = [
        view_of({"com.a": text(("[heap]", kb), (f"[anon:{kb}]", 1))}, created=f"2026-01-02T03:04:0{kb}Z")
        for kb in (1, 2, 3)
    ]
    path = tmp_path / f"series.{name}"
    path.write_bytes(exported(name, *views))
    polars = pl.read_ipc(path) if name == "arrow" else pl.read_csv(path, try_parse_dates=True)
    pandas = pd.read_feather(path) if name == "arrow" else pd.read_csv(path, parse_dates=["created"])
    table = arrow_file(path.read_bytes()) if name == "arrow" else duckdb.read_csv(str(path))  # noqa: F841 # for DuckDB
    duck = duckdb.sql(
        "select created, sum(pss_kb) from table group by 1 order by 1".replace("table", '"table"')
    ).fetchall()
    sums = polars.group_by("created").agg(pl.col("pss_kb").sum()).sort("created")
    assert sums["pss_kb"].to_list() == [2, 3, 4]
    assert pandas.groupby("created")["pss_kb"].sum().tolist() == [2, 3, 4]
    assert [kb for _, kb in duck] == [2, 3, 4]
    assert [time.second for time, _ in duck] == [1, 2, 3]


def test_a_counter_that_only_one_capture_has() -> None:
    table = arrow_file(
        exported("arrow", without_swap_pss(), view_of({"com.c": ""}), view_of({"com.d": text(("x", 2))}))
    )
    assert sum(filter(None, table["swap_pss_kb"].to_pylist())) == 3
    assert sum(table["pss_kb"].to_pylist()) == 7 + 9 + 2
