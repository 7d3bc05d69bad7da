"""Recording from a phone: a cable that is pulled, a recorder that is killed, marks, several phones at once."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from droidanon.cli.main import run
from droidanon.record.recorder import Recorder, Request
from droidanon.record.replay import has_samples, seconds
from droidanon.record.schedule import Clock, Schedule
from droidanon.record.series_exits import exits_of
from droidanon.sources.resolve import resolve
from droidanon.sources.selection import Selection
from droidanon.store.parquet import load_capture
from droidanon.store.series import Series, read_series
from testphone.phone.blocking_file import BlockingFile
from testphone.phone.phone import Phone
from tests.device.command import DROIDANON, environment, start_command
from tests.device.test_adb_chaos import collectors, make_large, pid_of
from tests.terminal import Terminal
from tests.waiting import PATIENCE_S, wait_until


class Recording:
    """`droidanon record` as a process of its own; its stdin is open."""

    def __init__(self, phone: Phone, folder: Path, *arguments: str) -> None:
        self.process = start_command(environment(phone), "record", "-o", str(folder), *arguments, stdin=subprocess.PIPE)
        self.folder = folder

    def wait_for(self, seen: Callable[[Series], bool]) -> Series:
        """Until the series is so."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if (self.folder / "series.json").exists() and seen(series := read_series(self.folder)):
                return series
            assert self.process.poll() is None, self.process.stderr.read() if self.process.stderr else ""
            time.sleep(0.05)
        raise AssertionError("it did not come")

    def end(self, number: int) -> tuple[int, str]:
        """The exit code after a signal, and what was said."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, said


def test_a_cable_that_is_pulled_twice(own_phone: Phone, tmp_path: Path) -> None:
    recording = Recording(own_phone, tmp_path / "s", "--every", "1s", "--sample", "1s", "--app", "com.example.app")
    for count in (1, 2):
        before = len(recording.wait_for(lambda series: bool(series.captures)).captures)
        own_phone.unplug()
        recording.wait_for(lambda series, count=count: sum(gap.what == "captures" for gap in series.gaps) >= count)  # type: ignore[misc]
        own_phone.replug()
        recording.wait_for(
            lambda series, before=before: len(series.sources) > before and all(gap.end for gap in series.gaps)  # type: ignore[misc]
        )
    code, said = recording.end(signal.SIGINT)
    assert (code, "Traceback" in said) == (0, False), said
    assert said.count("lost: ") == said.count("\nreconnected\n") == 2
    series = read_series(recording.folder)
    assert (series.state, series.problems) == ("interrupted", ())
    assert series.missed > 0
    assert all(gap.end for gap in series.gaps)
    for file in series.files:
        assert {process.app for process in load_capture(file).processes if not process.reference} == {"com.example.app"}
    samples = pq.read_table(series.path / "status").to_pylist()
    assert {row["process"].split(":")[0] for row in samples} == {"com.example.app"}
    assert min(row["rss_kb"] for row in samples) > 0


def test_the_app_in_the_foreground(own_phone: Phone, tmp_path: Path) -> None:
    recording = Recording(own_phone, tmp_path / "s", "-n", "2", "--every", "1s")
    assert recording.process.wait(PATIENCE_S) == 0
    series = read_series(recording.folder)
    assert series.app == "com.example.app"
    for file in series.files:
        assert {process.app for process in load_capture(file).counted} == {"com.example.app"}
    samples = pq.read_table(series.path / "status").to_pylist()
    assert {row["process"].split(":")[0] for row in samples} == {"com.example.app"}


def test_a_recorder_that_is_killed(own_phone: Phone, tmp_path: Path) -> None:
    make_large(own_phone, pid_of(own_phone, "system_server"), 20)
    recording = Recording(own_phone, tmp_path / "s", "--all", "--every", "1s", "--sample", "0")
    recording.wait_for(lambda series: len(series.captures) >= 2)
    time.sleep(0.9)  # in the middle of a capture, or of writing it
    recording.end(signal.SIGKILL)
    series = read_series(recording.folder)
    assert series.state == "recording"
    assert len(series.captures) >= 2
    for file in series.files:
        assert not load_capture(file).partial
    assert run(["show", str(recording.folder)]) == run(["info", str(recording.folder)]) == 0
    wait_until(lambda: not collectors(own_phone))


def test_marks_by_stdin_signal_and_command(own_phone: Phone, tmp_path: Path) -> None:
    recording = Recording(own_phone, tmp_path / "s", "--every", "1s", "--sample", "0", "--stdin-marks")
    recording.wait_for(lambda series: bool(series.captures))
    assert recording.process.stdin
    recording.process.stdin.write("logged in\n")
    recording.process.stdin.flush()
    recording.wait_for(lambda series: len(series.marks) == 1)
    recording.process.send_signal(signal.SIGUSR1)
    recording.wait_for(lambda series: len(series.marks) == 2)
    assert run(["mark", str(tmp_path / "s"), "a note \x1b[2J"]) == 0
    code, said = recording.end(signal.SIGTERM)
    assert code == 0
    assert [mark.note for mark in read_series(recording.folder).marks] == ["logged in", "", "a note \x1b[2J"]
    assert "marked: logged in" in said


def test_ctrl_c_in_the_middle_of_a_capture(own_phone: Phone, tmp_path: Path) -> None:
    terminal = Terminal(
        [*DROIDANON, "record", "--all", "-n", "50", "--every", "1s", "-o", "s"], environment(own_phone), tmp_path
    )
    terminal.read_until(b"capture 1: ")
    with (
        ThreadPoolExecutor(1) as pool,
        BlockingFile(own_phone.proc / str(pid_of(own_phone, "com.example.app")) / "smaps") as smaps,
    ):
        fed = pool.submit(smaps.feed_half)
        terminal.read_while(lambda: not fed.done())
        terminal.type(b"\x03")
        assert terminal.exit_code() == 130
    fed.result()
    assert b"Traceback" not in terminal.seen, terminal.seen.decode()
    series = read_series(tmp_path / "s")
    assert series.state == "interrupted"
    assert [path for path in series.path.rglob(".*") if path.is_file()] == []


def test_several_phones_and_one_fails_alone(new_phone: Callable[..., Phone], tmp_path: Path, real_adbd: None) -> None:
    one = new_phone(seed=5, processes=12)
    two = new_phone(seed=6, processes=12, same_server_as=one)
    names = [one.serial, two.serial, "nowhere"]
    environ = {key: value for key, value in environment(one).items() if key != "ANDROID_SERIAL"}

    def droidanon(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*DROIDANON, *arguments]
        return subprocess.run(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    serials = [word for name in names for word in ("-s", name)]
    done = droidanon("record", "--all", *serials, "-o", str(tmp_path / "all"), "-n", "2", "--every", "1s", "--json")
    assert done.returncode == 1
    found = sorted((row["source"], row["captures"], row["state"]) for row in json.loads(done.stdout)["rows"])
    assert found == sorted((f"adb:{name}", 2, "done") for name in names[:2])
    assert "adb:nowhere: nowhere: " in done.stderr
    assert len(list((tmp_path / "all").iterdir())) == 2
    done = droidanon("capture", "--all-devices", "--captures", str(tmp_path / "captures"), "--json")
    assert done.returncode == 0
    rows = json.loads(done.stdout)["rows"]
    assert {row["source"] for row in rows} == {f"adb:{name}" for name in names[:2]}
    assert len({row["path"] for row in rows}) == 2
    assert {load_capture(row["path"]).source for row in rows} == {row["source"] for row in rows}


def test_samples_and_captures_have_the_same_judged_number(
    own_phone: Phone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The phone stands still, so every reading of a process is the same."""
    folder = tmp_path / "s"
    recording = Recording(own_phone, folder, "--app", "com.example.app", "--every", "1s", "--sample", "0.5s")
    recording.wait_for(lambda series: len(series.captures) >= 2 and has_samples(series))
    recording.end(signal.SIGINT)
    assert run(["limits", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["basis"], found["mem_total_kb"]) == ("judged", 7_700_000)
    assert run(["limits", f"{folder}#2", "--json"]) == 0
    captured = {row["process"]: row["anon_swap_kb"] for row in json.loads(capsys.readouterr().out)["rows"]}
    assert {row["process"]: row["max_kb"] for row in found["rows"]} == captured
    for row in found["rows"]:
        assert row["p50_kb"] == row["p90_kb"] == row["max_kb"]
        assert row["readings"] > 2


def test_a_process_that_is_killed(own_phone: Phone, tmp_path: Path) -> None:
    """Its exit is in the series, at the time of this computer's clock, which differs from the phone's zone."""
    pid = own_phone.pid("com.example.app")
    recording = Recording(own_phone, tmp_path / "s", "--every", "2s", "--sample", "1s", "--app", "com.example.app")
    recording.wait_for(lambda series: len(series.captures) >= 2)
    begin = datetime.now(UTC)
    own_phone.kill_process(pid, "limiter")
    end = datetime.now(UTC)
    series = recording.wait_for(lambda series: bool(series.exits))
    own_phone.kill_process(own_phone.pid("com.example.app:remote"), "low memory")
    code, said = recording.end(signal.SIGINT)
    assert code == 0, said
    (first,) = series.exits
    assert (first.exit.pid, first.exit.memory_cause) == (pid, "limiter")
    slack = timedelta(minutes=2)  # a busy phone answers late; zones differ by hours
    assert begin - slack <= datetime.fromisoformat(first.time) <= end + slack
    assert said.count("! exit: com.example.app") == 2  # the second is read at the end
    found = exits_of(resolve(str(recording.folder)))
    assert [one.memory_cause for one in found.exits] == ["low memory", "limiter"]
    for seen in found.last_seen:
        assert seen is not None and seen.anon_swap_kb is not None
        assert seen.anon_swap_kb > 1000
        assert seen.before_s < PATIENCE_S


def test_without_samples_and_with_a_clock_that_is_late(own_phone: Phone, tmp_path: Path) -> None:
    late_s = 7200.0

    class LateClock(Clock):
        def now(self) -> float:
            return time.time() - late_s

    clock = LateClock()
    wanted = Request("adb:", tmp_path, tmp_path / "s", Selection("com.example.app"))
    pid = own_phone.pid("com.example.app:remote")
    said: list[str] = []

    def report(line: str) -> None:
        said.append(line)
        if line.startswith("capture 1"):
            own_phone.kill_process(pid, "crash")

    killed = Recorder(wanted, Schedule(1.0, 2), clock, report=report).run()
    (found,) = killed.exits
    assert (found.exit.pid, found.exit.reason) == (pid, 4)
    assert seconds(killed.started) - PATIENCE_S <= seconds(found.time) <= seconds(killed.ended)
    assert found.exit.time.timestamp() - seconds(found.time) == pytest.approx(late_s, abs=PATIENCE_S)
    assert any(line.startswith("exit: com.example.app:remote") for line in said)
