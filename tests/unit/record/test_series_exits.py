"""The last sample or capture of a process before its exit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import droidanon
from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.record.samples import SampleLog
from droidanon.record.series_exits import exits_of
from droidanon.sources.resolve import resolve
from droidanon.sources.sampling.sample import ProcessSample, Sample
from droidanon.store import parquet
from droidanon.store.exits import SeriesExit, add_exits
from droidanon.store.parquet import save_capture
from droidanon.store.series import Series, SeriesCapture, iso_time, write_manifest
from tests.builders import capture, text

BEGIN = datetime(2026, 1, 1, 10, tzinfo=UTC)


def at(seconds: float) -> str:
    return iso_time((BEGIN + timedelta(seconds=seconds)).timestamp())


def process_sample(pid: int, anon_kb: int | None) -> ProcessSample:
    return ProcessSample(pid, "com.a", rss_anon_kb=anon_kb, swap_kb=5, rss_kb=9000)


def make_series(folder: Path) -> Path:
    """Captures at 0 s and 60 s, samples every 10 s until 50 s; pid 1 ends at 62 s, 2 at 33 s, 3 was never seen."""
    folder.mkdir()
    entries = []
    for begun, pids in ((0.0, (1, 2)), (60.0, (1,))):
        taken = capture({"com.a": text(("[anon:x]", 100))})
        status = {"rss_anon_kb": 1000 + int(begun), "vm_swap_kb": 1, "vm_rss_kb": 2000}
        one = replace(taken.processes[0], status_kb=status)
        taken = replace(
            taken,
            processes=tuple(
                replace(one, pid=pid, rows=one.rows if place == 0 else 0) for place, pid in enumerate(pids)
            ),
        )
        save_capture(taken, folder / f"{int(begun)}.parquet")
        entries.append(SeriesCapture(f"{int(begun)}.parquet", at(begun), begun, begun, 1.0))
    write_manifest(Series(folder, tuple(entries), started=at(0), state="done", app="com.a"))
    log = SampleLog(folder)
    for seconds in range(0, 60, 10):
        processes = [process_sample(1, 3000 + seconds)]
        processes += [process_sample(2, 4000 + seconds)] if seconds <= 30 else []
        log.add(Sample((BEGIN + timedelta(seconds=seconds)).timestamp(), tuple(processes)))
        if seconds == 20:
            log.flush()
    log.flush()
    exits = [(2, 33.0, "com.a"), (1, 62.0, "com.a"), (3, 65.0, "com.b")]
    add_exits(
        folder,
        [
            SeriesExit(at(when), ProcessExit(app, app, pid, BEGIN + timedelta(seconds=when + 3600), 17))
            for pid, when, app in exits
        ],
    )
    return folder


def test_the_later_of_sample_and_capture(tmp_path: Path) -> None:
    found = exits_of(resolve(str(make_series(tmp_path / "s"))))
    assert [one.pid for one in found.exits] == [3, 1, 2]
    assert found.series_times == [at(65), at(62), at(33)]
    never, by_capture, by_sample = found.last_seen
    assert never is None
    assert by_capture is not None and by_sample is not None
    assert (by_capture.kind, by_capture.time, by_capture.before_s) == ("capture", at(60), 2.0)
    assert (by_capture.anon_swap_kb, by_capture.rss_kb) == (1061, 2000)
    assert (by_sample.kind, by_sample.time, by_sample.before_s) == ("sample", at(30), 3.0)
    assert (by_sample.anon_swap_kb, by_sample.rss_kb) == (4035, 9000)


def test_each_capture_is_opened_once(tmp_path: Path) -> None:
    """Also if many processes ended that no capture has."""
    series = make_series(tmp_path / "s")
    add_exits(
        series,
        [SeriesExit(at(70), ProcessExit("com.a", "com.a", pid, BEGIN, 3, 10001, 0)) for pid in range(100, 120)],
    )
    with patch.object(parquet, "open_capture", wraps=parquet.open_capture) as opened:
        assert len(exits_of(resolve(str(series))).exits) > 20
    assert opened.call_count == 2


def test_an_app_and_damage(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "s")
    (folder / "60.parquet").write_bytes(b"damaged")
    (folder / "status" / "00002.parquet").write_bytes(b"damaged")
    found = exits_of(resolve(str(folder)), "com.a")
    assert [one.pid for one in found.exits] == [1, 2]
    assert [(seen.kind, seen.time) for seen in found.last_seen if seen] == [("sample", at(20)), ("sample", at(20))]


def test_as_a_frame(tmp_path: Path) -> None:
    frame = droidanon.exits(make_series(tmp_path / "s"), app="com.a")
    assert frame["last_anon_swap_kb"].tolist() == [1061, 4035]
    assert frame["last_seen"].tolist() == ["capture", "sample"]


def test_a_series_of_an_old_version_has_none(tmp_path: Path) -> None:
    folder = make_series(tmp_path / "s")
    (folder / "exits.jsonl").unlink()
    found = exits_of(resolve(str(folder)))
    assert (found.exits, len(found.notes)) == ((), 1)
