"""The platform's own tools' tables: showmap, procrank, librank, meminfo."""

from __future__ import annotations

from pathlib import Path

import pytest

from droidanon.cli.main import run
from tests.messages import mentions


def test_the_platforms_tools(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["showmap", "a.parquet", "100"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in shown] == [
        "Private",
        "object",
        shown[2].split()[-1],
        "space]",
        "[anon:scudo:primary]",
        shown[2].split()[-1],
        "Private",
        "object",
        shown[2].split()[-1],
        "TOTAL",
    ]
    assert run(["showmap", "a.parquet"]) == 0
    assert capsys.readouterr().out.count("------ SHOW MAP ") == 3
    assert run(["procrank", "a.parquet", "-u", "-R"]) == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:4]] == [
        "surfaceflinger",
        "com.example.app:remote",
        "com.example.app",
    ]
    assert run(["librank", "a.parquet", "-f", "csv"]) == 0
    assert '"[anon:scudo:primary]",130,"com.example.app","[100]",100' in capsys.readouterr().out
    assert run(["librank", "a.parquet", "-m", "rq"]) == 2
    assert run(["showmap", "a.parquet", "100", "--pid", "101"]) == 2


def test_meminfo(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["meminfo", "a.parquet", "com.example.app:remote"]) == 0
    assert "** MEMINFO in pid 101 [com.example.app:remote] **" in capsys.readouterr().out
    assert run(["meminfo", "a.parquet"]) == 0
    assert "        150K: com.example.app (pid 100)" in capsys.readouterr().out
    assert run(["meminfo", "a.parquet", "102", "-s"]) == 0
    assert "Dalvik Heap" not in capsys.readouterr().out


def test_meminfo_of_a_number_that_is_no_pid(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["meminfo", "a.parquet", "9" * 5000]) == 1
    assert mentions(capsys.readouterr().err, "com.example.app")


def test_meminfo_of_an_app_is_the_process_of_its_name(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["meminfo", "a.parquet", "com.example.app"]) == 0
    out = capsys.readouterr()
    assert out.out.count("** MEMINFO") == 1
    assert "--package" in out.err
    assert run(["meminfo", "a.parquet", "com.example.app", "--package"]) == 0
    assert capsys.readouterr().out.count("** MEMINFO") == 2
