"""Exits in a series: written, read, damaged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from droidanon.platform.readers.exit_info import ProcessExit
from droidanon.store.exits import EXITS, SeriesExit, add_exits
from droidanon.store.series import Series, read_series, write_manifest

ZONE = timezone(timedelta(hours=5, minutes=30))
EXIT = ProcessExit("com.a", "com.a:b", 7, datetime(2026, 1, 1, 15, 30, 0, 375000, ZONE), 2, 10001, 0, rss_kb=90)
SEEN = SeriesExit("2026-01-01T09:59:58.375Z", EXIT)


def test_the_last_line_of_an_exit_counts(tmp_path: Path) -> None:
    write_manifest(Series(tmp_path))
    later = SeriesExit("2026-01-01T10:10:00.000Z", replace(EXIT, time=EXIT.time + timedelta(minutes=10)))
    add_exits(tmp_path, [later, SEEN])
    reason = SeriesExit(SEEN.time, replace(EXIT, reason=3, description="\x1b[2J"))
    add_exits(tmp_path, [reason])
    series = read_series(tmp_path)
    assert series.exits == (reason, later)
    assert series.problems == ()
    assert "exits" not in json.loads((tmp_path / "series.json").read_text())


def test_a_series_without_exits(tmp_path: Path) -> None:
    write_manifest(Series(tmp_path))
    add_exits(tmp_path, [])
    assert not (tmp_path / EXITS).exists()
    assert read_series(tmp_path).exits == ()


def test_damaged_lines_are_left_out(tmp_path: Path) -> None:
    write_manifest(Series(tmp_path))
    add_exits(tmp_path, [SEEN])
    whole = json.loads((tmp_path / EXITS).read_text())
    changes = (
        {"pid": "7"},
        {"reason": None},
        {"rss_kb": 1 << 80},
        {"process": 1},
        {"time": "2026-01-01"},
        {"phone_time": "2026-01-01T00:00:00"},
    )
    lines = [json.dumps({**whole, **changed}) for changed in changes]
    newer = json.dumps({**whole, "new_key": [1]})
    (tmp_path / EXITS).write_text("\n".join((*lines, "[]", "{", "null", "[" * 9999, newer)) + "\n")
    series = read_series(tmp_path)
    assert series.exits == (SEEN,)
    assert len(series.problems) == len(changes) + 4
