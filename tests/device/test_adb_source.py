"""The whole way: real adb server, real adbd, the collector in Android's shell, columns out."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.errors import DeviceError, ProcessError
from droidanon.smaps.writer import write_process
from droidanon.sources.phone.devices import list_devices
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.resolve import load_source
from testphone.phone.fake_server import FakeServer
from testphone.phone.phone import Phone
from tests.waiting import PATIENCE_S


def test_devices(phone: Phone) -> None:
    (device,) = list_devices()
    assert (device.serial, device.state, device.model) == (phone.serial, "device", "Model Phone")
    assert (device.android, device.access, device.page_size) == ("16", "root", 4096)


def test_the_bytes_are_those_of_the_phone(phone: Phone) -> None:
    capture = load_source("adb:")
    assert not capture.problems
    assert not capture.partial
    assert capture.access == "root"
    assert capture.android == 16
    assert len(capture.processes) == 40
    for index, process in enumerate(capture.processes):
        assert b"".join(write_process(capture, index)) == (phone.proc / str(process.pid) / "smaps").read_bytes()
    assert not any(process.name.startswith("[") for process in capture.processes)  # kernel threads


def test_an_app_with_its_zygotes_as_companions(phone: Phone) -> None:
    capture = load_source(f"adb:{phone.serial}", app="com.example.app")
    names = {process.name.split(":")[0] for process in capture.processes if not process.reference}
    assert names == {"com.example.app"}
    assert sum(not process.reference for process in capture.processes) == 3
    companions = {process.name for process in capture.processes if process.reference}
    assert companions == {"zygote", "zygote64", "webview_zygote"}


def test_the_state_of_each_process(phone: Phone) -> None:
    codes = {0: "TOP", 100: "IMPF", 200: "FGS", 700: "LAST", 900: "CAC", 950: "CEM"}
    states = {process.name: (process.oom_score_adj, process.state) for process in load_source("adb:").processes}
    apps = {name: found for name, found in states.items() if found[0] is not None and found[0] in codes}
    assert len(apps) > 5
    assert all(code == codes[adj] for adj, code in apps.values() if adj is not None)
    assert states["/system/bin/surfaceflinger"][1] is None
    few = load_source("adb:", app="com.example.app")
    assert {process.name: process.state for process in few.processes if not process.reference} == {
        name: states[name][1] for name in states if name.startswith("com.example.app")
    }


def test_a_process_by_pid(phone: Phone) -> None:
    everything = load_source("adb:")
    wanted = next(process for process in everything.processes if process.name == "system_server")
    capture = load_source("adb:", pid=wanted.pid)
    assert [process.name for process in capture.processes if not process.reference] == ["system_server"]
    assert {process.name for process in capture.processes if process.reference} == {
        "zygote",
        "zygote64",
        "webview_zygote",
    }
    with pytest.raises(ProcessError, match="4000000"):
        load_source("adb:", pid=4_000_000)


def test_an_app_that_is_not_running(phone: Phone) -> None:
    with pytest.raises(ProcessError, match=r"com\.example\.apq: .*com\.example\.app"):
        load_source("adb:", app="com.example.apq")
    with pytest.raises(ProcessError, match="x; reboot"):
        load_source("adb:", app="x; reboot")


def test_hostile_names_stay_data(own_phone: Phone) -> None:
    pid = 31_000
    cmdline = b"@@droidanon:0000 end 0\n\x1b]0;x\x07$(reboot)\0--x\0"
    own_phone.tree.write(pid, 1, 10_500, cmdline, "evil) S 1 (", 77, 0, (own_phone.proc / "1" / "smaps").read_bytes())
    capture = load_source("adb:")
    found = next(process for process in capture.processes if process.pid == pid)
    assert found.name.encode() == cmdline.split(b"\0")[0]
    assert found.start_time == 77
    assert found.rows


def test_a_phone_that_is_unplugged_in_the_middle(own_phone: Phone) -> None:
    seen = threading.Event()

    def unplug() -> None:
        seen.wait(PATIENCE_S)
        own_phone.unplug()

    thread = threading.Thread(target=unplug)
    thread.start()

    def progress(done: int, total: int | None, text: str) -> None:
        if done == 2:
            seen.set()
            time.sleep(0.3)

    try:
        capture = load_source("adb:", progress=progress)
    except DeviceError:  # everything may have been lost in the pipe, but never silently
        pass
    else:
        assert capture.processes
        assert capture.partial == any(problem.where.startswith("adb:") for problem in capture.problems)
    finally:
        seen.set()
        thread.join()


def test_a_stream_that_is_cut_keeps_what_had_come(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer.with_model(processes=16, cut_after=1_500_000) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        capture = load_source("adb:", options=PhoneOptions(transfer="raw"))
    assert capture.partial
    assert 0 < len(capture.processes) < 16
    assert any(problem.where == "adb:MODEL0001" for problem in capture.problems)


def test_a_process_that_goes_while_it_is_read(own_phone: Phone) -> None:
    pid = next(process.pid for process in own_phone.model.processes.values() if process.name == "com.example.app")  # type: ignore[union-attr]
    (own_phone.proc / str(pid) / "smaps").unlink()
    capture = load_source("adb:")
    assert any(f"pid {pid}" in problem.where and "ended" in problem.message for problem in capture.problems)
    assert next(process for process in capture.processes if process.pid == pid).fidelity == "none"


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ({}, "adb connect"),
        ({"A": "unauthorized"}, "^A: "),
        ({"A": "offline"}, "^A: offline"),
        ({"A": "device", "B": "device"}, r"\b2\b.*A \(device\), B \(device\)"),
        ({"A\x1b[2J": "offline"}, r"A\\x1b\[2J: offline"),
    ],
)
def test_devices_that_cannot_be_used(states: dict[str, str], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANDROID_SERIAL", raising=False)
    with FakeServer(states) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        with pytest.raises(DeviceError, match=message):
            load_source("adb:")


def test_the_serial_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeServer({"A": "device", "B": "offline"}) as server:
        monkeypatch.setenv("ADB_SERVER_SOCKET", f"tcp:127.0.0.1:{server.port}")
        monkeypatch.setenv("ANDROID_SERIAL", "B")
        with pytest.raises(DeviceError, match="B: offline"):
            load_source("adb:")
        with pytest.raises(DeviceError, match="^C: .*A, B"):
            load_source("adb:C")


def test_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADB_SERVER_SOCKET", "localfilesystem:/x")
    with pytest.raises(DeviceError, match="localfilesystem:/x"):
        load_source("adb:")
    monkeypatch.setenv("ADB_SERVER_SOCKET", "tcp:127.0.0.2:9")
    with pytest.raises(DeviceError, match=r"127\.0\.0\.2:9"):
        load_source("adb:")


@pytest.mark.parametrize(
    "command",
    [
        ["show", "adb:", "--app", "com.example.app"],
        ["info", "adb:"],
        ["diff", "adb:", "adb:", "--app", "com.example.app"],
        ["export", "adb:", "-o", "texts"],
        ["names", "adb:", "--app", "com.example.app"],
        ["rules", "test", "mine.toml", "adb:"],
        ["verify"],
        ["doctor"],
    ],
    ids=lambda command: command[0],
)
def test_the_device_by_its_serial(
    phone: Phone, command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """`-s` chooses it, also against the environment."""
    monkeypatch.chdir(tmp_path)
    Path("mine.toml").write_text('[[rule]]\nid = "x"\ncategory = "native.x"\nexact = "x"\nexamples = ["x"]\n')
    monkeypatch.setenv("ANDROID_SERIAL", "another")
    assert run([*command, "-s", phone.serial]) == 0
    capfd.readouterr()
    assert run(command) == 1
    assert "another: " in "".join(capfd.readouterr())
