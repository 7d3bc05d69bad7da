"""Phones that public threads tell of: root managers with limits, two Android users, old dumpsys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from droidanon.analysis.breakdown import breakdown
from droidanon.analysis.view import View
from droidanon.cli.main import run
from droidanon.errors import AccessError, ProcessError
from droidanon.sources.phone import access
from droidanon.sources.phone.doctor.examination import examine
from droidanon.sources.phone.options import PhoneOptions, Prepare
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import Selection
from testphone.phone import Phone
from tests.device.reading import APP, PhoneMaker, assert_bytes, counted, in_use
from tests.messages import mentions


def test_a_su_that_takes_short_commands_only(seen: PhoneMaker) -> None:
    phone = seen(access="shell", su="short")
    said: list[str] = []
    whole = load_source("adb:", options=PhoneOptions(say=said.append))
    assert (whole.access, whole.problems, said) == ("su", (), [])
    assert len(whole.processes) == in_use(phone)
    assert_bytes(whole, phone)
    some = load_source("adb:", Selection(user=0), options=PhoneOptions(prepare=Prepare(freeze=True)))
    assert {process.fidelity for process in some.processes} == {"smaps"}
    assert_bytes(some, phone)


def test_a_su_that_may_read_nothing(seen: PhoneMaker, capsys: pytest.CaptureFixture[str]) -> None:
    phone = seen(access="shell", su="blind")
    said: list[str] = []
    capture = load_source("adb:", app=APP, options=PhoneOptions(say=said.append))
    assert capture.access == "run-as"
    assert sum(process.rows for process in counted(capture)) > 1000
    assert_bytes(capture, phone)
    (line,) = said
    assert mentions(line, phone.serial, "su", "Permission denied")
    with pytest.raises(AccessError, match="Permission denied"):
        load_source("adb:", app=APP, options=PhoneOptions(access="su"))
    run(["doctor"])
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.split()[1:2] == ["su"]]
    assert row.split()[0] == "warning"
    assert "Permission denied" in row


def test_an_adbd_that_is_root_and_may_read_nothing(seen: PhoneMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = seen()
    monkeypatch.setattr(access, "why_others_are_refused", lambda device, access: "it may not read other processes")
    said: list[str] = []
    capture = load_source("adb:", options=PhoneOptions(say=said.append))
    assert len(capture.processes) == in_use(phone)
    assert mentions(said[0], phone.serial, "adbd is root", "continuing as the shell")
    assert len(counted(load_source("adb:", app=APP))) == 3
    with pytest.raises(AccessError, match="adbd is root"):
        load_source("adb:", options=PhoneOptions(access="root"))


def test_a_su_that_never_answers(seen: PhoneMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "_VERSION_SECONDS", 0.5)
    monkeypatch.setattr(access, "SU_SECONDS", 1000.0)  # it is not asked anything else
    phone = seen(access="shell", su="hanging")
    said: list[str] = []
    capture = load_source("adb:", app=APP, options=PhoneOptions(say=said.append))
    assert capture.access == "run-as"
    (line,) = said
    assert mentions(line, phone.serial, "su does not answer")
    with pytest.raises(AccessError, match=r"\bsu\b"):
        load_source("adb:", app=APP, options=PhoneOptions(access="su"))
    assert run(["doctor"]) == 0


@pytest.mark.parametrize("place", ["debug_ramdisk", "sbin", "system/xbin/bstk"])
def test_a_su_that_is_not_in_the_path(seen: PhoneMaker, place: str) -> None:
    phone = seen(access="shell", su="bare")
    folder = phone.root / place
    folder.mkdir(parents=True, exist_ok=True)
    (phone.root / "system/bin/su").rename(folder / "su")
    capture = load_source("adb:", app=APP)
    assert (capture.access, capture.problems) == ("su", ())
    assert_bytes(capture, phone)


def test_a_phone_without_su_may_hide_it(seen: PhoneMaker) -> None:
    seen(access="shell")
    with pytest.raises(AccessError) as caught:
        load_source("adb:", options=PhoneOptions(access="su"))
    assert mentions(str(caught.value), "KernelSU", "APatch", "com.android.shell")


def add_copy(phone: Phone, pid: int = 1500) -> None:
    """A work profile's copy of the app, in the foreground."""
    copy = replace(phone.model.find(APP), pid=pid, uid=1_010_234)
    phone.model.processes[pid] = copy
    phone.tree.show(copy)


def test_the_foreground_app_is_that_of_its_user(seen: PhoneMaker) -> None:
    phone = seen()
    add_copy(phone)
    said: list[str] = []
    capture = load_source("adb:", Selection(foreground=True), options=PhoneOptions(say=said.append))
    assert [(process.pid, process.user) for process in counted(capture)] == [(1500, 10)]
    assert mentions(said[0], APP, "user 10")
    both = load_source("adb:", app=APP)
    assert {process.user for process in counted(both)} == {0, 10}
    rows = breakdown(View(both), ("app",), counters=["rss_kb"]).rows
    assert [(row["app"], row["user"]) for row in rows.records()] == [(APP, "0"), (APP, "10")]
    one = breakdown(View(capture), ("app",), counters=["rss_kb"]).rows
    assert list(one.keys) == ["app"]
    assert one.number("rss_kb", 0) == rows.number("rss_kb", 1)
    with pytest.raises(ProcessError, match="users 0, 10"):
        load_source("adb:", Selection(app=APP, user=11))


def test_every_command_takes_a_user(seen: PhoneMaker, capsys: pytest.CaptureFixture[str]) -> None:
    import json

    phone = seen()
    add_copy(phone)
    for command in (["show", "adb:"], ["diff", "adb:", "adb:", "--all"], ["verify", "adb:", "--all"]):
        assert run([*command, "--app", APP, "--user", "10", "--json"]) in (0, 1), command
        assert json.loads(capsys.readouterr().out)["rows"], command
    assert run(["meminfo", "adb:", APP, "--user", "10"]) == 0
    out = capsys.readouterr().out
    assert "pid 1500" in out
    assert out.count("** MEMINFO in pid") == 1


def test_a_dumpsys_that_knows_no_timeout(seen: PhoneMaker) -> None:
    """Android 6: `dumpsys -t` takes -t for a service."""
    phone = seen(access="shell", debuggable=False)
    tool = phone.root / "system/bin/dumpsys"
    tool.write_text(
        tool.read_text().replace(
            'if [ "$1" = -t ]; then shift 2; fi', 'if [ "$1" = -t ]; then echo "Can\'t find service: -t"; exit; fi'
        )
    )
    props = phone.root / "system/etc/phone/props"
    props.write_text(props.read_text().replace("ro.build.version.sdk=36", "ro.build.version.sdk=23"))
    capture = load_source("adb:", app=APP)
    assert {process.fidelity for process in counted(capture)} == {"meminfo"}
    collected = load_source("adb:", app=APP, options=PhoneOptions(prepare=Prepare(gc=True)))
    assert [(one.kind, one.done) for one in collected.preparations] == [("gc", True)]
    examined = examine(phone.serial, phone.root, lambda _text: None)
    assert [one.state for one in examined.findings if one.what == "dumpsys"] == ["ok"]
