"""A series against limits: what its samples and captures hold, in readings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from droidanon.analysis.view import View
from droidanon.errors import UsageError
from droidanon.record.samples import SampleLog
from droidanon.record.series_limits import series_limits
from droidanon.sources.sampling.sample import ProcessSample, Sample, SystemSample
from droidanon.sources.selection import Selection
from droidanon.store.series import STATUS_FOLDER, Series
from tests.builders import capture, entry

GB = 1024 * 1024


def process(name: str, pid: int, anon: int | None, *, uid: int | None = 10_123, adj: int | None = 0) -> ProcessSample:
    return ProcessSample(pid, name, uid=uid, oom_score_adj=adj, rss_anon_kb=anon, swap_kb=5)


def sampled(folder: Path, *samples: tuple[ProcessSample, ...]) -> Series:
    log = SampleLog(folder)
    for place, processes in enumerate(samples):
        log.add(Sample(1000.0 + place, processes, SystemSample(mem_total_kb=6 * GB)))
    log.flush()
    return Series(folder)


def test_samples_have_state_and_judged_number(tmp_path: Path) -> None:
    series = sampled(
        tmp_path,
        (process("com.a", 7, 100), process("com.a:remote", 8, 40, adj=700)),
        (process("com.a", 7, 300, adj=950), process("com.a:remote", 8, None, adj=700)),
    )
    found = series_limits(series, [])
    assert (found.samples, found.limits.total_kb, found.problems) == (3, 6 * GB, ())
    assert {(use.process, use.state, use.readings, use.max_kb) for use in found.limits.uses} == {
        ("com.a", "foreground", 1, 105),
        ("com.a", "cached", 1, 305),
        ("com.a", None, 2, 305),
        ("com.a:remote", "background", 1, 45),
    }


def test_files_of_samples_have_both_as_columns(tmp_path: Path) -> None:
    sampled(tmp_path, (process("com.a", 7, 100), process("lmkd", 3, 50, uid=1069), process("com.b", 8, None, adj=None)))
    table = pq.read_table(tmp_path / STATUS_FOLDER)
    assert table["anon_swap_kb"].to_pylist() == [105, 55, None]
    assert table["app_state"].to_pylist() == ["foreground", None, None]


def test_daemons_and_other_apps_are_left_out(tmp_path: Path) -> None:
    series = sampled(
        tmp_path,
        (process("lmkd", 3, 50, uid=1069), process("com.a", 7, 1), process("com.a:b", 9, 2), process("com.c", 8, 3)),
    )
    assert series_limits(series, []).samples == 3
    chosen = series_limits(series, [], Selection("com.a"))
    assert [use.process for use in chosen.limits.uses] == ["com.a:b", "com.a"]
    assert [use.process for use in series_limits(series, [], Selection(pid=8)).limits.uses] == ["com.c"]


def test_captures_count_too(tmp_path: Path) -> None:
    made = capture({"com.a": entry(Pss=1000, Anonymous=1000, Swap=50)})
    status = {"rss_anon_kb": 195, "vm_swap_kb": 0}
    one = replace(made.processes[0], uid=10_123, oom_score_adj=0, status_kb=status)
    view = View(replace(made, processes=(one,), system={"mem_total_kb": 4 * GB}))
    found = series_limits(sampled(tmp_path, (process("com.a", 7, 100),)), [view])
    (use,) = found.limits.uses
    assert (use.readings, use.p50_kb, found.samples, found.limits.total_kb) == (2, 150, 1, 4 * GB)


def test_a_damaged_file_is_left_out_and_named(tmp_path: Path) -> None:
    series = sampled(tmp_path, (process("com.a", 7, 100),))
    (tmp_path / STATUS_FOLDER / "00002.parquet").write_bytes(b"PAR1")
    found = series_limits(series, [])
    assert [problem.where for problem in found.problems] == ["status/00002.parquet"]
    assert found.samples == 1


def test_samples_of_an_older_version_are_read(tmp_path: Path) -> None:
    """They lack the columns that follow from others."""
    series = sampled(tmp_path, (process("com.a", 7, 100),))
    file = tmp_path / STATUS_FOLDER / "00001.parquet"
    pq.write_table(pq.read_table(file).drop_columns(["app_state", "anon_swap_kb"]), file)
    assert series_limits(series, []).limits.uses[0].max_kb == 105


def test_a_series_without_numbers_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        series_limits(Series(tmp_path), [])
