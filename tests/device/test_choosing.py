"""Which processes of a phone are read, whose they are, and what is known of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from droidanon.cli.main import run
from droidanon.errors import ProcessError, UsageError
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import Selection
from tests.device.reading import APP, PhoneMaker, counted, in_use


def test_the_app_in_the_foreground_is_the_default(seen: PhoneMaker, tmp_path: Path, capsys: Any) -> None:
    phone = seen()
    assert run(["capture", "--captures", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert ": com.example.app" in told.err
    assert "com.example.app" in told.out
    assert run(["capture", "--all", "--captures", str(tmp_path), "--json"]) == 0
    assert f'"processes": {in_use(phone)}' in capsys.readouterr().out
    assert run(["capture", "--all", "--app", APP]) == 2


def test_no_app_in_the_foreground(seen: PhoneMaker) -> None:
    seen(dumpsys=False)
    with pytest.raises(ProcessError) as caught:
        load_source("adb:", Selection(foreground=True))
    assert caught.value.settings == ("app", "all")


def test_processes_by_pattern_and_by_user(seen: PhoneMaker) -> None:
    phone = seen()
    names = {process.name for process in counted(load_source("adb:", Selection(process="^com[.]example[.]app(:|$)")))}
    assert names == {process.name for process in phone.model.processes.values() if process.package == APP}
    assert {process.name for process in counted(load_source("adb:", Selection(user=0, process="logd")))} == {
        "/system/bin/logd"
    }
    with pytest.raises(ProcessError, match=r"nothing.*\b3\b.*\b0\b"):
        load_source("adb:", Selection(process="nothing", user=3))
    with pytest.raises(UsageError, match=r"\("):
        load_source("adb:", Selection(process="("))


def test_a_webview_renderer_is_its_apps(seen: PhoneMaker) -> None:
    phone = seen()
    name = b"com.google.android.webview:sandboxed_process0:org.chromium.content.app.SandboxedProcessService0:0\0"
    smaps = (phone.proc / str(phone.pid(APP)) / "smaps").read_bytes()
    vmas = phone.model.vmas(phone.model.find(APP))
    phone.tree.write(32_001, 1205, 99_005, name, "ocessService0:0", 800_000, 0, smaps, vmas)
    phone.tree.write(32_002, phone.pid(APP), 10_234, b"com.example.app_zygote\0", "app_zygote", 800_100, 0, smaps)
    capture = load_source("adb:", app=APP)
    found = {process.pid: process for process in capture.processes}
    assert (found[32_001].package, found[32_001].reference) == (APP, False)
    assert (found[32_002].package, found[32_002].reference) == (APP, False)


def test_what_is_known_of_an_app_and_the_system(seen: PhoneMaker) -> None:
    phone = seen()
    capture = load_source("adb:", app=APP)
    one = next(process for process in capture.processes if process.name == APP)
    assert (one.version_name, one.version_code, one.debuggable) == ("2.7.1", 271, True)
    assert (one.abi, one.compile_filter) == ("arm64-v8a", "speed-profile")
    assert one.age_s == pytest.approx(600, abs=11)
    assert one.read_s == 0.0  # the model's clock stands still
    assert one.not_in_smaps_kb == {"EGL mtrack": 4096}
    assert one.objects["Activities"] == one.pid % 2  # type: ignore[operator]
    system = capture.system
    assert (system["zram_used_kb"], system["dmabuf_kb"], system["dmabufs"]) == (409600, 9128, 3)
    assert system["psi_some_us"] == 5_100_200
    assert system["clock_s"] == pytest.approx(time.time(), abs=60)
    whole = load_source("adb:")
    known = {process.name: process for process in whole.processes}
    assert (known[APP].debuggable, known[APP].version_code) == (True, 271)
    assert known["com.android.systemui"].debuggable is False
    assert whole.android == 16
    assert phone.pid(APP) == known[APP].pid
