"""--trim, --gc, --settle and --freeze on the test phone: what it answers is said, and kept in the capture."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from droidanon.cli.main import run
from droidanon.errors import UsageError
from droidanon.sources.phone import prepare
from droidanon.sources.phone.options import PhoneOptions, Prepare
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import Selection
from droidanon.store.parquet import load_capture
from droidanon.store.series import read_series
from testphone.phone import Phone
from testphone.phone.fixtures import see_only
from testphone.phone.proc_tree import ART_BLOCKED
from tests.messages import mentions
from tests.waiting import wait_until

APP = "com.example.app"
WORKER = f"{APP}:worker"


@pytest.fixture
def worker(
    request: pytest.FixtureRequest, new_phone: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch, real_adbd: None
) -> Iterator[Phone]:
    """A phone with a real process of the app's uid, that notes each SIGUSR1 in a file."""
    phone = new_phone(seed=4, processes=16, **request.param)
    see_only(phone, monkeypatch)
    tmp = "/data/local/tmp"
    body = f"trap 'echo caught >>{tmp}/caught' USR1; echo >>{tmp}/trapped; while :; do sleep 0.05; done"
    given = f'run-as {APP} sh -c "{body}" </dev/null >/dev/null 2>&1 & echo $!'
    caught, trapped = (phone.root / f"data/local/tmp/{name}" for name in ("caught", "trapped"))
    for file in (caught, trapped):
        file.touch()
        file.chmod(0o666)
    done = subprocess.run([str(phone.adb), "shell", given], env=phone.env, capture_output=True, check=True)
    pid = int(done.stdout)
    wait_until(trapped.read_text)
    shutil.rmtree(phone.proc / str(pid), ignore_errors=True)  # the model's, most often a kernel thread
    phone.tree.write(
        pid, 1, 10_234, WORKER.encode() + b"\0", "worker", 900_000, 0, (phone.proc / "1" / "smaps").read_bytes()
    )
    status = phone.proc / str(pid) / "status"
    status.chmod(0o644)
    status.write_text(status.read_text().replace("SigBlk:\t0000000000000000", f"SigBlk:\t{ART_BLOCKED:016x}"))
    yield phone


@pytest.mark.parametrize(
    "worker", [{"access": "root"}, {"access": "shell", "su": "magisk"}, {"access": "shell"}], indirect=True
)
def test_the_signal_comes_by_each_way(worker: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "GC_SECONDS", 0.2)
    options = PhoneOptions(prepare=Prepare(gc=True))
    capture = load_source("adb:", Selection(process=f"^{WORKER}$"), options=options)
    (told,) = capture.preparations
    assert (told.kind, told.done) == ("gc", True)
    assert mentions(told.answer, "1", "1", "1", "SIGUSR1")
    caught = worker.root / "data/local/tmp/caught"
    wait_until(caught.read_text)
    assert caught.read_text() == "caught\n"


def test_without_access_dumpsys_makes_it_collect(
    new_phone: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch, real_adbd: None
) -> None:
    phone = new_phone(seed=4, processes=16, access="shell", debuggable=False)
    see_only(phone, monkeypatch)
    capture = load_source("adb:", app=APP, options=PhoneOptions(prepare=Prepare(gc=True, freeze=True)))
    collected, frozen = capture.preparations
    assert collected.done
    assert mentions(collected.answer, "3", "3", "3", "dumpsys meminfo")
    assert not frozen.done
    assert mentions(frozen.answer, "0", "3", "com.example.app (pid")


def test_what_a_command_line_says_and_keeps(own_phone: Phone, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "c.parquet"
    assert run(["capture", "--app", APP, "--trim", "HIDDEN", "--settle", "1", "-o", str(path)]) == 0
    said = capsys.readouterr().err
    trim, settle = (line for line in said.splitlines() if line.split(": ")[0] in ("trim", "settle"))
    assert mentions(trim, "HIDDEN", "3", "3")
    assert mentions(settle, "RssAnon + VmSwap", "1")
    assert [one.kind for one in load_capture(path).preparations] == ["trim", "settle"]
    assert run(["info", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "prepared.trim" in shown
    assert trim.removeprefix("trim: ") in shown
    assert run(["info", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["info"]["prepared.trim"] == trim.removeprefix("trim: ")
    assert run(["capture", "--app", APP, "--trim", "COMPLETE", "-o", str(path)]) == 1
    said = capsys.readouterr().err
    assert "Unable to set a background trim level on a foreground process\n" in said
    assert path.exists()


def test_some_processes_only(own_phone: Phone, capsys: Any) -> None:
    assert run(["capture", "--all", "--gc"]) == 2
    assert mentions(capsys.readouterr().err, "gc", "--app", "--pid", "--process", "--user")
    assert run(["capture", "local:", "--all", "--freeze"]) == 2
    for pid in range(30_000, 30_070):
        (own_phone.proc / str(pid)).symlink_to(str(own_phone.pid(APP)))
    assert run(["capture", "--app", APP, "--freeze"]) == 2
    assert mentions(capsys.readouterr().err, "freeze", "73", "64")
    with pytest.raises(UsageError):
        load_source("adb:", app=APP, options=PhoneOptions(access="reporter", prepare=Prepare(freeze=True)))


def test_each_capture_of_a_series_is_prepared(own_phone: Phone, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    assert (
        run(
            ["record", "--app", APP, "--trim", "HIDDEN", "-n", "2", "--every", "1s", "--sample", "0", "-o", str(folder)]
        )
        == 0
    )
    for file in read_series(folder).files:
        assert [one.answer for one in load_capture(file).preparations] == ["HIDDEN sent to 3 of 3"]
