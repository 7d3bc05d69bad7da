"""The words of a scenario, and what a phone says of its state."""

from __future__ import annotations

import os
import subprocess
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, cast

import pytest

from droidanon.errors import DeviceError, InputError, UsageError
from droidanon.experiment import scenario, shell
from droidanon.experiment.conditions import parse_memory_pressure, parse_thermal_status
from droidanon.experiment.install import check_apks, check_compile_mode, check_unchanged
from droidanon.experiment.manifest import SavedSetting
from droidanon.experiment.phone_state import Guard, check_airplane, restoring_command
from droidanon.experiment.scenario import Scenario, parse_scenario, run_scenario
from droidanon.experiment.shell import StepError
from tests.waiting import PATIENCE_S, wait_until


def test_forms_of_a_scenario() -> None:
    assert parse_scenario("") == Scenario("none")
    assert parse_scenario("enter") == Scenario("enter")
    assert parse_scenario("host:adb shell monkey -p a:b 5") == Scenario("host", "adb shell monkey -p a:b 5")
    assert parse_scenario("phone:input tap 1 2") == Scenario("phone", "input tap 1 2")
    for text in ("monkey", "host:", "phone: ", "shell:ls", ":"):
        with pytest.raises(UsageError):
            parse_scenario(text)


def test_thermal_status() -> None:
    text = "IsStatusOverride: false\nThermalEventListeners:\n\tcallbacks: 2\nThermal Status: 3\nCached temperatures:\n"
    assert parse_thermal_status(text) == 3
    assert parse_thermal_status("Can't find service: thermalservice\n") is None


def test_memory_pressure() -> None:
    text = "some avg10=1.25 avg60=0.12 avg300=0.08 total=5\nfull avg10=0.50 avg60=0 avg300=0 total=1\n"
    assert parse_memory_pressure(text) == 1.25
    assert parse_memory_pressure("cat: /proc/pressure/memory: Permission denied\n") is None


def test_settings_are_restored_as_they_were() -> None:
    assert restoring_command(SavedSetting("a", "3", "7")) == "settings put global a 3"
    assert restoring_command(SavedSetting("a", "null", "7")) == "settings delete global a"
    assert restoring_command(SavedSetting("airplane_mode_on", "0", "1")).endswith("disable")


def test_airplane_mode_over_wifi_is_refused() -> None:
    for serial in ("emulator-5554", "28161FDH2000AB", "127.0.0.1:5555", "localhost:5555"):
        check_airplane(serial)
    for serial in ("192.168.1.7:5555", "adb-28161F-x1._adb-tls-connect._tcp", "phone.local:41234"):
        with pytest.raises(UsageError):
            check_airplane(serial)


def test_files_of_a_build(tmp_path: Path) -> None:
    file = tmp_path / "a.apk"
    file.write_bytes(b"one")
    apks = check_apks([file])
    check_unchanged(apks)
    file.write_bytes(b"two")
    with pytest.raises(InputError):
        check_unchanged(apks)
    with pytest.raises(InputError):
        check_apks([tmp_path / "none.apk"])
    for name in ("a.aab", "a.apks", "A.XAPK"):
        with pytest.raises(UsageError):
            check_apks([tmp_path / name])
    check_compile_mode("speed-profile")
    with pytest.raises(UsageError):
        check_compile_mode("speed; rm -rf /")


class Cancelled:
    """A shell on a phone after Ctrl-C, once the scenario runs."""

    def __init__(self, begun: Path) -> None:
        self.begun = begun

    def watched(self) -> AbstractContextManager[Callable[[], None]]:
        return nullcontext(self._check)

    def _check(self) -> None:
        if self.begun.exists():
            raise KeyboardInterrupt


@pytest.mark.parametrize("command", ["sleep 300", "trap '' TERM; sleep 300; sleep 300", "sleep 300 | sleep 300"])
def test_a_cancelled_scenario_ends_with_all_that_it_started(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scenario, "_END_SECONDS", 0.2)
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_scenario(
            Scenario("host", f"touch {tmp_path}/begun; {command}"),
            cast("Any", Cancelled(tmp_path / "begun")),
            {},
            lambda: True,
        )
    assert time.monotonic() - begin < PATIENCE_S
    wait_until(lambda: not is_alive(started[0].pid))  # a process that was killed ends when it runs next


def is_alive(group: int) -> bool:
    """Whether a process of a group is not over."""
    groups = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return any(line.split()[0] == str(group) and "Z" not in line for line in groups.splitlines())


class Running:
    """A shell that nobody cancels, on a phone that is not lost."""

    def watched(self) -> AbstractContextManager[Callable[[], None]]:
        return nullcontext(lambda: None)


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_of_an_output_without_end_its_end_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bytearray] = []
    keep = scenario._keep_the_end

    def noting(stream: IO[bytes], output: bytearray) -> None:
        kept.append(output)
        keep(stream, output)

    monkeypatch.setattr(scenario, "_keep_the_end", noting)
    command = "yes | head -c 3000000; echo; echo the last words; exit 3"
    with pytest.raises(StepError, match=r"exit status 3\): the last words$"):
        run_scenario(Scenario("host", command), cast("Any", Running()), {}, lambda: True)
    assert len(kept[0]) == 1 << 16


@pytest.mark.skipif(os.name == "nt", reason="a shell of POSIX")
def test_a_program_that_a_scenario_leaves_behind_holds_nothing_up() -> None:
    begin = time.monotonic()
    with pytest.raises(StepError, match="gone"):
        run_scenario(Scenario("host", "sleep 300 & echo gone; exit 1"), cast("Any", Running()), {}, lambda: True)
    assert time.monotonic() - begin < PATIENCE_S


class Endless:
    """A command on a phone that prints for ever."""

    closed = False

    def __init__(self, *_: object) -> None:
        pass

    def chunks(self) -> Iterator[bytes]:
        while True:
            yield b"y\n" * 100_000

    def close(self) -> None:
        Endless.closed = True


def phone_shell() -> shell.PhoneShell:
    return shell.PhoneShell(cast("Any", None), lambda text: None)


def test_a_scenario_on_the_phone_that_prints_for_ever_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "Exchange", Endless)
    monkeypatch.setattr(scenario, "SCENARIO_SECONDS", 0.3)
    phone = phone_shell()
    tracemalloc.start()
    try:
        with pytest.raises(StepError, match="yes"):
            run_scenario(Scenario("phone", "yes"), phone, {}, lambda: True)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()
    assert Endless.closed


def test_a_command_of_our_own_that_prints_for_ever_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "Exchange", Endless)
    with pytest.raises(StepError, match="dumpsys battery"):
        phone_shell().run("dumpsys battery", 0.01)


class Flood(Endless):
    """A command on a phone that prints 100 MB of anything until its time is over."""

    def chunks(self) -> Iterator[bytes]:
        yield from (b"y\n" * 500_000 for _ in range(100))
        raise DeviceError("no end within 0 s")

    def end_within(self, seconds: float) -> None:
        assert seconds < PATIENCE_S


def test_a_guard_that_prints_anything_is_not_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "Exchange", Flood)
    device = SimpleNamespace(serial="X")
    tracemalloc.start()
    try:
        with pytest.raises(DeviceError):
            Guard(shell.PhoneShell(cast("Any", device), lambda text: None), [])
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()
