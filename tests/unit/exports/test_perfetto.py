"""Perfetto traces, read back by droidanon's own importer."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as messages

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.view import View
from droidanon.errors import DroidanonError, InputError
from droidanon.model import Capture
from droidanon.sources.resolve import load_source
from tests.builders import capture, text
from tests.series import open_series
from tests.unit.exports.exported import exported, hostile, view_of, without_swap_pss

COUNTERS = ("size_kb", "rss_kb", "pss_kb", "private_dirty_kb", "anonymous_kb", "swap_kb", "swap_pss_kb", "locked_kb")


def written(path: Path, *views: View) -> str:
    path.write_bytes(exported("perfetto", *views))
    return str(path)


def sums(made: Capture) -> dict[tuple[object, ...], list[object]]:
    rows = breakdown(View(made), ("process", "name"), counters=COUNTERS).rows.records()
    return {(row["process"], row["pid"], row["name"]): [row[counter] for counter in COUNTERS] for row in rows}


@pytest.mark.parametrize("view", [view_of(), hostile(), without_swap_pss()], ids=["plain", "hostile", "incomplete"])
def test_the_importer_reads_equal_numbers(tmp_path: Path, view: View) -> None:
    back = load_source(written(tmp_path / "x.pftrace", view))
    assert back.problems == ()
    assert back.created == view.capture.created
    assert sums(back) == sums(view.capture)


def test_processes(tmp_path: Path) -> None:
    made = capture({"com.a": text(("[heap]", 1)), "[kworker]": text(("x", 1)), "zygote64": text(("y", 9))})
    processes = (
        replace(made.processes[0], ppid=7, uid=10_001, oom_score_adj=900, status_kb={"rss_anon_kb": 5, "vm_pte_kb": 1}),
        made.processes[1],
        replace(made.processes[2], reference=True),
    )
    path = written(tmp_path / "x.pftrace", View(replace(made, processes=processes)))
    back = load_source(path).processes
    assert [(one.name, one.pid, one.uid, one.ppid) for one in back] == [
        ("com.a", 100, 10_001, 7),
        ("[kworker]", 101, None, None),
    ]
    trace = messages.Trace.FromString(Path(path).read_bytes())
    ((status,),) = (packet.process_stats.processes for packet in trace.packet if packet.HasField("process_stats"))
    assert (status.pid, status.rss_anon_kb, status.oom_score_adj) == (100, 5, 900)
    assert not status.HasField("vm_swap_kb")


def test_processes_without_a_pid_stay_apart(tmp_path: Path) -> None:
    made = capture(
        {"one": text(("[heap]", 1)), "two": text(("[heap]", 2)), "three": text(("[heap]", 4)), "big": text(("x", 8))}
    )
    pids = (None, 5, 5, 9_999_999_999)
    made = replace(made, processes=tuple(replace(one, pid=pid) for one, pid in zip(made.processes, pids, strict=True)))
    back = load_source(written(tmp_path / "x.pftrace", View(made)))
    assert {one.name: one.rows for one in back.processes} == {"one": 1, "two": 1, "three": 1, "big": 1}
    assert len({one.pid for one in back.processes}) == 4


def test_facts_about_the_phone(tmp_path: Path) -> None:
    device: dict[str, str | int] = {
        "build": "google/raven/raven:16/B/1:user/release-keys",
        "sdk": 36,
        "kernel": "6.1.99",
        "abi": "aarch64",
        "page_size": 16384,
    }
    back = load_source(written(tmp_path / "x.pftrace", View(capture(device=device)))).device
    assert {key: back[key] for key in device} == device


def test_a_series_is_a_pass_per_capture(tmp_path: Path) -> None:
    """Also if no process of a capture is in the next."""
    views = [view_of({f"com.a{kb}": text(("[heap]", kb))}, created=f"2026-01-02T03:04:{kb}Z") for kb in (10, 20, 50)]
    views = [
        View(replace(view.capture, processes=(replace(view.capture.processes[0], pid=200 + place),)))
        for place, view in enumerate(views)
    ]
    path = written(tmp_path / "x.pftrace", *views)
    series = open_series(path)
    assert series is not None
    assert [one.created for one in series.captures] == [view.capture.created for view in views]
    assert [sums(load_source(f"{path}#{place}")) for place in (1, 2, 3)] == [sums(view.capture) for view in views]


def test_values_that_do_not_fit_are_refused() -> None:
    made = capture()
    odd = replace(made, processes=(replace(made.processes[0], uid=1 << 40),))
    with pytest.raises(InputError, match="perfetto"):
        exported("perfetto", View(odd))


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "perfetto.trace_builder.proto_builder", None)
    with pytest.raises(DroidanonError, match="perfetto"):
        exported("perfetto", view_of())
