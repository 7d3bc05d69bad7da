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


def facts(release: str) -> Collected:
    return Collected(texts={"props": f"[ro.build.version.release]: [{release}]\n[ro.build.type]: [user]\n"})


@pytest.mark.parametrize(("release", "state"), [("16", "ok"), ("7.1.2", "ok"), ("6.0.1", "warning"), ("", "warning")])
def test_android_releases(release: str, state: str) -> None:
    found = {finding.what: finding for finding in look_at_phone(facts(release), {})}
    assert found["Android"].state == state
    assert found["model"].told == "not told"
    assert "page size not told" in found["kernel"].told


@pytest.mark.parametrize(
    ("skew", "state", "words"),
    [
        ("0", "ok", "to the minute"),
        ("-59", "ok", "to the minute"),
        ("61", "warning", "61 s ahead"),
        ("-3600", "warning", "3600 s behind"),
        ("", "warning", "not told"),
    ],
)
def test_clocks(skew: str, state: str, words: str) -> None:
    found = {finding.what: finding for finding in look_at_tools({"skew": skew})}
    assert found["clock"].state == state
    assert words in found["clock"].told


@pytest.mark.parametrize(
    ("room", "state", "words"),
    [
        ("1000000 4096", "ok", "free"),
        ("100 4096", "warning", "free"),
        ("? ?", "warning", "not told"),
        ("", "warning", "not told"),
    ],
)
def test_room_on_the_phone(room: str, state: str, words: str) -> None:
    found = {finding.what: finding for finding in look_at_tools({"room": room})}
    assert found["room in /data"].state == state
    assert words in found["room in /data"].told


@pytest.mark.parametrize(("free", "state"), [(1 << 30, "ok"), (100 << 20, "warning"), (1 << 20, "failure")])
def test_room_on_the_host(free: int, state: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))
    found = look_at_room(tmp_path / "not" / "there")
    assert (found.state, str(tmp_path) in found.told) == (state, True)


def test_apps_are_summed_by_way() -> None:
    apps = [AppAccess(f"com.a{number}", 2, "root", "smaps") for number in range(6)]
    apps.append(AppAccess("com.b", 1, "none", "none"))
    told = [(finding.what, finding.state, finding.told) for finding in look_at_apps(apps)]
    assert told == [
        ("by root", "ok", "12 processes of 6 apps and daemons: every VMA with its name"),
        ("by none", "failure", "1 process of com.b: nothing"),
    ]
