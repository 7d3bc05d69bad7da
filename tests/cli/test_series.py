"""Commands on a series."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.store.series import Mark, add_mark, read_series, write_manifest
from tests.builders import make_series
from tests.messages import mentions


def test_show_a_series(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_series(Path("s"), (100, 130, 110))
    add_mark(Path("s"), Mark("2026-01-01T00:01:00.000Z", "logged in"))
    capsys.readouterr()
    assert run(["show", "s", "--json", "--counters", "pss", "--by", "app,category"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["counter"], data["per"], data["series"]["state"]) == ("pss_kb", "minute", "done")
    assert data["series"]["marks"][0]["note"] == "logged in"
    assert data["rows"][0]["category"] == "native.scudo.primary"
    assert run(["show", "s", "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "com.a,100,110.0,130,110,5.0,3"


def test_info_of_a_series_is_of_its_newest(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    series = make_series(Path("s"))
    assert run(["info", "s", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    (note,) = data["notes"]
    assert note["where"] == "s"
    assert series.captures[2].file in note["message"]
    assert data["info"]["created"] == series.captures[2].created


def test_ls_has_a_row_per_series(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_series(Path("s"))
    assert run(["ls", "--captures", ".", "--json"]) == 0
    (row,) = [row for row in json.loads(capsys.readouterr().out)["rows"] if row["path"] == "s"]
    assert (row["total_pss_kb"], row["processes"], row["captures"]) == (110, 1, 3)


def test_a_mark_after_the_end_of_a_series_is_refused(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    series = make_series(Path("s"))
    assert run(["mark", "s", "while it is recorded"]) == 0
    write_manifest(replace(series, ended="2026-01-01T00:02:00.000Z"))
    assert run(["mark", "s", "too late"]) == 2
    assert mentions(capsys.readouterr().err, "2026-01-01T00:02:00.000Z")
    assert [mark.note for mark in read_series(Path("s")).marks] == ["while it is recorded"]
