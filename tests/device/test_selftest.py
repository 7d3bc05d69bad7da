"""`droidanon selftest` on the test phone."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from droidanon.cli.main import run
from droidanon.report.selftest import Check, SelfTest, redacted
from testphone.phone import Phone
from tests.device.reading import APP, PhoneMaker

CODE = f"app-{hashlib.sha256(APP.encode()).hexdigest()[:8]}"


def states(path: Path) -> dict[tuple[str, str], str]:
    checks = json.loads(path.read_text())["checks"]
    return {(check["part"], check["what"]): check["state"] for check in checks}


def assert_private(path: Path, phone: Phone) -> None:
    text = path.read_text()
    assert CODE in text
    for private in (APP, phone.serial, phone.serial.partition(":")[0], "com.example", str(Path.home())):
        assert private not in text, private


def test_a_locked_phone(seen: PhoneMaker, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    phone = seen(access="shell")
    report = tmp_path / "report.json"
    assert run(["selftest", "adb:", "--app", APP, "-o", str(report)]) == 0
    found = states(report)
    assert [found["access", way] for way in ("auto", "root", "su", "run-as")] == ["ok", "skipped", "skipped", "warning"]
    assert found["numbers", "heaps as in dumpsys meminfo"] == "ok"
    assert found["numbers", "showmap, procrank"] == "skipped"
    assert (found["clean-up", "processes"], found["clean-up", "files"]) == ("ok", "ok")
    assert_private(report, phone)
    assert CODE in capsys.readouterr().out


def test_a_rooted_phone_with_the_platforms_tools(
    seen: PhoneMaker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    phone = seen(access="shell", su="magisk")
    for tool, command in (
        ("showmap", ["showmap", "adb:", "--pid", str(phone.pid(APP))]),
        ("procrank", ["procrank", "adb:"]),
    ):
        assert run([*command, "-q"] if tool == "showmap" else command) == 0
        (phone.root / "sdcard" / tool).write_text(capsys.readouterr().out)
        script = phone.root / "system/bin" / tool
        script.write_text(f"#!/system/bin/sh\ncat /sdcard/{tool}\n")
        script.chmod(0o755)
    report = tmp_path / "report.json"
    assert run(["selftest", "adb:", "--app", APP, "-o", str(report)]) == 0
    found = states(report)
    assert found["access", "su"] == found["access", "auto"] == "ok"
    assert found["numbers", "names as in showmap"] == found["numbers", "PSS as in procrank"] == "ok"
    assert_private(report, phone)
    shown = phone.root / "sdcard" / "showmap"
    shown.write_text(shown.read_text().replace("[anon:", "[other:"))
    (phone.root / "data/local/tmp/droidanon.sh").touch()
    assert run(["selftest", "adb:", "--app", APP, "-o", str(report)]) == 1
    found = states(report)
    assert (found["numbers", "names as in showmap"], found["clean-up", "files"]) == ("failure", "failure")


def test_what_a_report_does_not_hold() -> None:
    text = "com.a.b:push on 192.168.0.7:5555 (0A281F) in /home/me/captures: com.android.shell, org.other.app.remote, two.words, fe80::1:2:3"
    clean = redacted(
        SelfTest({"model": "0A281F"}, (Check("x", text, "ok", text),)),
        "com.a.b",
        ["0A281F", ""],
        ["two.words", "com.android.shell"],
    )
    for private in ("com.a.b", "192.168", "0A281F", "/home/me", "org.other", "two.words", "fe80"):
        assert private not in clean.checks[0].what + clean.checks[0].result + str(clean.facts["model"]), private
    assert "com.android.shell" in clean.checks[0].what
