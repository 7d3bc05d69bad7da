"""Doctor on each kind of phone: what it says of every way is what a capture then finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from droidanon.cli.main import run
from droidanon.sources.phone import access
from droidanon.sources.phone.doctor.examination import examine
from droidanon.sources.phone.doctor.finding import Examination
from droidanon.sources.resolve import load_source
from testphone.phone import FakeServer
from tests.device.reading import PhoneMaker
from tests.messages import mentions

WAYS = ("root", "su", "run-as", "reporter", "dumpsys", "status")
KINDS: dict[str, tuple[dict[str, Any], str, set[tuple[str, str]]]] = {
    # what the phone is; the states of WAYS by their first letters; ways and fidelities of the processes
    "root": ({}, "oooooo", {("root", "smaps")}),
    "userdebug su": ({"access": "shell", "su": "userdebug"}, "oooooo", {("su", "smaps")}),
    "named su": ({"access": "shell", "su": "named"}, "oooooo", {("su", "smaps")}),
    "Magisk": ({"access": "shell", "su": "magisk"}, "oooooo", {("su", "smaps")}),
    "su that denies": (
        {"access": "shell", "su": "denying"},
        "wwowoo",
        {("run-as", "smaps"), ("shell", "smaps"), ("dumpsys", "meminfo")},
    ),
    "debuggable app": (
        {"access": "shell"},
        "wwowoo",
        {("run-as", "smaps"), ("shell", "smaps"), ("dumpsys", "meminfo")},
    ),
    "reporter": (
        {"access": "shell", "debuggable": False, "reporter": "answering"},
        "wwwooo",
        {("reporter", "smaps"), ("shell", "smaps"), ("dumpsys", "meminfo")},
    ),
    "reporter that denies": (
        {"access": "shell", "debuggable": False, "reporter": "denying"},
        "wwwwoo",
        {("shell", "smaps"), ("dumpsys", "meminfo")},
    ),
    "release apps": (
        {"access": "shell", "debuggable": False},
        "wwwwoo",
        {("shell", "smaps"), ("dumpsys", "meminfo")},
    ),
    "nobody answers": (
        {"access": "shell", "debuggable": False, "dumpsys": False},
        "wwwwwo",
        {("shell", "smaps"), ("status", "status")},
    ),
}


def states(found: Examination) -> dict[str, str]:
    return {finding.what: finding.state for finding in found.findings}


@pytest.mark.parametrize("kind", KINDS)
def test_what_doctor_promises_a_capture_keeps(seen: PhoneMaker, kind: str, tmp_path: Path) -> None:
    options, ways, given = KINDS[kind]
    phone = seen(**options)
    said: list[str] = []
    found = examine(None, tmp_path, said.append)
    assert not found.failed
    told = states(found)
    assert "".join(told[way][0] for way in WAYS) == ways
    assert {(row.way, row.fidelity) for row in found.apps} == given
    assert said == []
    promised = {
        (row.app, row.fidelity): row.processes for row in found.apps
    }  # a process that is gone by then would differ: nothing moves on this phone
    kept: dict[tuple[str, str], int] = {}
    capture = load_source(f"adb:{phone.serial}")
    for process in capture.processes:
        kept[process.app, process.fidelity] = kept.get((process.app, process.fidelity), 0) + 1
    assert promised == kept
    for what in (
        "counters",
        "SwapPss",
        "VmFlags",
        "Pss_Dirty",
        "names of anonymous memory",
        "RssAnon in status",
        "clock",
    ):
        assert told[what] == "ok", what


def test_a_su_that_waits(seen: PhoneMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "SU_SECONDS", 1.0)
    seen(access="shell", su="waiting")
    said: list[str] = []
    found = examine(None, tmp_path, said.append)
    assert [mentions(line, "su", "1 s") for line in said] == [True]
    (su,) = (finding for finding in found.findings if finding.what == "su")
    assert (su.state, mentions(su.result, "1 s"), su.advice != "") == ("warning", True, True)


def test_what_the_phone_lacks(seen: PhoneMaker, tmp_path: Path) -> None:
    phone = seen(gzip=True)
    assert states(examine(None, tmp_path, print))["gzip"] == "ok"
    (phone.root / "system/bin/gzip").unlink()
    old = phone.root / "proc/1/smaps"
    text = b"".join(
        line
        for line in old.read_bytes().splitlines(keepends=True)
        if not line.startswith((b"SwapPss", b"Pss_Dirty", b"VmFlags"))
    ).replace(b"[anon:", b"[nona:")
    old.write_bytes(text)
    told = states(examine(None, tmp_path, print))
    assert (told["gzip"], told["SwapPss"], told["VmFlags"]) == ("warning",) * 3
    assert told["Pss_Dirty"] == "ok"
    assert told["names of anonymous memory"] == "ok"  # others have them


def test_a_kernel_without_names_is_told_by_several_processes(seen: PhoneMaker, tmp_path: Path) -> None:
    phone = seen()
    for smaps in (phone.root / "proc").glob("[0-9]*/smaps"):
        smaps.write_bytes(smaps.read_bytes().replace(b"[anon:", b"[nona:"))
    found = {finding.what: finding for finding in examine(None, tmp_path, print).findings}
    names = found["names of anonymous memory"]
    assert (names.state, mentions(names.result, "16")) == ("warning", True)


def test_a_process_that_ends_meanwhile_refuses_nothing(seen: PhoneMaker, tmp_path: Path) -> None:
    """Of an app whose first process has gone, another tells whether run-as reads it."""
    phone = seen(access="shell")
    (phone.root / f"proc/{phone.pid('com.example.app')}/smaps").unlink()
    found = {finding.what: finding for finding in examine(None, tmp_path, print).findings}
    assert (found["run-as"].state, found["run-as"].result) == ("ok", "reads com.example.app")


@pytest.mark.parametrize(
    ("phones", "words"),
    [
        ({"A1": "unauthorized"}, "A1: "),
        ({"A1": "offline"}, "A1: "),
        ({"A1": "offline", "B2": "unauthorized"}, "B2 (unauthorized)"),
        ({}, "adb connect"),
    ],
)
def test_no_phone_that_can_be_asked(
    phones: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("ANDROID_SERIAL", raising=False)
    with FakeServer(phones) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        assert run(["doctor"]) == 1
    told = capsys.readouterr()
    assert words in told.out
    assert "failure" in told.out
    assert told.err == ""


def test_a_port_that_is_none(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", "x")
    assert run(["doctor"]) == 1
    assert "ANDROID_ADB_SERVER_PORT" in capsys.readouterr().out
    assert run(["doctor", "local:"]) == 2


def test_a_server_of_another_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with FakeServer({"A1": "offline"}, version=39) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        assert states(examine(None, tmp_path, print))["adb server"] == "warning"


def test_the_same_as_json(seen: PhoneMaker, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    phone = seen(access="shell")
    assert run(["doctor", f"adb:{phone.serial}", "--json", "--captures", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["rows"][0]) == {"part", "what", "state", "result", "advice"}
    assert {row["state"] for row in told["rows"]} == {"ok", "warning"}
    assert {"app": "com.example.app", "processes": 2, "way": "run-as", "fidelity": "smaps"} in told["apps"]


def test_a_cable_that_is_pulled(seen: PhoneMaker, tmp_path: Path) -> None:
    phone = seen()
    phone.unplug()
    found = examine(None, tmp_path, print)
    assert found.failed
