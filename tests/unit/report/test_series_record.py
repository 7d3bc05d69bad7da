"""The line that ends a recording."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.report.captures import series_summary
from droidanon.store.parquet import save_capture
from droidanon.store.series import Series, SeriesCapture
from tests.builders import capture, text


@pytest.mark.parametrize(
    ("fidelity", "counter"),
    [
        (["smaps", "smaps"], ""),
        (["smaps", "status"], ""),
        (["status", "status"], " --counter anon_swap"),
        (["none", "meminfo"], ""),
    ],
)
def test_the_command_shows_a_counter_that_the_series_has(tmp_path: Path, fidelity: list[str], counter: str) -> None:
    made = capture({"com.a": text(("[heap]", 4)), "com.b": text(("[heap]", 4))})
    processes = [replace(one, fidelity=each) for one, each in zip(made.processes, fidelity, strict=True)]
    save_capture(replace(made, processes=processes), tmp_path / "one.parquet")
    summary = series_summary(Series(tmp_path, (SeriesCapture("one.parquet"),), state="done"))
    assert summary == f"done: 1 capture; to see it: droidanon show {tmp_path}{counter}"


def test_a_capture_that_is_gone_does_not_matter(tmp_path: Path) -> None:
    summary = series_summary(Series(tmp_path, (SeriesCapture("gone.parquet"),), state="done"))
    assert summary.endswith(f"droidanon show {tmp_path}")
