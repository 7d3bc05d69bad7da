"""Several dumps of the same processes: in one text, and in a folder of such files."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.sources.resolve import SeriesOfCaptures, load_source, resolve
from tests.corpus import corpus
from tests.series import open_series
from tests.unit.sources.files.reported_texts import PROCRANK, SMAPS, dump, names, total
from tests.unit.sources.files.test_process_markers import SECOND

DUMPS = dump(10_000, 200_000) + dump(20_000, 300_000, uptime=61_000) + dump(40_000, 400_000, uptime=121_000, pid=99)
LATER = PROCRANK.replace("263512K", "463512K")


def test_dumps_one_after_another_are_a_series_with_the_distances_of_their_uptimes(tmp_path: Path) -> None:
    path = tmp_path / "dumps.txt"
    path.write_text(DUMPS)
    series = open_series(str(path))
    assert series is not None
    assert [capture.begun_s for capture in series.captures] == [0, 60, 120]
    captures = [load_source(f"{path}#{number}") for number in (1, 2, 3)]
    assert [total(capture) for capture in captures] == [12_000, 22_000, 42_000]
    assert [capture.processes[0].not_in_smaps_kb["GL mtrack"] for capture in captures] == [200_000, 300_000, 400_000]
    assert [capture.created for capture in captures] == [capture.created for capture in series.captures]
    assert len({capture.created for capture in captures}) == 3
    assert total(load_source(str(path))) == 42_000
    assert len(resolve(str(path)).members) == 3


@pytest.mark.parametrize(
    ("body", "totals"),
    [
        (PROCRANK + LATER, [264_894, 464_894]),
        (SMAPS.decode() * 3, [18, 18, 18]),
        (
            "===PID:7===\n" + SMAPS.decode() + "===PID:8===\n" + SECOND.decode() + "===PID:7===\n" + SMAPS.decode(),
            [36, 18],
        ),
    ],
)
def test_moments_of_other_tools(tmp_path: Path, body: str, totals: list[int]) -> None:
    path = tmp_path / "x.txt"
    path.write_text(body)
    found = resolve(str(path))
    assert isinstance(found, SeriesOfCaptures)
    assert [total(member.read(), "pss_kb") for member in found.members] == totals


@pytest.mark.parametrize(
    "body", [SMAPS.decode(), PROCRANK, dump(1, 2), dump(1, 2) + dump(3, 4, pid=5, name="com.other")]
)
def test_one_moment_is_no_series(tmp_path: Path, body: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(body)
    assert open_series(str(path)) is None


def test_a_folder_of_dumps_is_a_series_in_the_order_of_its_names(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    for number in range(1, 12):
        (folder / f"run{number}.txt").write_text(dump(1000 * number, 50_000 * number))
    found = resolve(str(folder))
    assert isinstance(found, SeriesOfCaptures)
    captures = [member.read() for member in found.members]
    assert [total(capture) for capture in captures] == [2000 + 1000 * number for number in range(1, 12)]
    (folder / "run5.txt").write_text(dump(5, 5, name="com.other"))
    assert open_series(str(folder)) is None


def test_a_folder_with_anything_else_is_no_series(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"run{number}.txt").write_text(dump(1000 * number, 5))
    (folder / "x.smaps").write_bytes(SMAPS)
    assert open_series(str(folder)) is None
    assert ("com.example.app", 1234) in names(load_source(str(folder)))


def test_the_reports() -> None:
    reports = corpus() / "reports"
    series = open_series(str(reports / "gl-series"))
    assert series is not None
    graphics = [
        load_source(str(reports / "gl-series" / capture.file)).processes[0].not_in_smaps_kb["GL mtrack"]
        for capture in series.captures
    ]
    assert graphics == [250_000, 300_000, 350_000, 400_000, 450_000, 500_000]
    assert [total(load_source(f"{reports / 'two-dumps.txt'}#{number}")) for number in (1, 2)] == [12_000, 92_000]
