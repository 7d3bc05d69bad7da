"""An experiment's folder, written and read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from droidanon.cli.experiments import resumed_experiment
from droidanon.errors import InputError, UsageError
from droidanon.experiment.manifest import (
    MANIFEST,
    PHONE_MANIFEST,
    Apk,
    Experiment,
    PhoneLog,
    Plan,
    RoundRecord,
    SavedSetting,
    Variant,
    phone_folder,
    read_experiment,
    with_side,
    write_phone,
    write_plan,
)


def make(folder: Path) -> Experiment:
    apk = folder.parent / "a.apk"
    apk.write_bytes(b"base build")
    plan = Plan(
        app="com.example.app",
        rounds=8,
        sides={"base": Variant((Apk.of(apk),)), "new": Variant(setup="setprop a 1")},
        gc=True,
    )
    rounds = (
        RoundRecord("base", 1, "2026-01-01T00:00:00.000Z", 2.5, warmup=True),
        RoundRecord("base", 1, "2026-01-01T00:01:00.000Z", error="the scenario failed"),
        RoundRecord("base", 1, "2026-01-01T00:02:00.000Z", 3.5, files=("base-01.parquet",), thermal_status=1),
    )
    log = PhoneLog("adb:x", "X1", "Model", rounds, (SavedSetting("airplane_mode_on", "0", "1"),), ("lost",))
    experiment = Experiment(folder, plan, "2026-01-01T00:00:00.000Z", {"X1": log})
    write_plan(experiment)
    write_phone(folder / "X1", log)
    return experiment


def test_what_was_written_is_read(tmp_path: Path) -> None:
    written = make(tmp_path / "x")
    assert read_experiment(tmp_path / "x") == written
    assert list(written.phones["X1"].results) == [("base", 1)]
    assert written.captures("X1", "base") == [tmp_path / "x" / "X1" / "base-01.parquet"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "[" * 100_000,
        '{"experiment_version": 1}',
        '{"experiment_version": 99}',
        '{"experiment_version": "1"}',
    ],
)
def test_a_damaged_manifest_is_an_error(tmp_path: Path, text: str) -> None:
    make(tmp_path / "x")
    (tmp_path / "x" / MANIFEST).write_text(text)
    with pytest.raises(InputError):
        read_experiment(tmp_path / "x")


CHANGES = [
    {"app": 3},
    {"rounds": "8"},
    {"rounds": True},
    {"gc": "no"},
    {"scenario": None},
    {"sides": {}},
    {"sides": {"base": {"apks": [], "setup": ""}}},
    {"sides": {"base": {"apks": [{"path": 1, "sha1": "", "size": 1}], "setup": ""}, "new": {"apks": [], "setup": ""}}},
    {"measured": []},
    {"measured": ["new", "base"]},
    {"measured": "base"},
    {"measured": ["base", "x"]},
    {"measured": [[]]},
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_plan_of_other_types_is_an_error(tmp_path: Path, change: dict[str, object]) -> None:
    make(tmp_path / "x")
    file = tmp_path / "x" / MANIFEST
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(InputError, match="damaged"):
        read_experiment(tmp_path / "x")


@pytest.mark.parametrize(
    "change",
    [
        {"app": "com.a; rm -rf /sdcard"},
        {"app": "com.a$(reboot)"},
        {"app": "com.a\nreboot"},
        {"rounds": 0},
        {"rounds": 10**9},
        {"compile_mode": "speed; reboot"},
        {"trim": "COMPLETE; reboot"},
        {"access": "x"},
    ],
)
def test_an_edited_plan_cannot_command_the_phone(tmp_path: Path, change: dict[str, object]) -> None:
    make(tmp_path / "x")
    file = tmp_path / "x" / MANIFEST
    usual = {"counter": "anon_swap", "effect": "2MB"}
    file.write_text(json.dumps({**json.loads(file.read_text()), **usual, **change}))
    before = file.read_bytes()
    with pytest.raises(UsageError):
        resumed_experiment(tmp_path / "x", {}, None, "base")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "change",
    [
        {"rounds": 1},
        {"rounds": [{}]},
        {"settings": [{"name": 1}]},
        {"settings": None},
        {"model": 1},
        {"interruptions": "x"},
    ],
)
def test_a_damaged_manifest_of_a_phone_is_an_error(tmp_path: Path, change: dict[str, object]) -> None:
    make(tmp_path / "x")
    file = tmp_path / "x" / "X1" / PHONE_MANIFEST
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    with pytest.raises(InputError):
        read_experiment(tmp_path / "x")


def test_a_folder_without_an_experiment(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_experiment(tmp_path)


def test_a_side_can_be_added_but_not_replaced(tmp_path: Path) -> None:
    plan = Plan(app="com.example.app", rounds=8, sides={"base": Variant(setup="a"), "new": Variant()})
    assert with_side(plan, "new", Variant(setup="b")).sides["new"].setup == "b"
    with pytest.raises(UsageError):
        with_side(plan, "base", Variant(setup="b"))


def test_a_folder_is_named_by_the_phone() -> None:
    assert phone_folder("28161FDH2000AB", "adb:192.168.1.2:5555") == "28161FDH2000AB"
    assert phone_folder("", "adb:192.168.1.2:5555") == "192.168.1.2-5555"
    assert phone_folder("../..", "adb:") == "phone"
