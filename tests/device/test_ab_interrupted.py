"""Experiments that are interrupted, and two at once: the phone is as before however an experiment ends."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from droidanon.errors import DroidanonError
from droidanon.experiment.manifest import Experiment, read_experiment
from droidanon.experiment.phone_state import Guard, restore_leftovers
from droidanon.experiment.shell import PhoneShell, StepError
from droidanon.sources.adb.server import open_device
from testphone.phone import Phone
from tests.device.ab_options import AIRPLANE, CHANGED, EXTRA_KB, QUICK, STAY_ON
from tests.device.command import environment, start_command
from tests.messages import mentions
from tests.waiting import wait_until

SECONDS = 180


class Running:
    """`droidanon ab` as a process of its own."""

    def __init__(self, phone: Phone, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.process = start_command(environment(phone), "ab", *arguments)

    def wait_for(self, reached: Callable[[Experiment], bool]) -> Experiment:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            try:
                if reached(experiment := read_experiment(self.folder)):
                    return experiment
            except DroidanonError:
                pass  # not begun
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.05)
        raise AssertionError("it did not come")

    def end(self, number: int | None = None) -> tuple[int, str, str]:
        """The exit code, stdout and stderr, after a signal."""
        if number is not None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out, err


def rounds_done(experiment: Experiment) -> int:
    return sum(len(log.results) for log in experiment.phones.values())


def is_changed(phone: Phone) -> bool:
    return phone.services.settings.get(STAY_ON) == "7" and phone.services.settings[AIRPLANE] == "1"


def test_ctrl_c_a_pulled_cable_and_sigkill_in_one_experiment(
    ab_phone: Phone, builds: list[str], tmp_path: Path
) -> None:
    """Each time the phone has its settings back, and in the end the known change is found."""
    folder = tmp_path / "x"

    def is_restored() -> bool:
        return STAY_ON not in ab_phone.services.settings and ab_phone.services.settings[AIRPLANE] == "0"

    # Ctrl-C in a scenario that waits as long as a file is there.
    wait = tmp_path / "wait"
    wait.touch()
    scenario = f"host:while [ $DROIDANON_ROUND = new-01 ] && [ -e {wait} ]; do sleep 0.1; done"
    options = [*QUICK, *CHANGED, "-n", "4", "-o", str(folder), "--effect", "1MB", "--scenario", scenario]
    running = Running(ab_phone, folder, *builds, *options)
    running.wait_for(lambda experiment: rounds_done(experiment) == 1)
    wait_until(lambda: ab_phone.services.requests[-1][:2] == ["am", "start"])
    assert is_changed(ab_phone)
    code, out, err = running.end(signal.SIGINT)
    assert (code, out) == (130, "")
    assert mentions(err, "--resume", str(folder))
    assert "Traceback" not in err
    assert is_restored()
    wait.unlink()

    # A cable that is pulled: the phone restores itself, and the run goes on when it is back.
    running = Running(ab_phone, folder, "--resume", str(folder))
    running.wait_for(lambda experiment: rounds_done(experiment) >= 3)
    assert is_changed(ab_phone)
    ab_phone.pull_cable()
    wait_until(is_restored)
    running.wait_for(lambda experiment: any(log.interruptions for log in experiment.phones.values()))
    ab_phone.plug_in()
    wait_until(lambda: is_changed(ab_phone))

    # SIGKILL.
    running.wait_for(lambda experiment: rounds_done(experiment) >= 5)
    running.end(signal.SIGKILL)
    wait_until(is_restored)
    wait_until(lambda: not list((ab_phone.root / "data/local/tmp").iterdir()))

    code, out, err = Running(ab_phone, folder, "--resume", str(folder), "--json").end()
    assert code == 3, err
    found = json.loads(out)
    assert (found["outcome"], found["replicates"]) == ("fail", [4, 4])
    assert found["totals"]["low_kb"] <= EXTRA_KB <= found["totals"]["high_kb"]
    (log,) = read_experiment(folder).phones.values()
    assert (len(log.results), len(log.interruptions)) == (8, 1)
    assert all(one.restored for one in log.settings)


def test_a_phone_that_restarts_is_restored_by_the_next_session(
    ab_phone: Phone, builds: list[str], tmp_path: Path
) -> None:
    folder = tmp_path / "x"
    running = Running(ab_phone, folder, *builds, *QUICK, *CHANGED, "-n", "2", "-o", str(folder))
    running.wait_for(lambda experiment: rounds_done(experiment) >= 1)
    ab_phone.unplug()  # all of the phone's processes are killed, its flash stays
    running.end(signal.SIGKILL)
    assert is_changed(ab_phone)
    ab_phone.replug()
    # Another experiment finds what the first one left.
    code, out, err = Running(
        ab_phone, tmp_path / "y", *QUICK, "--side", "base", "-n", "1", "-o", str(tmp_path / "y")
    ).end()
    assert code == 0, err
    assert STAY_ON not in ab_phone.services.settings
    code, out, err = Running(ab_phone, folder, "--resume", str(folder)).end()
    assert (code, out.splitlines()[-1].split(":")[0]) == (1, "undecided"), err


def test_a_second_experiment_on_the_same_phone_is_refused(ab_phone: Phone, builds: list[str], tmp_path: Path) -> None:
    running = Running(ab_phone, tmp_path / "x", *builds, *QUICK, "-n", "50", "-o", str(tmp_path / "x"))
    running.wait_for(lambda experiment: rounds_done(experiment) >= 1)
    code, _, err = Running(
        ab_phone, tmp_path / "y", *QUICK, "--side", "base", "-n", "1", "-o", str(tmp_path / "y")
    ).end()
    assert code == 1
    assert mentions(err, "another", "droidanon ab")
    assert running.end(signal.SIGTERM)[0] == 143


def test_of_two_guards_that_begin_at_once_one_remains(ab_phone: Phone) -> None:
    shells = [PhoneShell(open_device(None), lambda _: None) for _ in range(2)]
    assert [restore_leftovers(shell) for shell in shells] == [0, 0]
    first = Guard(shells[0], [])
    with pytest.raises(StepError, match="another"):
        Guard(shells[1], [])
    assert shells[1].run(f"ls {first.folder}")[1].split() == ["guard", "restore"]
    assert len(shells[1].run(f"ls {first.folder.rpartition('/')[0]}")[1].split()) == 1
    assert first.end()
