"""Command lines: what stdout, stderr and the exit code are."""

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
from tests.builders import capture, entry, make_series, text
from tests.phone.fake_server import FakeServer

APPS = {
    "com.example.app": text(("[anon:scudo:primary]", 100), ("[anon:dalvik-main space]", 50)),
    "com.example.app:remote": text(("[anon:scudo:primary]", 30)),
    "surfaceflinger": text(("[anon:scudo:secondary]", 11)),
}


@pytest.fixture
def captured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    save_capture(capture(APPS), tmp_path / "a.parquet")
    grown = {**APPS, "com.example.app": text(("[anon:scudo:primary]", 164), ("[anon:dalvik-main space]", 50))}
    save_capture(capture(grown), tmp_path / "b.parquet")
    (tmp_path / "one.smaps").write_text(APPS["com.example.app"])
    return tmp_path


def test_a_companion_is_nowhere_in_the_numbers(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A zygote that was taken along does not make an app's capture one of several apps, nor is it counted."""
    taken = capture({"zygote64": text(("[anon:dalvik-zygote space]", 500)), **APPS})
    processes = tuple(replace(process, companion=process.name != "com.example.app") for process in taken.processes)
    save_capture(replace(taken, processes=processes), captured / "app.parquet")
    assert run(["show", "app.parquet", "--counters", "pss"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("category ")
    assert "TOTAL                 150     2" in told.out
    assert "could not be read" not in told.err
    assert run(["info", "app.parquet", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)["info"]
    assert {key: facts[key] for key in ("processes", "vmas", "companions")} == {
        "processes": 1,
        "vmas": 2,
        "companions": 3,
    }
    assert run(["capture", "app.parquet", "-o", "again.parquet"]) == 0
    assert "1 process, 2 VMAs," in capsys.readouterr().err


def test_show_by_app(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "a.parquet", "--counters", "total_pss,rss"]) == 0
    assert capsys.readouterr().out == (
        "app              total PSS  RSS  VMAs\n"
        "com.example.app        180  180     3\n"
        "surfaceflinger          11   11     1\n"
        "---------------  ---------  ---  ----\n"
        "TOTAL                  191  191     4\n"
    )


def test_show_json(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "one.smaps", "--by", "heap", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["schema"] == 1
    assert data["source"] == "one.smaps"
    assert [(row["heap"], row["pss_kb"], row["vmas"]) for row in data["rows"]] == [
        ("Native Heap", 100, 1), ("Dalvik Heap", 50, 1),
    ]  # fmt: skip
    assert {"uss_kb", "total_pss_kb", "swappable_pss_kb", "swap_kb", "swap_pss_kb"} <= set(data["rows"][0])
    assert data["totals"]["total_pss_kb"] == 150
    assert data["app_summary"]["native-heap"] == 100
    assert data["problems"] == data["warnings"] == []


def test_diff(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "a.parquet", "b.parquet", "--by", "category"]) == 0
    out = capsys.readouterr()
    assert out.out.splitlines()[1].split() == ["native.scudo.primary", "both", "130", "194", "+64", "+49.2"]
    assert "noise can't be told from change" in out.err
    assert run(["diff", "a.parquet", "a.parquet", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["rows"] == []
    assert data["totals"]["delta_kb"] == 0


def test_diff_of_replicates(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, more in (("before", 0), ("after", 40)):
        Path(name).mkdir()
        for run_, noise in enumerate((0, 3, 1, 2)):
            grown = {
                **APPS,
                "com.example.app": text(("[anon:scudo:primary]", 900 + noise + more), ("[anon:v8]", 50 - noise)),
            }
            save_capture(capture(grown), Path(name) / f"{run_}.parquet")
    assert run(["diff", "before", "after/*.parquet", "--by", "category", "--significant", "--all"]) == 0
    out = capsys.readouterr()
    cells = out.out.splitlines()[1].split()
    assert cells[:6] == ["native.scudo.primary", "both", "932", "972", "+40", "+4.3"]
    assert (cells[8], cells[-1]) == ("0.029", "higher")
    assert "[anon:" not in out.out
    assert "private_swap_pss_kb" in out.out
    assert "left out: 2 of 3 rows" in out.err
    assert "rows need not add up" in out.err
    assert run(["diff", "before", "after", "--by", "category", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["replicates"] == [4, 4]
    row = data["rows"][0]
    assert (row["delta_kb"], row["verdict"]) == (40.0, "higher")
    assert 35 < row["low_kb"] < 40 < row["high_kb"] < 45
    assert row["p_value"] == pytest.approx(2 / 70)
    assert data["totals"]["verdict"] == "higher"
    assert [head["counter"] for head in data["headline"]] == ["private_swap_pss_kb", "anon_swap_kb", "total_pss_kb"]
    assert run(["diff", "before", "after", "--paired", "--csv"]) == 0
    out = capsys.readouterr()
    assert out.out.startswith("app,category,status,verdict,note,base_kb")
    assert out.err == ""


def test_diff_leaves_out_small_changes(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "a.parquet", "b.parquet", "--by", "app", "--min", "65kB"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["(other)", "both", "180", "244", "+64", "+35.6"]
    assert lines[-1].split() == ["total_pss_kb", "191", "255", "+64", "+33.5"]


def test_diff_by_vma_as_bars_and_as_markdown(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "a.parquet", "b.parquet", "--by", "vma"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == [
        "com.example.app", "com.example.app", "[anon:scudo:primary]", "rw-p", "grown", "7000000000-7000019000",
        "7000000000-7000029000", "100", "164", "100", "164", "+64", "+64.0",
    ]  # fmt: skip
    assert run(["diff", "a.parquet", "b.parquet", "--by", "vma", "--all", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [row["status"] for row in data["rows"]] == ["grown", "same", "same", "moved"]
    assert sum(row["new_kb"] for row in data["rows"]) == data["totals"]["new_kb"] == 255
    assert run(["diff", "a.parquet", "b.parquet", "--by", "category:1", "--waterfall"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in out[:3]] == [["base", "191"], ["native", "+64"], ["new", "255"]]
    assert run(["diff", "a.parquet", "b.parquet", "--markdown"]) == 0
    assert "| `com.example.app` | `native.scudo.primary` | both | 130 | 194 | +64 | +49.2 |" in capsys.readouterr().out


def test_trend(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("leak").mkdir()
    for place in range(12):
        grown = text(("[anon:scudo:primary]", 900 + 10 * place + place % 3), ("[anon:v8]", 50 + place % 2))
        taken = replace(capture({"com.example.app": grown}), created=f"2026-01-02T03:{2 * place:02d}:00Z")
        save_capture(taken, Path("leak") / f"{place:02d}.parquet")
    assert run(["trend", "leak", "--by", "category", "--significant"]) == 0
    out = capsys.readouterr()
    cells = out.out.splitlines()[1].split()
    assert (cells[:4], cells[7]) == (["native.scudo.primary", "900", "1,012", "+5"], "grows")
    assert "kB a minute, over 12 captures" in out.err
    assert "left out: 1 of 2 rows" in out.err
    assert run(["trend", "leak/*.parquet", "--per", "capture", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["per"], data["when"][:2], data["counter"]) == ("capture", [0.0, 1.0], "total_pss_kb")
    row = data["rows"][0]
    assert (row["verdict"], row["first_kb"], row["last_kb"], row["steps"]) == ("grows", 900, 1012, [])
    assert row["slope_kb"] == pytest.approx(10.25, abs=0.3)
    assert run(["trend", "leak", "--csv", "--top", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


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
        "com.example.app-100.smaps", "com.example.app_remote-101.smaps", "surfaceflinger-102.smaps",
        "ps.txt",
    }  # fmt: skip
    assert Path("texts/surfaceflinger-102.smaps").read_text() == APPS["surfaceflinger"]
    assert run(["export", "a.parquet"]) == 2


def test_an_export_reads_back_as_the_capture(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = capture({**APPS, "zygote64": text(("[anon:dalvik-zygote space]", 500))})
    processes = tuple(replace(process, companion=process.name == "zygote64") for process in taken.processes)
    save_capture(replace(taken, processes=processes), captured / "app.parquet")
    assert run(["export", "app.parquet", "-o", "back"]) == 0
    assert "3 files in back; without the zygotes beside them (1; --pid writes one)" in capsys.readouterr().err
    tables = []
    for source in ("app.parquet", "back"):
        assert run(["show", source, "--by", "app,process,name", "--counters", "total_pss,rss"]) == 0
        tables.append(sorted(capsys.readouterr().out.splitlines()))
    assert tables[0] == tables[1]
    assert "com.example.app:remote" in "".join(tables[1])


@pytest.mark.parametrize(("heading", "counter"), [("total PSS", "total_pss_kb"), ("private dirty", "private_dirty_kb")])
def test_a_tables_headings_are_explained(heading: str, counter: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", heading]) == 0
    assert capsys.readouterr().out.startswith(counter)


def test_a_diff_of_an_app_and_of_a_phone_says_so(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_capture(replace(capture({"com.a": text(("x", 1))}), app="com.a"), captured / "app.parquet")
    assert run(["diff", "app.parquet", "b.parquet"]) == 0
    assert "warning: scope: base has com.a, new has all processes: with --app com.a" in capsys.readouterr().err


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "[anon:scudo:primary]"]) == 0
    out = capsys.readouterr().out
    assert "Native Heap" in out
    assert "native.scudo.primary" in out
    for topic in ("pss_kb", "Native Heap", "native.scudo"):
        assert run(["explain", topic]) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "a.parquet", "--pid", "9"], 1, "no process with pid 9"),
        (["show", "a.parquet", "--by", "apps"], 2, "can't group by 'apps'"),
        (["show", "a.parquet", "--counters", "x"], 2, "no counter 'x'"),
        (["diff", "a.parquet", "b.parquet", "--counter", "x_kb"], 2, "no counter 'x_kb'"),
        (["diff", "a.parquet", "b.parquet", "--min", "much"], 2, "not a size: 'much'"),
        (["diff", "a.parquet", "b.parquet", "--min-effect", "much"], 2, "not a change: 'much'"),
        (["diff", "a.parquet", "b.parquet", "--significant"], 2, "no significance; give replicates"),
        (["diff", "a.parquet", "[ab].parquet", "--paired"], 2, "1 against 2"),
        (["diff", "x-*.parquet", "b.parquet"], 2, "x-*.parquet: no file has such a name"),
        (["diff", "[ab].parquet", "b.parquet", "--app", "com.x"], 1, "a.parquet: com.x"),
        (["diff", "a.parquet", "[ab].parquet", "--by", "vma"], 2, "--by vma compares one capture with one"),
        (["trend", "a.parquet"], 2, "a series has at least 3 captures, not 1"),
        (["trend", "[ab].parquet", "--per", "hour"], 2, "choose minute or capture"),
        (["trend", "nowhere"], 2, "nowhere: no such file"),
        (["capture", "one.smaps", "--label", "x"], 2, "key=value"),
        (["show", "--nonsense"], 2, "nonsense"),
        (["show", "bugreport:x.zip"], 2, "x.zip: no such file"),
    ],
)
def test_bad_options_are_one_clear_line(
    captured: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert run(arguments) == code
    out = capsys.readouterr()
    assert out.out == ""
    assert message in out.err
    assert "Traceback" not in out.err


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
    assert run(["ls", "--captures", str(folder)]) == 0
    first, second = sorted(folder.glob("*example*.parquet"))
    assert run(["diff", str(first), str(second), "--by", "category:1"]) == 0
    assert "native" in capsys.readouterr().out


def test_devices_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with FakeServer({"A": "unauthorized"}) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        assert run(["devices", "--json"]) == 0
        (row,) = json.loads(capsys.readouterr().out)["rows"]
        assert row["state"] == "unauthorized"
        assert run(["devices", "--csv"]) == 0
        assert capsys.readouterr().out.splitlines()[1].startswith("A,unauthorized,")
        assert run(["show", "adb:"]) == 1
        assert "not authorised" in capsys.readouterr().err


def test_ctrl_c_is_130(captured: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import droidanon.sources.resolve

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(droidanon.sources.resolve, "load_source", interrupted)
    assert run(["show", "a.parquet"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_the_platforms_tools(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["showmap", "a.parquet", "100"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in shown] == [
        "Private", "object", shown[2].split()[-1], "space]", "[anon:scudo:primary]", shown[2].split()[-1], "Private",
        "object", shown[2].split()[-1], "TOTAL",
    ]  # fmt: skip
    assert run(["showmap", "a.parquet"]) == 0
    assert capsys.readouterr().out.count("------ SHOW MAP ") == 3
    assert run(["procrank", "a.parquet", "-u", "-R"]) == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()[1:4]] == [
        "surfaceflinger", "com.example.app:remote", "com.example.app",
    ]  # fmt: skip
    assert run(["librank", "a.parquet", "-f", "csv"]) == 0
    assert '"[anon:scudo:primary]",130,"com.example.app","[100]",100' in capsys.readouterr().out
    assert run(["librank", "a.parquet", "-m", "rq"]) == 2
    assert run(["showmap", "a.parquet", "100", "--pid", "101"]) == 2


def test_meminfo(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["meminfo", "a.parquet", "com.example.app:remote"]) == 0
    out = capsys.readouterr()
    assert "** MEMINFO in pid 101 [com.example.app:remote] **" in out.out
    assert "not in smaps" in out.err
    assert run(["meminfo", "a.parquet"]) == 0
    assert "        150K: com.example.app (pid 100)" in capsys.readouterr().out
    assert run(["meminfo", "a.parquet", "102", "-s"]) == 0
    assert "Dalvik Heap" not in capsys.readouterr().out


def test_meminfo_of_an_app_is_the_process_of_its_name(captured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["meminfo", "a.parquet", "com.example.app"]) == 0
    out = capsys.readouterr()
    assert out.out.count("** MEMINFO") == 1
    assert "com.example.app has 2 processes; --package prints them all" in out.err
    assert run(["meminfo", "a.parquet", "com.example.app", "--package"]) == 0
    assert capsys.readouterr().out.count("** MEMINFO") == 2


def test_no_command_has_an_option_twice() -> None:
    import typer.main

    from droidanon.cli.main import make_app

    group = typer.main.get_command(make_app())
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        options = [option for parameter in command.params for option in parameter.opts]
        assert len(options) == len(set(options)), name


MINE = '[[rule]]\nid = "pool"\ncategory = "native.pool"\nprefix = "[anon:pool"\nexamples = ["[anon:pool 1]"]\n'


@pytest.fixture
def unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "app.smaps").write_text(text(("[anon:pool 1]", 40), ("[anon:pool 2]", 2), ("[anon:scudo:primary]", 7)))
    return tmp_path


def test_names(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["names", "app.smaps"]) == 0
    assert capsys.readouterr().out == (
        "name                  rule           category              heap         sub-heap  total PSS  RSS  size  VMAs\n"
        "[anon:pool 1]         unknown        unknown.pool          Unknown                       40   40    40     1\n"
        "[anon:scudo:primary]  scudo-primary  native.scudo.primary  Native Heap                    7    7     7     1\n"
        "[anon:pool 2]         unknown        unknown.pool          Unknown                        2    2     4     1\n"
        "--------------------  -------------  --------------------  -----------  --------  ---------  ---  ----  ----\n"
        "TOTAL                                                                                    49   49    51     3\n"
    )


def test_unknown_names_as_a_rule_file_that_then_counts(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["names", "app.smaps", "--unknown"]) == 0
    stubs = capsys.readouterr().out
    assert stubs.startswith("# 42 kB in 2 VMAs of app; heap Unknown\n[[rule]]\n")
    (unknown / "droidanon.toml").write_text(stubs)
    assert run(["names", "app.smaps", "--unknown"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "every name is known\n")
    assert run(["rules", "test", "droidanon.toml", "app.smaps"]) == 0
    assert capsys.readouterr().out == (
        "rule     category     examples  result  VMAs  names  total PSS  instead of\n"
        "my-pool  native.pool         2  ok         2      2         42  unknown.pool\n"
    )


def test_rules_of_ones_own_count_everywhere(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (unknown / "mine.toml").write_text(MINE)
    for command in (
        ["show", "app.smaps", "--by", "category"],
        ["names", "app.smaps"],
        ["diff", "app.smaps", "app.smaps", "--all"],
    ):
        assert run([*command, "--json", "--rules", "mine.toml"]) == 0
        data = json.loads(capsys.readouterr().out)
        assert "native.pool" in {row["category"] for row in data["rows"]}, command
        assert data["taxonomy"]["files"] == ["mine.toml"]
    assert run(["explain", "[anon:pool 7]", "--rules", "mine.toml"]) == 0
    assert "category: native.pool\nrule:     pool\n" in capsys.readouterr().out


def test_a_rule_files_mistakes(unknown: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (unknown / "mine.toml").write_text(MINE.replace('["[anon:pool 1]"]', '["[heap]"]'))
    assert run(["rules", "test", "mine.toml"]) == 1
    assert capsys.readouterr().err == (
        "mine.toml:1: rule 'pool': example '[heap]' is taken by no rule of the file, but by 'brk-heap'\n"
    )
    (unknown / "mine.toml").write_text(MINE.replace("native.pool", "pool"))
    for command in (["rules", "test", "mine.toml"], ["show", "app.smaps", "--rules", "mine.toml"]):
        assert run(command) == 2
        said = capsys.readouterr().err
        assert said.startswith("droidanon: mine.toml:3: rule 'pool': category 'pool' has to begin with one of java")
        assert said.count("\n") == 1


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
        (["show", "s", "--app", "com.b"], 1, "com.b: not running"),
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
