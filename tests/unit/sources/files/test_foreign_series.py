"""Folders that other tools filled over time are series."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.errors import InputError
from droidanon.sources.resolve import expand_side, load_source, resolve
from tests.builders import make_series, text
from tests.messages import mentions, numbers
from tests.series import open_series


def smaps(size: int) -> str:
    return text(("[anon:scudo:primary]", size))


def cobalt(folder: Path, *sizes: int, pid: int = 77) -> Path:
    """As youtube/cobalt's smaps_capture.py leaves it: a text every two minutes."""
    folder.mkdir()
    for place, size in enumerate(sizes):
        (folder / f"smaps_20260102_03{2 * place:02}05_{pid}.txt").write_text(smaps(size))
    return folder


def dumps(folder: Path, app: str, *sizes: int) -> Path:
    """As Gracker's live_dumper.py leaves it: a folder a dump."""
    for place, size in enumerate(sizes):
        dump = folder / f"{app}_20260102_03{2 * place:02}05"
        dump.mkdir(parents=True)
        (dump / "smaps.txt").write_text(smaps(size))
        (dump / "meta.txt").write_text(f"Package: {app}\nPID: {70 + place}\nTimestamp: x\n")
    return folder


def test_a_folder_of_cobalts_is_a_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = cobalt(tmp_path / "logs", 100, 120, 140, 160)
    (folder / "smaps_20260102_035905_77.txt").touch()
    (folder / "analysis_output.json").write_text("{}")
    series = open_series(str(folder))
    assert series is not None
    assert [(taken.file, taken.created, taken.begun_s) for taken in series.captures[:2]] == [
        ("smaps_20260102_030005_77.txt", "2026-01-02T03:00:05Z", 0.0),
        ("smaps_20260102_030205_77.txt", "2026-01-02T03:02:05Z", 120.0),
    ]
    assert run(["show", str(folder), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    (row,) = data["rows"]
    assert (row["app"], row["min_kb"], row["max_kb"], row["last_kb"], row["slope_kb"]) == ("logs", 100, 160, 160, 10.0)
    assert (data["per"], data["series"]["state"]) == ("minute", "imported")
    first, second = (note["message"] for note in data["notes"])
    assert numbers(first) == [4]
    assert mentions(second, "analysis_output.json", "smaps_20260102_035905_77.txt")
    assert run(["trend", str(folder), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["totals"]["slope_kb"] == 10.0
    assert len(data["notes"]) == 2
    assert run(["diff", f"{folder}#1", f"{folder}#4", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["totals"]["delta_kb"] == 60
    assert run(["diff", str(folder), str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["replicates"] == [4, 4]


def test_its_newest_and_any_other(tmp_path: Path) -> None:
    folder = cobalt(tmp_path / "logs", 100, 120)
    taken = load_source(str(folder))
    assert (taken.created, taken.processes[0].name, taken.processes[0].pid) == ("2026-01-02T03:02:05Z", "logs", 77)
    assert mentions(taken.notes[-1].message, "2", "smaps_20260102_030205_77.txt")
    assert load_source(f"{folder}#1").created == "2026-01-02T03:00:05Z"
    with pytest.raises(InputError, match="#3: .* 2 "):
        load_source(f"{folder}#3")
    for source in (f"{folder}#0", f"{folder}#x", f"{tmp_path}#1", "no/where#1"):
        with pytest.raises(InputError, match=source.replace(".", r"\.")):
            load_source(source)
    (tmp_path / "logs#2").write_text(smaps(5))
    assert load_source(f"{folder}#2").vmas.counters["pss_kb"].tolist() == [5]
    recorded = make_series(tmp_path / "recorded")
    assert load_source(f"{recorded.path}#2").created == "2026-01-01T00:01:00Z"


def test_several_processes_at_a_time(tmp_path: Path) -> None:
    folder = cobalt(tmp_path / "logs", 100, 120)
    (folder / "smaps_20260102_030006_88.txt").write_text(smaps(7))
    (folder / "smaps_20260102_030211_88.txt").write_text(smaps(8))
    series = open_series(str(folder))
    assert series is not None
    assert expand_side(str(folder)) == series.sources == [f"{folder}#1", f"{folder}#2"]
    assert numbers(series.notes[1].message) == [4, 30]
    for number, sizes in ((1, [100, 7]), (2, [120, 8])):
        taken = load_source(f"{folder}#{number}")
        assert taken.vmas.counters["pss_kb"].tolist() == sizes
        assert [process.pid for process in taken.processes] == [77, 88]
    assert load_source(str(folder), pid=88).vmas.counters["pss_kb"].tolist() == [8]


def test_a_process_that_was_started_again(tmp_path: Path) -> None:
    folder = cobalt(tmp_path / "logs", 100, 120)
    (folder / "smaps_20260102_030405_88.txt").write_text(smaps(7))
    series = open_series(str(folder))
    assert series is not None
    assert len(series.captures) == 3


def test_dumps_of_one_app_are_a_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = dumps(tmp_path / "dumps", "com.example.app", 100, 130)
    (folder / "com.example.app_20260102_040000").mkdir()
    (folder / "com.example.app_20260102_040000" / "gfxinfo.txt").write_text("x")
    assert run(["show", str(folder), "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [(row["app"], row["last_kb"], row["captures"]) for row in data["rows"]] == [("com.example.app", 130, 2)]
    assert data["series"]["created"] == ["2026-01-02T03:00:05Z", "2026-01-02T03:02:05Z"]
    assert "com.example.app_20260102_040000" in data["notes"][1]["message"]
    assert load_source(str(folder)).processes[0].pid == 71


def test_what_is_no_series(tmp_path: Path) -> None:
    one = cobalt(tmp_path / "one", 100)
    assert open_series(str(one)) is None
    assert load_source(str(one)).created == "2026-01-02T03:00:05Z"
    mixed = dumps(dumps(tmp_path / "mixed", "com.a", 1, 2), "com.b", 3)
    assert open_series(str(mixed)) is None
    with pytest.raises(InputError, match="2026-01-02T03:00:05Z.*2026-01-02T03:02:05Z"):
        load_source(str(mixed))
    assert len(expand_side(str(mixed / "com.a_*"))) == 2
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(cobalt(tmp_path / "logs", 1, 2), "logs")
    with pytest.raises(InputError, match=r"x\.tar: .*2026-01-02T03:00:05Z"):
        load_source(str(tmp_path / "x.tar"))
    odd = tmp_path / "odd"
    odd.mkdir()
    for name in ("smaps_20261302_030405_7.txt", "smaps_20260102_0304_7.txt"):
        (odd / name).write_text(smaps(5))
    assert open_series(str(odd)) is None
    assert resolve(str(odd)).describe() == str(odd)


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = cobalt(tmp_path / "logs", 100, 120)

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert open_series(str(folder)) is None
