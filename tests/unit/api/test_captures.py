"""What `droidanon.open` gives: captures, several of them, series; their frames and how notebooks show them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import droidanon
from tests.builders import APPS, capture, extreme_capture, make_series, text, write_leak

HOSTILE = "<script>alert(1)</script>"


def test_a_capture_by_path_or_text(tmp_path: Path) -> None:
    path = droidanon.save(capture(APPS), tmp_path / "a.parquet")
    for source in (path, str(path)):
        opened = droidanon.open(source)
        assert isinstance(opened, droidanon.OpenedCapture)
        assert isinstance(opened, droidanon.Capture)
        assert [process.name for process in opened.processes] == list(APPS)


def test_a_folder_of_captures_is_a_sequence(tmp_path: Path) -> None:
    write_leak(tmp_path)
    runs = droidanon.open(tmp_path / "leak")
    assert isinstance(runs, droidanon.CaptureList)
    assert len(runs) == 12
    summary = runs.summary_frame()
    assert summary["vmas"].tolist() == [2] * 12
    assert "12 captures" in repr(runs)
    with pytest.raises(IndexError):
        runs[12]


def test_a_series_has_marks_and_gaps(tmp_path: Path) -> None:
    made = make_series(tmp_path / "series")
    series = droidanon.open(made.path)
    assert isinstance(series, droidanon.OpenedSeries)
    assert len(series) == 3
    assert series.state == made.state
    assert len(series.marks_frame()) == len(made.marks)
    assert len(series.gaps_frame()) == len(made.gaps)
    assert str(series.marks_frame()["time"].dtype).startswith("datetime64")
    assert isinstance(series.samples_frame(), pd.DataFrame)


def test_vmas_as_a_frame_sum_as_the_breakdown_does() -> None:
    opened = droidanon.OpenedCapture.of(capture(APPS))
    frame = opened.vmas_frame()
    assert len(frame) == opened.counted_vmas
    by_category = frame.groupby("category", observed=True)["pss_kb"].sum().to_dict()
    rows = droidanon.breakdown(opened, by="category", counters="pss")
    assert by_category == dict(zip(rows["category"], rows["pss_kb"], strict=True))
    for name in ("app", "process", "heap", "category", "rule", "name"):
        assert isinstance(frame[name].dtype, pd.CategoricalDtype)
    assert list(opened.vmas_frame(counters="pss,rss_kb").columns[-2:]) == ["pss_kb", "rss_kb"]
    with pytest.raises(droidanon.UsageError):
        opened.vmas_frame(counters="nonsense")


def test_extreme_values_survive() -> None:
    made = extreme_capture()
    frame = droidanon.OpenedCapture.of(made).vmas_frame()
    assert int(frame["start"].max()) == 0xFFFFFFFFFF600000
    assert frame["swap_pss_kb"].isna().sum() == 1
    assert len(droidanon.OpenedCapture.of(made).processes_frame()) == len(made.processes)


def test_processes_as_a_frame() -> None:
    made = capture(APPS)
    with_status = replace(made.processes[0], status_kb={"rss_anon_kb": 7}, uid=1_010_123)
    frame = droidanon.OpenedCapture.of(replace(made, processes=(with_status, *made.processes[1:]))).processes_frame()
    assert frame["process"].tolist() == list(APPS)
    assert frame["rss_anon_kb"].tolist()[0] == 7
    assert frame["rss_anon_kb"].isna().tolist() == [False, True, True]
    assert frame["user"].tolist()[0] == 10
    assert frame["vmas"].tolist() == [2, 1, 1]


def test_reprs_are_short_and_safe() -> None:
    made = droidanon.OpenedCapture.of(replace(capture({HOSTILE: text(("[anon:x]", 10))}), labels={"a": HOSTILE}))
    assert len(repr(made)) < 120
    assert "<script>" not in made._repr_html_()
    change = droidanon.diff(made, made, by="process", all_rows=True)
    assert len(repr(change)) < 200
    assert "<script>" not in change._repr_html_()
    growth = droidanon.trend([made] * 3, by="process", per="capture")
    assert len(repr(growth)) < 200
    assert "<script>" not in growth._repr_html_()


def test_sides_of_every_kind(tmp_path: Path) -> None:
    write_leak(tmp_path)
    paths = sorted((tmp_path / "leak").glob("*.parquet"))
    first, last = droidanon.load(paths[0]), droidanon.load(paths[-1])
    expected = droidanon.diff(first, last, by="category", counter="pss").total["delta_kb"]
    for base, new in ((paths[0], str(paths[-1])), ([first], iter([last]))):
        assert droidanon.diff(base, new, by="category", counter="pss_kb").total["delta_kb"] == expected
    replicates = droidanon.diff(tmp_path / "leak", droidanon.open(tmp_path / "leak"), by="category:1")
    assert replicates.replicates == (12, 12)
    assert droidanon.diff(first, last, by="name", app="com.example.app").total["delta_kb"] == expected
    with pytest.raises(droidanon.ProcessError):
        droidanon.diff(first, last, app="com.example.other")
    with pytest.raises(droidanon.UsageError):
        droidanon.diff(tmp_path / "leak", first, by="vma")


def test_a_trend_has_values_and_steps_by_key(tmp_path: Path) -> None:
    write_leak(tmp_path)
    growth = droidanon.trend(str(tmp_path / "leak"), by="app,name", counter="pss")
    assert growth.values.shape == (len(growth.rows), 12)
    assert list(growth.values.index.names) == ["app", "name"]
    scudo = growth.values.xs("[anon:scudo:primary]", level="name").iloc[0]
    assert scudo.tolist() == [900 + 10 * place + place % 3 for place in range(12)]
    assert {"app", "name", "at", "change_kb"} == set(growth.steps.columns)
    assert list(growth.values.columns) == list(growth.when)


def test_reference_processes_are_in_no_frame_of_vmas() -> None:
    made = capture(APPS)
    reference = (*made.processes[:2], replace(made.processes[2], reference=True))
    opened = droidanon.OpenedCapture.of(replace(made, processes=reference))
    assert opened.vmas_frame()["process"].unique().tolist() == list(APPS)[:2]
    assert opened.vmas_frame()["pss_kb"].sum() == droidanon.breakdown(opened, counters="pss")["pss_kb"].sum()
    assert opened.processes_frame()["reference"].tolist() == [False, False, True]


@pytest.mark.parametrize("top", [0, -1])
def test_wrong_arguments_are_usage_errors(top: int) -> None:
    with pytest.raises(droidanon.UsageError):
        droidanon.breakdown(capture(), top=top)
    with pytest.raises(droidanon.UsageError):
        droidanon.diff(capture(), 5)  # type: ignore[arg-type]
