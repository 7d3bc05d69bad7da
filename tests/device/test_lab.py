"""A lab of three test phones: one is unplugged, one returns, one misbehaves; two labs at once; a lab that is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from droidanon.cli.main import run
from droidanon.errors import DeviceError
from droidanon.lab import session as lab_session
from droidanon.lab import worker
from droidanon.lab.journal import JOURNAL, LabLog, RunRecord, read_journal
from droidanon.lab.plan import LabPlan
from droidanon.lab.plan_file import load_plan
from droidanon.lab.session import LabSession
from droidanon.lab.worker import LabCallbacks
from droidanon.store.lock import LockedError, lock_phone
from droidanon.store.parquet import load_capture
from testphone.phone import Phone
from testphone.phone.fixtures import see_only
from testphone.phone.launcher import missing_for_real_adbd
from testphone.phone.services import Build
from tests.device.command import environment, start_command
from tests.messages import mentions
from tests.waiting import wait_until

APP = "com.example.app"
SECONDS = 180
SESSIONS: list[Session] = []
STAY_ON = "global stay_on_while_plugged_in"


@pytest.fixture(scope="module")
def three_phones() -> Iterator[list[Phone]]:
    if reason := missing_for_real_adbd():
        pytest.skip(f"no real adbd: {reason}")
    with (
        Phone(seed=1, processes=6) as first,
        Phone(seed=2, processes=6, same_server_as=first) as second,
        Phone(seed=3, processes=6, same_server_as=first) as third,
    ):
        yield [first, second, third]


@pytest.fixture
def phones(three_phones: list[Phone], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Phone]]:
    """Three phones of one adb server, which are as before afterwards."""
    monkeypatch.delenv("DROIDANON_ACCESS", raising=False)
    see_only(three_phones[0], monkeypatch)
    before = [dict(one.services.settings) for one in three_phones]
    yield three_phones
    while SESSIONS:
        SESSIONS.pop().stop()  # of a test that failed
    assert [one.services.settings for one in three_phones] == before
    assert not [path for one in three_phones for path in (one.root / "data/local/tmp").iterdir()]


def name_of(phone: Phone) -> str:
    return f"MODEL{phone.model.seed:04d}"


def write_plan(folder: Path, text: str, name: str = "plan", scenario: str = "") -> LabPlan:
    """A plan of one app as it is installed, with what a test needs."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(
        f'{text}\n[capture]\nsettle = 0\n[[app]]\nname = "shop"\npackage = "{APP}"\n[[scenario]]\nname = "cold"\n'
        + (f"run = {json.dumps(scenario)}\n" if scenario else "")
    )
    return load_plan(path)


@dataclass
class Session:
    """A lab that runs in a thread."""

    plan: LabPlan
    said: list[str] = field(default_factory=list)
    log: LabLog | None = None
    error: BaseException | None = None

    def __post_init__(self) -> None:
        def say(phone: str, text: str) -> None:
            self.said.append(f"{phone}: {text}")

        self.lab = LabSession(self.plan, LabCallbacks(say, lambda *_: None))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        SESSIONS.append(self)

    def _run(self) -> None:
        try:
            self.log = self.lab.run()
        except BaseException as error:
            self.error = error

    def wait_for(self, reached: Callable[[LabLog], bool]) -> None:
        until = time.monotonic() + SECONDS
        while not reached(read_journal(self.plan.output)):
            assert self._thread.is_alive(), (self.said, self.error)
            assert time.monotonic() < until, self.said
            time.sleep(0.05)

    def stop(self) -> None:
        self.lab.stop()
        self._thread.join(SECONDS)

    def end(self) -> LabLog:
        self._thread.join(SECONDS)
        assert not self._thread.is_alive(), self.said
        if self.error is not None:
            raise self.error
        assert self.log is not None
        return self.log


def done_by(log: LabLog) -> Counter[str]:
    return Counter(one.phone for one in log.runs if one.outcome == "done")


def long_wait(monkeypatch: pytest.MonkeyPatch, module: ModuleType) -> threading.Event:
    """Once this event is set, an hour passes each time that a module looks at its clock."""
    passes, hours = threading.Event(), count(1)

    def monotonic() -> float:
        return time.monotonic() + (3600 * next(hours) if passes.is_set() else 0)

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=monotonic))
    return passes


def test_a_phone_that_returns_and_one_that_does_not(
    phones: list[Phone], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = phones
    holds = {one: tmp_path / f"hold-{one.serial}" for one in phones}
    for hold in holds.values():
        hold.touch()
    held = f'cd {tmp_path}; touch held-"$ANDROID_SERIAL"; while [ -e hold-"$ANDROID_SERIAL" ]; do sleep 0.05; done'
    scenario = f'host:if [ "$DROIDANON_REPETITION" = 2 ]; then {held}; fi'
    head = '[lab]\nrepetitions = 2\nwait = "1h"\n[devices]\nscreen_on = true'
    nobody_comes = long_wait(monkeypatch, lab_session)
    session = Session(write_plan(tmp_path, head, scenario=scenario))

    def are_in_the_second_run(log: LabLog) -> bool:
        return len(done_by(log)) == 3 and all((tmp_path / f"held-{one.serial}").exists() for one in phones)

    session.wait_for(are_in_the_second_run)
    second.pull_cable()
    third.unplug()
    session.wait_for(lambda log: sum(one.outcome == "lost" for one in log.runs) == 2)  # while the scenarios still run
    holds[second].unlink()
    holds[third].unlink()
    holds[first].unlink()
    session.wait_for(lambda log: done_by(log)[name_of(first)] == 2)
    second.plug_in()
    session.wait_for(lambda log: done_by(log)[name_of(second)] == 2)
    nobody_comes.set()
    log = session.end()
    assert done_by(log) == {name_of(first): 2, name_of(second): 2, name_of(third): 1}
    assert f"{name_of(second)}: reconnected" in session.said
    assert log.aside == {}
    assert third.services.settings[STAY_ON] == "7"  # nobody could restore it
    # The same plan goes on when the phone is back.
    nobody_comes.clear()
    third.replug()
    log = Session(session.plan).end()
    assert done_by(log) == {name_of(one): 2 for one in phones}
    files = sorted(path.relative_to(session.plan.output).as_posix() for path in session.plan.output.glob("*/*.parquet"))
    assert files == sorted(f"{name_of(one)}/shop_cold_{number:02d}.parquet" for one in phones for number in (1, 2))
    capture = load_capture(session.plan.output / files[1])
    assert capture.labels == {
        "app": "shop",
        "scenario": "cold",
        "device": name_of(first),
        "repetition": "2",
        "lab": "plan",
    }


def test_a_phone_that_misbehaves_is_set_aside(phones: list[Phone], tmp_path: Path) -> None:
    bad = phones[1]
    scenario = f'host:[ "$ANDROID_SERIAL" != {bad.serial} ]'
    head = '[lab]\nrepetitions = 5\nper = "lab"\n[devices]\nfailures = 2'
    plan = write_plan(tmp_path, head, scenario=scenario)
    session = Session(plan)
    log = session.end()
    assert list(log.aside) == [name_of(bad)]
    assert set(done_by(log)) == {name_of(phones[0]), name_of(phones[2])}
    assert sorted(run.repetition for run in log.done(plan.output)) == list(range(1, 6))
    assert [one.outcome for one in log.runs if one.phone == name_of(bad)] == ["failed", "failed"]
    assert {one.parent.name for one in plan.output.glob("*/*.parquet")} == {"lab"}


def test_two_labs_do_not_share_a_phone(phones: list[Phone], tmp_path: Path) -> None:
    head = '[lab]\nrepetitions = 3\nper = "lab"'
    sessions = [Session(write_plan(tmp_path / name, head, name)) for name in ("one", "two")]
    logs = [session.end() for session in sessions]
    assert [len(log.done(session.plan.output)) for log, session in zip(logs, sessions, strict=True)] == [3, 3]
    spans = sorted((one.phone, *span_of(one), place) for place, log in enumerate(logs) for one in log.runs)
    for (phone, _, end, lab), (other_phone, start, _, other_lab) in pairwise(spans):
        assert phone != other_phone or lab == other_lab or end <= start + 0.01
    assert any("in use by `droidanon lab run`" in text for session in sessions for text in session.said)


def span_of(record: RunRecord) -> tuple[float, float]:
    """The seconds of the day in which a run took place."""
    hours, minutes, seconds = record.at[11:23].split(":")
    end = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return end - record.took_s, end


def test_a_folder_has_one_lab_at_a_time_and_keeps_its_meaning(phones: list[Phone], tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    hold.touch()
    scenario = f"host:while [ -e {hold} ]; do sleep 0.05; done"
    head = f'[lab]\nrepetitions = 1\n[devices]\nserials = ["{phones[0].serial}"]'
    session = Session(write_plan(tmp_path, head, scenario=scenario))
    session.wait_for(lambda log: len(log.phones) == 1)
    with pytest.raises(LockedError, match="lab run"):
        Session(session.plan).end()
    wait_until(lambda: is_locked(name_of(phones[0])))
    # ab is refused meanwhile.
    environment_of_ab = ["ab", "--app", APP, "--side", "base", "-n", "1", "-s", phones[0].serial, "--warmup", "0"]
    assert run([*environment_of_ab, "-o", str(tmp_path / "ab")]) == 1
    hold.unlink()
    assert done_by(session.end()) == {name_of(phones[0]): 1}
    path = session.plan.path
    path.write_text(path.read_text().replace("settle = 0", "settle = 1"))
    assert run(["lab", "run", str(path)]) == 2


def is_locked(name: str) -> bool:
    try:
        lock_phone(name, "a test").release()
    except LockedError:
        return True
    return False


def test_ctrl_c_sigkill_and_a_torn_journal(phones: list[Phone], tmp_path: Path) -> None:
    build = Build(version_code=290, native_kb=1024).write(tmp_path / "new.apk")
    head = (
        '[lab]\nrepetitions = 2\nwait = "5s"\ndataset = "fleet"\n[devices]\nscreen_on = true\n'
        f'serials = ["{phones[0].serial}", "{phones[1].serial}"]'
    )
    plan = write_plan(tmp_path, head)
    text = plan.path.read_text().replace(
        f'"{APP}"\n', f'"{APP}"\nbuilds = [{{ label = "1.1", apk = "{build.name}" }}]\n'
    )
    plan.path.write_text(text)

    def start() -> subprocess.Popen[str]:
        variables = {key: value for key, value in environment(phones[0]).items() if key != "ANDROID_SERIAL"}
        return start_command(variables, "lab", "run", str(plan.path), "--json")

    def wait_for_runs(count: int) -> None:
        wait_until(lambda: len(read_journal(plan.output).done(plan.output)) >= count)

    def is_restored() -> bool:
        return all(one.services.settings[STAY_ON] == "0" for one in phones)

    process = start()
    wait_for_runs(1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (130, "")
    assert mentions(err, "to continue", "droidanon lab run")
    assert "Traceback" not in err
    assert is_restored()
    before = len(read_journal(plan.output).done(plan.output))

    process = start()
    wait_for_runs(before + 1)
    process.kill()
    process.communicate(timeout=SECONDS)
    wait_until(is_restored)
    with (plan.output / JOURNAL).open("ab") as file:
        file.write(b'{"event": "run", "group": "MODEL00')
    kept = {path: path.stat().st_mtime_ns for path in plan.output.glob("*/*.parquet")}
    done = {plan.output / one.file for one in read_journal(plan.output).done(plan.output).values()}

    process = start()
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, err
    found = json.loads(out)
    assert found["totals"] == {"planned": 4, "done": 4}
    assert found["dataset"] == {"dataset": str(tmp_path / "fleet"), "added": 4, "known": 0}
    assert {one["name"] for one in found["phones"]} == {name_of(phones[0]), name_of(phones[1])}
    assert all(one["installed"] == [{"app": "shop", "build": "1.1"}] for one in found["phones"])
    assert all(kept[path] == path.stat().st_mtime_ns for path in done)
    runs = Counter(one.run for one in read_journal(plan.output).runs if one.outcome == "done")
    assert len(runs) == 4
    assert set(runs.values()) == {1}
    assert [phones[0].services.builds[APP].version_code, phones[2].services.builds[APP].version_code] == [290, 271]


def test_phones_rest(phones: list[Phone], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is hot and stays so; one has a low battery for a moment."""
    monkeypatch.setattr(worker, "REST_TURN_S", 0.3)
    rests_long = long_wait(monkeypatch, worker)
    hot, drained, _ = phones
    (hot.root / "system/etc/phone/thermal").write_text("4\n")
    (drained.root / "system/etc/phone/battery").write_text("5\n")
    head = f'[lab]\nrepetitions = 1\nwait = "1h"\n[devices]\nserials = ["{hot.serial}", "{drained.serial}"]'
    session = Session(write_plan(tmp_path, head))
    try:
        wait_until(lambda: any("rests: battery at 5 %" in text for text in session.said))
        (drained.root / "system/etc/phone/battery").write_text("50\n")
        session.wait_for(lambda log: done_by(log) == {name_of(drained): 1})
        rests_long.set()
        log = session.end()
    finally:
        (hot.root / "system/etc/phone/thermal").unlink()
        (drained.root / "system/etc/phone/battery").unlink()
    assert done_by(log) == {name_of(drained): 1}
    assert list(log.aside) == [name_of(hot)]
    assert "thermal status 4" in log.aside[name_of(hot)]


def test_a_run_that_takes_too_long_is_ended(phones: list[Phone], tmp_path: Path) -> None:
    head = (
        f'[lab]\nrepetitions = 2\nretries = 0\nrun_timeout = "2s"\n[devices]\nserials = ["{phones[0].serial}"]\n'
        "screen_on = true\nfailures = 2"
    )
    log = Session(write_plan(tmp_path, head, scenario="host:sleep 60")).end()
    assert [one.outcome for one in log.runs] == ["timeout", "timeout"]
    assert list(log.aside) == [name_of(phones[0])]


def test_no_phone_takes_part(phones: list[Phone], tmp_path: Path) -> None:
    session = Session(write_plan(tmp_path, '[devices]\nmodels = ["Pixel *"]'))
    with pytest.raises(DeviceError, match="takes part"):
        session.end()
    assert sum("left out" in text for text in session.said) == 3
    # A phone that was named is waited for.
    session = Session(write_plan(tmp_path / "named", '[lab]\nwait = "1s"\n[devices]\nserials = ["absent"]'))
    session.end()
    assert any("absent" in text for text in session.said)
