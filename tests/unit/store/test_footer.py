"""A footer that the Parquet library does not accept is an error, not the end of the process."""

from __future__ import annotations

import gc
import io
import weakref
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from droidanon.store.footer import check_footer
from droidanon.store.metadata import NEWEST_VERSION
from droidanon.store.parquet import load_capture, save_capture
from droidanon.store.whole_file import open_file
from tests.builders import capture
from tests.fuzz.targets import CORPUS


def footer_of(data: bytes) -> pq.FileMetaData:
    return pq.ParquetFile(pa.BufferReader(data), pre_buffer=False).metadata


def test_a_histogram_of_another_size() -> None:
    data = (CORPUS / "capture" / "histogram-of-another-size.parquet").read_bytes()
    with pytest.raises(ValueError, match="histogram"):
        check_footer(footer_of(data))


def test_nothing_is_decoded(tmp_path: Path) -> None:
    data = save_capture(capture(), tmp_path / "a.parquet").read_bytes()
    footer = footer_of(data)
    check_footer(footer)
    check_footer(
        footer_of(b"PAR1" + b"\xff" * (len(data) - footer.serialized_size - 12) + data[-8 - footer.serialized_size :])
    )


def test_a_file_without_rows_or_columns() -> None:
    for table in (pa.table({"a": pa.array([], pa.int32())}), pa.table({})):
        file = io.BytesIO()
        pq.write_table(table, file)
        check_footer(footer_of(file.getvalue()))


def test_nothing_outlives_a_file_that_was_checked(tmp_path: Path) -> None:
    """The Parquet library keeps the error of the check, which must not keep the frames of the functions that opened it."""
    path = save_capture(capture(), tmp_path / "a.parquet")

    def opened() -> weakref.ref[pq.ParquetFile]:
        return weakref.ref(open_file(path, NEWEST_VERSION)[0])

    assert [opened()() for _ in range(3)] == [None] * 3


def test_an_opened_capture_is_freed_without_a_garbage_collection(tmp_path: Path) -> None:
    """It is few objects with much memory, so by their number a garbage collection would be late."""
    path = save_capture(capture(), tmp_path / "a.parquet")
    load_capture(path)  # whatever the first use of a library leaves
    gc.collect()
    gc.disable()
    try:
        opened = load_capture(path)
        assert not opened.vmas.missing.get("rss_kb", np.zeros(1)).any()
        del opened
        assert gc.collect() == 0
    finally:
        gc.enable()
