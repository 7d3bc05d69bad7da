"""Experiments on the test phone: a known change is found, and the phone is as before."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from droidanon.cli.main import run
from droidanon.experiment.manifest import read_experiment
from droidanon.store.parquet import load_capture
from testphone.phone import Phone
from testphone.phone.fixtures import see_only
from testphone.phone.services import Build
from tests.device.ab_options import CHANGED, EXTRA_KB, QUICK, STAY_ON
from tests.device.command import DROIDANON, environment
from tests.device.reading import APP, PhoneMaker
from tests.messages import mentions
from tests.waiting import PATIENCE_S


def result_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_known_change_is_found(
    ab_phone: Phone, builds: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "x"
    code = run(
        [
            "ab",
            *builds,
            *("--app", APP, "-n", "4", "-o", str(folder), "--settle", "1", "--gc", "--freeze", "--clear"),
            *(*CHANGED, "--effect", "1MB", "--json"),
        ]
    )
    found = result_of(capsys)
    assert (code, found["outcome"]) == (3, "fail")
    assert found["totals"]["low_kb"] <= EXTRA_KB <= found["totals"]["high_kb"]
    assert found["totals"]["verdict"] == "higher"
    (row,) = [row for row in found["categories"] if row["verdict"] == "higher"]
    assert row["category"] == "native.scudo.primary"
    experiment = read_experiment(folder)
    (log,) = experiment.phones.values()
    order = [(one.side, one.number) for one in log.rounds if one.done]
    assert order == [
        *(("base", 1), ("new", 1), ("new", 2), ("base", 2)),
        *(("base", 3), ("new", 3), ("new", 4), ("base", 4)),
    ]
    assert [one.side for one in log.rounds if one.warmup] == ["base", "new"]
    assert {one.version_code for one in log.rounds if one.side == "new"} == {272}
    assert {one.thermal_status for one in log.rounds} == {0}
    assert {one.pressure_some for one in log.rounds} == {0.0}
    assert all({"install", "compile", "clear", "start", "prepared.settle"} <= one.steps.keys() for one in log.rounds)
    assert [(one.before, one.during, one.restored) for one in log.settings] == [("null", "7", True), ("0", "1", True)]
    file = experiment.captures(next(iter(experiment.phones)), "new")[1]
    assert load_capture(file).labels.items() >= {("side", "new"), ("round", "2")}
    assert sorted(path.name for path in file.parent.glob("*.parquet")) == sorted(
        f"{side}-{number:02d}.parquet" for side in ("base", "new") for number in range(1, 5)
    )
    # The same captures by other commands.
    assert run(["diff", f"{file.parent}/base-*.parquet", f"{file.parent}/new-*.parquet", "--counter", "anon_swap"]) == 0
    # What is done is not done again, and can be judged otherwise.
    capsys.readouterr()
    asked = len(ab_phone.services.requests)
    assert run(["ab", "--resume", str(folder), "--effect", "10%"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("pass: ")
    assert len(ab_phone.services.requests) == asked


def test_builds_that_android_refuses(
    ab_phone: Phone, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def attempt(name: str, *more: str, **facts: Any) -> tuple[int, str]:
        build = Build(**facts).write(tmp_path / f"{name}.apk")
        folder = tmp_path / name
        code = run(
            ["ab", "--apk-a", str(build), *QUICK, *more, "-n", "1", "--side", "base", "-o", str(folder), "--json"]
        )
        return code, capsys.readouterr().err

    assert attempt("older-debuggable", version_code=200)[0] == 0
    assert attempt("release", version_code=300, debuggable=False)[0] == 0
    code, said = attempt("older", version_code=250)
    assert code == 1
    assert mentions(said, "INSTALL_FAILED_VERSION_DOWNGRADE", "--reinstall")
    code, said = attempt("other-key", version_code=301, signer="second")
    assert code == 1
    assert mentions(said, "INSTALL_FAILED_UPDATE_INCOMPATIBLE", "--reinstall")
    assert attempt("other-key-again", "--reinstall", version_code=301, signer="second")[0] == 0
    code, said = attempt("part", "--reinstall", parts=2)
    assert code == 1
    assert mentions(said, "INSTALL_FAILED_MISSING_SPLIT")
    code, said = attempt("other-app", package="com.example.other")
    assert code == 1
    assert mentions(said, "other-app.apk", APP)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.aab").touch()
    assert run(["ab", "--apk-a", "app.aab", *QUICK, "--side", "base"]) == 2


def test_split_apks(ab_phone: Phone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [Build(version_code=280, part=part, parts=2).write(tmp_path / f"{part}.apk") for part in ("base", "de")]
    options = [word for file in files for word in ("--apk-a", str(file))]
    assert run(["ab", *options, *QUICK, "-n", "2", "--side", "base", "-o", str(tmp_path / "x")]) == 0
    assert ["pm", "install-commit"] in [words[:2] for words in ab_phone.services.requests]
    assert ab_phone.services.builds[APP].version_code == 280


def test_one_side_now_and_the_other_later(
    ab_phone: Phone, builds: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "x")
    assert run(["ab", *builds[:2], *QUICK, "-n", "4", "--side", "base", "-o", folder, "--effect", "1MB"]) == 0
    assert mentions(capsys.readouterr().out, folder, "--side", "new")
    assert run(["ab", "--resume", folder, "--side", "new", *builds[2:], "--json"]) == 3
    found = result_of(capsys)
    assert found["replicates"] == [4, 4]
    assert found["totals"]["low_kb"] <= EXTRA_KB <= found["totals"]["high_kb"]


def test_two_settings_of_one_build(ab_phone: Phone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    setup = ["--setup-a", "settings put global test_mode 0", "--setup-b", "settings put global test_mode 1"]
    assert run(["ab", *setup, *QUICK, "-n", "4", "-o", str(tmp_path / "x"), "--json"]) == 0
    assert result_of(capsys)["outcome"] == "pass"
    values = [words[4] for words in ab_phone.services.requests if words[1:4] == ["put", "global", "test_mode"]]
    assert values == list("01100110")
    del ab_phone.services.settings["global test_mode"]


def test_growth_per_cycle(ab_phone: Phone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build = Build(leaks=True).write(tmp_path / "leak.apk")
    options = ["--apk-a", str(build), *QUICK, "--side", "base", "--cycles", "12", "-n", "1", "-o", str(tmp_path / "x")]
    assert run(["ab", *options, "--scenario", "phone:input tap 1 1", "--json"]) == 0
    (row,) = result_of(capsys)["growth"]
    assert (row["side"], row["round"], row["cycles"], row["verdict"]) == ("base", 1, 12, "grows")
    assert row["low_kb"] <= row["slope_kb"] <= row["high_kb"]
    assert row["low_kb"] > 1000
    assert len(list((tmp_path / "x").glob("*/base-01.cycle-*.parquet"))) == 12


def test_a_pilot_plans_the_rounds(ab_phone: Phone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [*QUICK, "--pilot", "-n", "4", "--effect", "200kB", "-o", str(tmp_path / "x"), "--json"]
    assert run(["ab", *options]) == 0
    found = result_of(capsys)
    assert found["outcome"] is None
    assert found["pilot"]["rounds"] == 4
    assert found["pilot"]["needed"] >= 5


def test_a_scenario_that_fails_stops_the_experiment(
    ab_phone: Phone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [*QUICK, "--side", "base", "-n", "1"]
    for number, (scenario, words) in enumerate(
        (
            ("host:echo no such thing; exit 7", ("7", "no such thing")),
            ("phone:echo not here; exit 4", ("4", "not here")),
            (f"phone:am force-stop {APP}", (APP,)),
        )
    ):
        folder = tmp_path / str(number)
        assert run(["ab", *options, "--scenario", scenario, "-o", str(folder)]) == 1
        assert mentions(capsys.readouterr().err, "base-01", *words)
        (log,) = read_experiment(folder).phones.values()
        assert [one.done for one in log.rounds] == [False]


def test_two_phones_are_pooled(
    new_phone: PhoneMaker,
    builds: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    real_adbd: None,
) -> None:
    one = new_phone(seed=5, processes=12)
    two = new_phone(seed=6, processes=12, same_server_as=one)
    see_only(one, monkeypatch)
    serials = ["-s", one.serial, "-s", two.serial]
    code = run(
        ["ab", *builds, *QUICK, *serials, "-n", "4", "-o", str(tmp_path / "x"), "--effect", "1MB", "--json", *CHANGED]
    )
    found = result_of(capsys)
    assert (code, found["outcome"], found["replicates"]) == (3, "fail", [8, 8])
    assert [row["phone"] for row in found["rows"]] == ["MODEL0005", "MODEL0006"]
    spread = abs(found["rows"][0]["base_kb"] - found["rows"][1]["base_kb"])
    for row in (*found["rows"], found["totals"]):
        assert row["low_kb"] <= EXTRA_KB <= row["high_kb"]
    assert not {one["kind"] for one in found["warnings"] if one["kind"].startswith(("mixed_", "different_"))}
    # Phones are strata: their difference does not widen the interval.
    assert found["totals"]["high_kb"] - found["totals"]["low_kb"] < min(spread, 500)
    assert one.services.settings[STAY_ON] == two.services.settings[STAY_ON] == "0"


def test_the_enter_key_and_a_command_here(ab_phone: Phone, tmp_path: Path) -> None:
    options = [*QUICK, "--side", "base", "-n", "1"]
    done = subprocess.run(
        [*DROIDANON, "ab", *options, "--scenario", "enter", "-o", str(tmp_path / "x")],
        env=environment(ab_phone),
        input="\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert mentions(done.stderr, "base-01", "Enter")
    words = "$ANDROID_SERIAL $DROIDANON_APP $DROIDANON_SIDE $DROIDANON_ROUND $DROIDANON_CYCLE"
    scenario = f"host:echo {words} >{tmp_path}/said"
    assert run(["ab", *options, "--no-start", "--scenario", scenario, "-o", str(tmp_path / "y")]) == 1  # nothing runs
    assert (tmp_path / "said").read_text() == f"{ab_phone.serial} {APP} base base-01 1\n"


def test_a_release_phone_by_run_as(seen: PhoneMaker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    phone = seen(access="shell")
    build = Build(version_code=290).write(tmp_path / "a.apk")
    options = ["--apk-a", str(build), *QUICK, *CHANGED, "--side", "base", "-n", "1", "-o", str(tmp_path / "x")]
    before = dict(phone.services.settings)
    assert run(["ab", *options]) == 0
    assert phone.services.settings == before
    assert not list((phone.root / "data/local/tmp").iterdir())
    (file,) = (tmp_path / "x").glob("*/base-01.parquet")
    assert load_capture(file).access == "run-as"
