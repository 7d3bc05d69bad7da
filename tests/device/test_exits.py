"""How processes of a phone ended: live."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from droidanon.cli.main import run
from droidanon.errors import DeviceError
from droidanon.sources.adb.server import open_device
from droidanon.sources.exits import read_exits
from droidanon.sources.phone.exits import ask_exits
from droidanon.sources.resolve import resolve
from testphone.phone.phone import Phone
from tests.waiting import PATIENCE_S

APP = "com.example.app"


def test_each_way_to_end(own_phone: Phone) -> None:
    pids = {name: own_phone.pid(name) for name in (APP, f"{APP}:remote")}
    begin = datetime.now(UTC)
    own_phone.kill_process(pids[APP], "limiter")
    own_phone.kill_process(pids[f"{APP}:remote"], "low memory")
    newest, older = read_exits(resolve("adb:"), APP).exits
    assert (newest.process, newest.pid, newest.memory_cause) == (f"{APP}:remote", pids[f"{APP}:remote"], "low memory")
    assert (older.process, older.pid, older.memory_cause) == (APP, pids[APP], "limiter")
    assert older.rss_kb is not None and older.rss_kb > 10_000
    # Printed in the phone's zone, to the millisecond.
    assert older.time.utcoffset() == timedelta(hours=5, minutes=30)
    assert begin - timedelta(milliseconds=1) <= older.time <= newest.time <= datetime.now(UTC)


def test_only_the_app_that_is_asked_for(own_phone: Phone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["exits", "adb:", "--app", APP]) == 0
    printed = capsys.readouterr()
    assert (printed.out, f"no exits of {APP} are recorded" in printed.err) == ("", True)
    own_phone.kill_process(own_phone.pid(APP), "crash")
    assert run(["exits", "adb:", "--app", "com.android.systemui", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == []
    assert run(["exits", "adb:", "--json"]) == 0
    assert [row["app"] for row in json.loads(capsys.readouterr().out)["rows"]] == [APP]


def test_the_last_sixteen_are_kept(own_phone: Phone) -> None:
    for _ in range(17):
        own_phone.restart_app(APP)
    exits = read_exits(resolve("adb:"), APP).exits
    assert len(exits) == 16
    assert {one.subreason_label for one in exits} == {"FORCE STOP"}


def test_by_how_much_the_clock_is_ahead(own_phone: Phone) -> None:
    answer = ask_exits(open_device(), APP, clock=lambda: time.time() - 3600)
    assert answer.ahead_s == pytest.approx(3600, abs=PATIENCE_S)


@pytest.mark.parametrize(
    ("sdk", "expected"), [("29", "Android 10 keeps no exits"), ("36", "exit-info is not available: Can't find service")]
)
def test_a_phone_without_exits(own_phone: Phone, sdk: str, expected: str) -> None:
    facts = own_phone.root / "system/etc/phone"
    properties = (facts / "props").read_text()
    (facts / "props").write_text(properties.replace("sdk=36", f"sdk={sdk}").replace("release=16", "release=10"))
    (facts / "no-dumpsys").touch()
    with pytest.raises(DeviceError, match=expected):
        read_exits(resolve("adb:"), APP)
