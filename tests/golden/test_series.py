"""What commands say of a series."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from droidanon.cli.main import run
from tests.builders import make_series


def test_show_a_series(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_series(Path("s"), (100, 130, 110))
    assert run(["mark", "s", "logged in"]) == 0
    capsys.readouterr()
    assert run(["show", "s"]) == 0
    said = capsys.readouterr()
    assert said.out == (
        "app    least  median  most  last  slope  captures\n"
        "com.a    100     110   130   110     +5         3\n"
        "-----  -----  ------  ----  ----  -----  --------\n"
        "TOTAL    100     110   130   110     +5         3\n"
    )
    assert "total_pss_kb of 3 captures, 2026-01-01T00:00:00Z to 2026-01-01T00:02:00Z (done)" in said.err
    assert "logged in" in said.err
    assert run(["show", "s", "--json", "--counters", "pss", "--by", "app,category"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["counter"], data["per"], data["series"]["state"]) == ("pss_kb", "minute", "done")
    assert data["series"]["marks"][0]["note"] == "logged in"
    assert data["rows"][0]["category"] == "native.scudo.primary"
    assert run(["show", "s", "--csv"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "com.a,100,110.0,130,110,5.0,3"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "s", "--app", "com.b"], 1, "com.b: not in this source; did you mean com.a?"),
        (["show", "s", "--sort", "rss_kb"], 2, "sorted by their median"),
        (["show", "s", "--counters", "all"], 2, "one counter at a time"),
        (["mark", "nowhere", "x"], 2, "nowhere: not a series"),
        (["record", "one.smaps"], 2, "only a phone or this host"),
        (["show", "one.smaps", "--json", "--csv"], 2, "not both"),
        (["capture", "--access", "magic"], 2, "one of auto, root"),
        (["record", "--all", "--app", "com.a"], 2, "--all goes with neither"),
        (["record", "--every", "0"], 2, "at least 1 s"),
        (["record", "--for", "soon"], 2, "not a time"),
        (["record", "--all-devices", "-s", "x"], 2, "stands alone"),
        (["capture", "-s", "a", "-s", "b", "-o", "x.parquet"], 2, "-o is one file"),
    ],
)
def test_series_that_can_not_be(
    captured: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    make_series(Path("s"))
    assert run(arguments) == code
    said = capsys.readouterr()
    assert message in said.err
    assert said.out == ""


def test_info_of_a_series_is_of_its_newest(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    series = make_series(Path("s"))
    assert run(["info", "s", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["notes"] == [
        {"where": "s", "message": f"a series of 3 captures; this is its newest, {series.captures[2].file}"}
    ]
    assert run(["info", "s"]) == 0
    assert "this is its newest" in capsys.readouterr().out
    assert run(["ls", "--captures", "."]) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("s ")]
    assert row.split()[4:7] == ["110", "1", "3"]
