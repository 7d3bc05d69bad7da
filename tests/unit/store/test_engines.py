"""Captures and samples open in other engines, value for value. `benchmarks/engines.py` does this for every version that we promise."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from droidanon.record.samples import SampleLog
from droidanon.sources.sampling.sample import ProcessSample, Sample, SystemSample
from droidanon.store.parquet import open_capture, save_capture
from droidanon.store.series import STATUS_FOLDER, SYSTEM_FOLDER
from tests.builders import VERSION_1, extreme_capture
from tests.engines import ENGINES, digests


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("engines")
    samples = SampleLog(folder)
    processes = (ProcessSample(1, "com.example.app", rss_kb=9), ProcessSample(2, "größer", uid=10_000, rss_kb=1 << 33))
    samples.add(Sample(1.5, processes, SystemSample(mem_total_kb=8_000_000, pressure_some=0.25)))
    samples.flush()
    (status,), (system,) = (folder.glob(f"{name}/*.parquet") for name in (STATUS_FOLDER, SYSTEM_FOLDER))
    return {
        "extreme": save_capture(extreme_capture(), folder / "extreme.parquet"),
        "reported": save_capture(open_capture(VERSION_1 / "with-text.parquet").capture(), folder / "reported.parquet"),
        "status": status,
        "system": system,
    }


@pytest.mark.parametrize("engine", ["duckdb", "polars", "fastparquet", "pandas"])
@pytest.mark.parametrize("name", ["extreme", "reported", "status", "system"])
def test_another_engine_reads_the_same_values(engine: str, name: str, files: dict[str, Path]) -> None:
    pytest.importorskip(engine)
    path = str(files[name])
    assert digests(ENGINES[engine](path)) == digests(ENGINES["pyarrow"](path))


def test_only_encodings_that_every_reader_has(files: dict[str, Path]) -> None:
    """fastparquet, Spark 3.5, DuckDB 1 and pyarrow 14 refuse BYTE_STREAM_SPLIT for integers."""
    for path in files.values():
        group = pq.read_metadata(path).row_group(0)
        used = {encoding for column in range(group.num_columns) for encoding in group.column(column).encodings}
        assert used <= {"PLAIN", "RLE", "RLE_DICTIONARY"}
        assert {group.column(column).compression for column in range(group.num_columns)} == {"ZSTD"}
