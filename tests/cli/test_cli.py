"""Commands on a capture and its file."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.store.library import samples_folder
from droidanon.store.parquet import save_capture
from testphone.phone import FakeServer, Phone
from tests.builders import APPS, capture, entry, text


def test_a_companion_is_nowhere_in_the_numbers(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A zygote that was taken along does not make an app's capture one of several apps, nor is it counted."""
    taken = capture({"zygote64": text(("[anon:dalvik-zygote space]", 500)), **APPS})
    processes = tuple(replace(process, reference=process.name != "com.example.app") for process in taken.processes)
    save_capture(replace(taken, processes=processes), captured / "app.parquet")
    assert run(["show", "app.parquet", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["totals"]["pss_kb"], shown["totals"]["vmas"], shown["problems"]) == (150, 2, [])
    assert {row["category"] for row in shown["rows"]} == {"native.scudo.primary", "java.heap.main-space"}
    assert run(["info", "app.parquet", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)["info"]
    assert {key: facts[key] for key in ("processes", "vmas", "companions")} == {
        "processes": 1,
        "vmas": 2,
        "companions": 3,
    }


def test_show_json(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "one.smaps", "--by", "heap", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == 1
    assert data["source"] == "one.smaps"
    assert [(row["heap"], row["pss_kb"], row["vmas"]) for row in data["rows"]] == [
        ("Native Heap", 100, 1),
        ("Dalvik Heap", 50, 1),
    ]
    assert {"uss_kb", "total_pss_kb", "swappable_pss_kb", "swap_kb", "swap_pss_kb"} <= set(data["rows"][0])
    assert data["totals"]["total_pss_kb"] == 150
    assert data["app_summary"]["native-heap"] == 100
    assert data["problems"] == data["warnings"] == []


def test_csv(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "a.parquet", "--by", "process", "--csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("process,pid,size_kb")
    assert len(lines) == 4


def test_info_csv_lists_the_processes(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", "a.parquet", "--csv"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "process,pid,app,package,uid,oom_score_adj,fidelity,companion,vmas",
        "com.example.app,100,com.example.app,com.example.app,,,smaps,False,2",
        "com.example.app:remote,101,com.example.app,com.example.app,,,smaps,False,1",
        "surfaceflinger,102,surfaceflinger,,,,smaps,False,1",
    ]


def test_capture_ls_info_and_export(captured: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["capture", "one.smaps", "--captures", "kept", "--label", "build=7"]) == 0
    path = Path(capsysbinary.readouterr().out.decode().strip())
    assert path.parent == Path("kept")
    assert run(["ls", "--captures", "kept", "--json"]) == 0
    (row,) = json.loads(capsysbinary.readouterr().out)["rows"]
    assert (row["labels"], row["total_pss_kb"]) == ({"build": "7"}, 150)
    assert run(["info", str(path)]) == 0
    assert b"label.build" in capsysbinary.readouterr().out
    assert run(["export", str(path)]) == 0
    assert capsysbinary.readouterr().out == APPS["com.example.app"].encode()


def test_export_to_a_folder(captured: Path) -> None:
    assert run(["export", "a.parquet", "-o", "texts"]) == 0
    assert {path.name for path in Path("texts").iterdir()} == {
        "com.example.app-100.smaps",
        "com.example.app_remote-101.smaps",
        "surfaceflinger-102.smaps",
        "ps.txt",
    }
    assert Path("texts/surfaceflinger-102.smaps").read_text() == APPS["surfaceflinger"]
    assert run(["export", "a.parquet"]) == 2


def test_an_export_reads_back_as_the_capture(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = capture({**APPS, "zygote64": text(("[anon:dalvik-zygote space]", 500))})
    processes = tuple(replace(process, reference=process.name == "zygote64") for process in taken.processes)
    save_capture(replace(taken, processes=processes), captured / "app.parquet")
    assert run(["export", "app.parquet", "-o", "back"]) == 0
    assert "--pid" in capsys.readouterr().err
    assert len(list(Path("back").glob("*.smaps"))) == 3
    tables = []
    for source in ("app.parquet", "back"):
        assert run(["show", source, "--by", "app,process,name", "--counters", "total_pss,rss"]) == 0
        tables.append(sorted(capsys.readouterr().out.splitlines()))
    assert tables[0] == tables[1]
    assert "com.example.app:remote" in "".join(tables[1])


def test_an_export_tells_whose_child_each_process_is(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What an app inherits is from its own zygote, also where another one would explain more."""
    page = [entry("[anon:dalvik-main space]", start=0x10000000, Rss=kb, Shared_Dirty=kb) for kb in (8, 30, 40)]
    taken = capture({"init": "", "zygote": page[1], "zygote64": page[2], "com.a": page[0], "com.b": page[0]})
    parents = {"init": 0, "zygote": 100, "zygote64": 100, "com.a": 102, "com.b": 100}
    pids = {name: 100 + place for place, name in enumerate(parents)} | {"init": 1}
    parents = {name: 1 if parent == 100 else parent for name, parent in parents.items()}
    processes = tuple(replace(one, pid=pids[one.name], ppid=parents[one.name], uid=10001) for one in taken.processes)
    save_capture(replace(taken, processes=processes), captured / "family.parquet")
    assert run(["export", "family.parquet", "-o", "back"]) == 0
    assert Path("back/ps.txt").read_text().splitlines()[:2] == [
        "    PID    PPID     UID NAME",
        "      1       0   10001 init",
    ]
    capsys.readouterr()
    tables = []
    for source in ("family.parquet", "back"):
        assert run(["show", source, "--by", "process", "--counters", "rss,inherited,own", "--json"]) == 0
        tables.append({row["process"]: row for row in json.loads(capsys.readouterr().out)["rows"]})
    assert tables[0] == tables[1]
    assert [tables[1][name]["inherited_kb"] for name in ("com.a", "com.b")] == [8, 0]


def test_damage_in_a_readable_text_is_reported_and_no_failure(
    captured: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("torn.smaps").write_text(APPS["com.example.app"][:-420])
    assert run(["show", "torn.smaps", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"]


def test_device_text_cannot_act_on_the_terminal(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("evil.smaps").write_text(entry("[anon:\x1b[2J\x9b[red]x[/red]\u202e]"))
    for arguments in (["--by", "name"], ["--by", "name", "--json"], ["--by", "name", "--csv"]):
        assert run(["show", "evil.smaps", *arguments]) == 0
        out = capsys.readouterr().out
        assert "\x1b" not in out
        assert "\x9b" not in out
        assert "\u202e" not in out
    assert run(["show", "evil.smaps", "--by", "name"]) == 0
    assert "[red]x[/red]" in capsys.readouterr().out


def test_stdin(captured: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(APPS["surfaceflinger"].encode())))
    assert run(["show", "-", "--by", "app"]) == 0
    assert "TOTAL" in capsys.readouterr().out


def test_the_samples_open(capsys: pytest.CaptureFixture[str]) -> None:
    folder = samples_folder()
    assert folder is not None
    assert run(["ls", str(folder), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["rows"]) == 3
    first, second = sorted(folder.glob("*example*.parquet"))
    assert run(["diff", str(first), str(second), "--by", "category:1"]) == 0
    assert "native" in capsys.readouterr().out


def test_devices_that_can_not_be_used(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer({"A": "unauthorized"}) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        assert run(["devices", "--json"]) == 1
        (row,) = json.loads(capsys.readouterr().out)["rows"]
        assert row["state"] == "unauthorized"
        assert run(["devices", "--csv"]) == 1
        assert capsys.readouterr().out.splitlines()[1].startswith("A,unauthorized,")
        assert run(["show", "adb:"]) == 1
        assert capsys.readouterr().err.startswith("droidanon: A: ")
    with FakeServer({}) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        assert run(["devices", "--json"]) == 1
        assert json.loads(capsys.readouterr().out)["rows"] == []


def test_devices_that_can_be_used(phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["devices", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["state"], row["access"]) == ("device", "root")


def test_ctrl_c_is_130(captured: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import droidanon.sources.resolve

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(droidanon.sources.resolve, "resolve", interrupted)
    assert run(["show", "a.parquet"]) == 130
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_no_command_has_an_option_twice() -> None:
    import typer.main

    from droidanon.cli.main import COMMANDS, SECTIONS
    from droidanon.cli.typer_app import make_app

    group = typer.main.get_command(make_app(COMMANDS, lambda command: command, SECTIONS))
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        options = [option for parameter in command.params for option in parameter.opts]
        assert len(options) == len(set(options)), name
