"""Doctor's judgement of what a phone and a host say."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from droidanon.sources.phone.doctor.finding import AppAccess
from droidanon.sources.phone.doctor.host import look_at_room
from droidanon.sources.phone.doctor.phone import look_at_phone, look_at_tools
from droidanon.sources.phone.doctor.ways import look_at_apps
from droidanon.sources.phone.session_result import Collected
from tests.messages import mentions


def facts(release: str) -> Collected:
    return Collected(texts={"props": f"[ro.build.version.release]: [{release}]\n[ro.build.type]: [user]\n"})


@pytest.mark.parametrize(("release", "state"), [("16", "ok"), ("7.1.2", "ok"), ("6.0.1", "warning"), ("", "warning")])
def test_android_releases(release: str, state: str) -> None:
    found = {finding.what: finding for finding in look_at_phone(facts(release), {})}
    assert found["Android"].state == state


@pytest.mark.parametrize(
    ("skew", "state", "seconds"),
    [
        ("0", "ok", ""),
        ("-59", "ok", ""),
        ("61", "warning", "61 s"),
        ("-3600", "warning", "3600 s"),
        ("", "warning", ""),
    ],
)
def test_clocks(skew: str, state: str, seconds: str) -> None:
    found = {finding.what: finding for finding in look_at_tools({"skew": skew})}
    assert found["clock"].state == state
    assert seconds in found["clock"].result


@pytest.mark.parametrize(
    ("room", "state"), [("1000000 4096", "ok"), ("100 4096", "warning"), ("? ?", "warning"), ("", "warning")]
)
def test_room_on_the_phone(room: str, state: str) -> None:
    found = {finding.what: finding for finding in look_at_tools({"room": room})}
    assert found["room in /data"].state == state


@pytest.mark.parametrize(("free", "state"), [(1 << 30, "ok"), (100 << 20, "warning"), (1 << 20, "failure")])
def test_room_on_the_host(free: int, state: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    found = look_at_room(tmp_path / "not" / "there")
    assert (found.state, str(tmp_path) in found.result) == (state, True)


def test_apps_are_summed_by_way() -> None:
    apps = [AppAccess(f"com.a{number}", 2, "root", "smaps") for number in range(6)]
    apps.append(AppAccess("com.b", 1, "none", "none"))
    root, none = look_at_apps(apps)
    assert (root.what, root.state) == ("by root", "ok")
    assert mentions(root.result, "12", "6")
    assert (none.what, none.state) == ("by none", "failure")
    assert mentions(none.result, "1", "com.b")
