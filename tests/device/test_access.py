"""Every way to read, on a phone that has it: the same bytes by each, and what is told where nobody may read."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from droidanon_tui.explore.jobs import SideReader
from droidanon_tui.explore.messages import OpenFailed

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.fidelity import debuggable_warnings
from droidanon.analysis.view import View
from droidanon.cli.main import run
from droidanon.errors import AccessError, UsageError
from droidanon.sources.phone import access
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.resolve import load_source
from testphone.phone import FakeDevice, FakeServer, Phone
from testphone.phone.fixtures import see_only
from testphone.phone.model import ModelPhone
from testphone.phone.proc_tree import ProcTree
from tests.device.reading import APP, PhoneMaker, assert_bytes, counted, in_use
from tests.messages import mentions
from tests.waiting import wait_until


@pytest.mark.parametrize("su", ["userdebug", "named", "magisk"])
def test_each_dialect_of_su(seen: PhoneMaker, su: str) -> None:
    phone = seen(access="shell", su=su)
    said: list[str] = []
    whole = load_source("adb:", options=PhoneOptions(say=said.append))
    assert (whole.access, whole.problems, said) == ("su", (), [])
    assert len(whole.processes) == in_use(phone)
    assert all(process.fidelity == "smaps" for process in whole.processes)
    assert_bytes(whole, phone)
    app = load_source("adb:", app=APP, options=PhoneOptions(access="su"))
    assert len(counted(app)) == 3
    assert len(app.processes) == 6  # and the zygotes
    assert_bytes(app, phone)


def test_a_su_that_waits_for_a_tap_is_announced(seen: PhoneMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_SU_PATIENCE_SECONDS", 0.3)
    phone = seen(access="shell", su="waiting")
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        threading.Timer(0.3, phone.tap).start()

    capture = load_source("adb:", options=PhoneOptions(say=say))
    (line,) = said
    assert mentions(line, phone.serial, "su", "30 s")
    assert capture.access == "su"
    assert_bytes(capture, phone)


def test_a_su_that_nobody_confirms(seen: PhoneMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "SU_SECONDS", 1.0)
    phone = seen(access="shell", su="waiting")
    with pytest.raises(AccessError, match=r"\bsu\b.*\b1 s\b"):
        load_source("adb:", app=APP, options=PhoneOptions(access="su"))
    said: list[str] = []
    capture = load_source("adb:", app=APP, options=PhoneOptions(say=said.append))
    assert capture.access == "run-as"
    assert [mentions(line, phone.serial, "su", "1 s") for line in said] == [True, True]
    wait_until(lambda: not collectors_of(phone))


def collectors_of(phone: Phone) -> list[str]:
    """What still runs `su` in the phone's root."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "root").readlink() == phone.root and b"/su" in (folder / "cmdline").read_bytes():
                found.append(folder.name)
        except OSError:
            continue
    return found


def test_a_su_that_refuses(seen: PhoneMaker) -> None:
    seen(access="shell", su="denying")
    with pytest.raises(AccessError, match=r"\bsu\b.*Permission denied.*access auto"):
        load_source("adb:", options=PhoneOptions(access="su"))
    said: list[str] = []
    load_source("adb:", app=APP, options=PhoneOptions(say=said.append))
    assert mentions(said[0], "su", "Permission denied")


def test_there_is_no_su(seen: PhoneMaker) -> None:
    seen(access="shell")
    with pytest.raises(AccessError, match=r"\bsu\b"):
        load_source("adb:", options=PhoneOptions(access="su"))


def test_run_as_reads_the_apps_own_processes_and_dumpsys_tells_of_the_isolated_one(seen: PhoneMaker) -> None:
    phone = seen(access="shell")
    capture = load_source("adb:", app=APP)
    assert capture.access == "run-as"
    fidelity = {process.name.split(":")[-1]: process.fidelity for process in capture.processes}
    assert fidelity == {APP: "smaps", "remote": "smaps", "0": "meminfo"}
    assert_bytes(capture, phone)
    (problem,) = capture.problems
    assert "sandboxed_process0" in problem.where
    assert mentions(problem.message, "smaps", "dumpsys meminfo")
    (warning,) = debuggable_warnings(capture)
    assert mentions(warning.message, "com.example.app 2.7.1", "debuggable")
    strict = load_source("adb:", app=APP, options=PhoneOptions(access="run-as"))
    assert [process.fidelity for process in counted(strict)] == ["smaps", "smaps", "none"]


def test_all_of_a_phone_without_root(seen: PhoneMaker) -> None:
    phone = seen(access="shell")
    capture = load_source("adb:")
    by_fidelity: dict[str, set[str]] = {}
    for process in capture.processes:
        by_fidelity.setdefault(process.fidelity, set()).add(process.name)
    assert by_fidelity["smaps"] == {APP, f"{APP}:remote", "/apex/com.android.adbd/bin/adbd"}
    assert len(by_fidelity["meminfo"]) == in_use(phone) - 3
    assert set(by_fidelity) == {"smaps", "meminfo"}
    assert_bytes(capture, phone)


def test_the_heaps_of_dumpsys_are_those_of_smaps(seen: PhoneMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model counts its dumpsys tables by its own rules: read either way, an app has the same heaps."""
    root, locked = seen(), seen(access="shell", debuggable=False)
    by_dumpsys = load_source("adb:", app=APP)
    assert {process.fidelity for process in counted(by_dumpsys)} == {"meminfo"}
    assert by_dumpsys.access == "shell"
    see_only(root, monkeypatch)
    by_smaps = load_source("adb:", app=APP)
    assert locked.serial != root.serial
    told, read = (
        {
            (row["heap"], row["process"]): (row["total_pss_kb"], row["private_dirty_kb"], row["rss_kb"])
            for row in breakdown(View(capture), ("process", "heap")).rows.records()
        }
        for capture in (by_dumpsys, by_smaps)
    )
    assert told == {key: numbers for key, numbers in read.items() if any(numbers)}
    assert all(process.not_in_smaps_kb == {"EGL mtrack": 4096} for process in counted(by_dumpsys)[:2])


def test_below_dumpsys_there_is_status(seen: PhoneMaker) -> None:
    phone = seen(access="shell", debuggable=False, dumpsys=False)
    capture = load_source("adb:", app=APP)
    assert {process.fidelity for process in counted(capture)} == {"status"}
    (row,) = breakdown(View(capture), ("heap",)).rows.records()
    assert row["heap"] == "(not reported)"
    status = (phone.proc / str(phone.pid(APP)) / "status").read_text()
    one = next(process for process in capture.processes if process.name == APP)
    assert one.status_kb["rss_anon_kb"] == int(status.split("RssAnon:")[1].split()[0])
    assert row["anonymous_kb"] == sum(process.status_kb["rss_anon_kb"] for process in counted(capture))
    assert row.get("pss_kb") is None
    assert one.text is not None
    kept = one.text.decode().splitlines()
    assert set(kept) < set(status.splitlines())  # only what was read of it
    assert any(line.startswith("RssAnon:") for line in kept)
    assert not any(line.startswith(("Groups:", "Seccomp:", "CapEff:")) for line in kept)


def test_strict_ways_say_what_to_do(seen: PhoneMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_ROOT_SECONDS", 1.0)  # the real adbd of a host closes the request without a word
    seen(access="shell", debuggable=False)
    with pytest.raises(AccessError, match=r"com\.example\.app.*run-as: package not debuggable.*access auto"):
        load_source("adb:", app=APP, options=PhoneOptions(access="run-as"))
    with pytest.raises(UsageError, match="'sudo'.*auto, root, su, run-as, shell, reporter"):
        load_source("adb:", options=PhoneOptions(access="sudo"))
    with pytest.raises(AccessError, match="adb root: .*userdebug"):
        load_source("adb:", options=PhoneOptions(access="root"))


def test_shell_only_never_runs_as_the_app(seen: PhoneMaker) -> None:
    seen(access="shell")
    capture = load_source("adb:", app=APP, options=PhoneOptions(access="shell"))
    assert {process.fidelity for process in counted(capture)} == {"meminfo"}
    assert capture.access == "shell"


def test_the_way_of_the_environment(seen: PhoneMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    seen(access="shell", su="magisk")
    monkeypatch.setenv("DROIDANON_ACCESS", "run-as")
    assert load_source("adb:", app=APP).access == "run-as"
    assert load_source("adb:", app=APP, options=PhoneOptions(access="su")).access == "su"


@pytest.fixture
def rootable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A userdebug phone whose adbd restarts as root when asked."""
    ProcTree(ModelPhone(1, 16), tmp_path / "proc", tmp_path / "staging").write_all()
    device = FakeDevice("MODEL0001", proc=tmp_path / "proc", access="shell", rootable=0.5)
    temporary = Path(tempfile.gettempdir())
    for folder in (tmp_path, *tmp_path.parents):  # the phone's shell user walks them
        if folder.is_relative_to(temporary) and not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    with FakeServer([device]) as server:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(server.port))
        yield device


def test_adb_root_only_when_asked(rootable: FakeDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    load_source("adb:", app=APP)
    assert rootable.access == "shell"
    said: list[str] = []
    capture = load_source("adb:", app=APP, options=PhoneOptions(access="root", transfer="raw", say=said.append))
    assert rootable.access == "root"
    (line,) = said
    assert mentions(line, "MODEL0001", "adb root", "adb unroot")
    assert capture.access == "root"
    assert {process.fidelity for process in capture.processes} == {"smaps"}


def test_the_command_line_says_how_it_was_read(seen: PhoneMaker, tmp_path: Path) -> None:
    phone = seen(access="shell", debuggable=False)
    done = subprocess.run(
        [sys.executable, "-m", "droidanon", "capture", "--app", APP, "--captures", str(tmp_path)],
        env=phone.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert re.search(r"fidelity: .*\b3 processes\b.*dumpsys meminfo", done.stderr)
    assert "3 processes, 0 VMAs" in done.stderr


READERS = {
    "show": ["show", "adb:", "--app", APP],
    "diff": ["diff", "adb:", "adb:", "--app", APP],
    "meminfo": ["meminfo", "adb:", APP],
    "info": ["info", "adb:"],
    "names": ["names", "adb:", "--app", APP],
    "export": ["export", "adb:", "-o", "OUT"],
    "record": ["record", "adb:", "-n", "1", "-o", "OUT", "--sample", "0"],
    "rules test": ["rules", "test", "RULES", "adb:"],
}


@pytest.mark.parametrize("command", READERS)
def test_every_command_that_reads_a_phone_takes_the_way(
    seen: PhoneMaker, command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    seen(access="shell")
    (tmp_path / "rules.toml").write_text(
        '[[rule]]\nid = "x"\ncategory = "native.x"\nexact = ["x"]\nsummary = "X."\nadvice = "None."\nsource = "here"\nexamples = ["x"]\n'
    )
    places = {"OUT": str(tmp_path / "out"), "RULES": str(tmp_path / "rules.toml")}
    arguments = [places.get(word, word) for word in READERS[command]]
    assert run([*arguments, "--access", "su"]) == 1
    assert re.search(r"\bsu\b", capfd.readouterr().err)


def test_the_tui_goes_the_way_of_the_environment(
    seen: PhoneMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The TUI has no option for it: its workers read sources by `load_source` without options."""
    seen(access="shell")
    monkeypatch.setenv("DROIDANON_ACCESS", "su")
    opened = SideReader(APP, None, time.monotonic).open(["adb:"], lambda _: None)
    kept = SideReader(APP, None, time.monotonic).capture("adb:", tmp_path, lambda _: None)
    for failed in (opened, kept):
        assert isinstance(failed, OpenFailed)
        assert mentions(failed.error, "su")
