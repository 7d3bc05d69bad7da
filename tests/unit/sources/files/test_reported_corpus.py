"""Texts of public bug reports."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from droidanon.sources.resolve import load_source
from tests.corpus import corpus
from tests.unit.sources.files.reported_texts import PROCRANK, total

CORPUS = {
    "two-dumps.txt": 92_000,
    "meminfo-android7-swap.txt": 113_391,
    "bom.smaps": 12,
    "utf16.smaps": 12,
    "indented.smaps": 12,
    "logcat.smaps": 12,
    "ashmem-dalvik.smaps": 2512,
    "concatenated.smaps": 24,
    "meminfo-native-process.txt": 1383,
    "showmap-a.txt": 1030,
    "showmap-v.txt": 1030,
    "procrank.txt": 545_986,
    "meminfo-system.txt": 197_396,
    "meminfo-summary.txt": 1_287_534,
    "rollup.txt": 31_884,
    "bugreport-ram.txt": 410_000,
    "bugreport-tail.txt": 410_000,
    "prompt-meminfo": 12,
}


@pytest.mark.parametrize("name", CORPUS)
def test_the_right_number_of_each_report(name: str) -> None:
    assert total(load_source(str(corpus() / "reports" / name))) == CORPUS[name]


def test_the_other_reports() -> None:
    reports = corpus() / "reports"
    assert total(load_source(str(reports / "maps-only.maps")), "size_kb") == 401_408
    assert load_source(str(reports / "tombstone-android8.txt")).counted_vmas == 3
    assert load_source(str(reports / "prompt-meminfo")).system["mem_total_kb"] == 831_400
    assert len(load_source(str(reports / "concatenated.smaps")).processes) == 2


def test_a_packed_text(tmp_path: Path) -> None:
    (tmp_path / "x.txt.gz").write_bytes(gzip.compress(PROCRANK.encode("utf-16")))
    assert total(load_source(str(tmp_path / "x.txt.gz")), "pss_kb") == 264_894
