"""Apps that hand their own smaps over, and those that don't."""

from __future__ import annotations

import re

import pytest

from droidanon.errors import AccessError
from droidanon.smaps.writer import write_process
from droidanon.sources.phone import collector
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.resolve import load_source
from tests.device.reading import APP, PhoneMaker, assert_bytes, counted, text_of
from tests.messages import mentions


@pytest.mark.parametrize("way", ["auto", "reporter"])
def test_a_release_app_hands_its_smaps_over(seen: PhoneMaker, way: str) -> None:
    phone = seen(access="shell", debuggable=False, reporter="answering")
    capture = load_source("adb:", app=APP, options=PhoneOptions(access=way))
    assert capture.access == "reporter"
    fidelity = {process.name.split(":")[-1]: process.fidelity for process in counted(capture)}
    assert fidelity == {APP: "smaps", "remote": "smaps", "0": "meminfo" if way == "auto" else "none"}
    assert_bytes(capture, phone)
    assert len(capture.problems) == 1


def test_an_app_without_a_reporter(seen: PhoneMaker) -> None:
    seen(access="shell", debuggable=False)
    with pytest.raises(
        AccessError,
        match=r"reporter: Could not find provider: com\.example\.app\.droidanon",
    ):
        load_source("adb:", app=APP, options=PhoneOptions(access="reporter"))
    assert {process.fidelity for process in counted(load_source("adb:", app=APP))} == {"meminfo"}


def test_a_reporter_that_denies(seen: PhoneMaker) -> None:
    seen(access="shell", debuggable=False, reporter="denying")
    with pytest.raises(AccessError, match=r"reporter: Permission Denial: .*requires android.permission.DUMP"):
        load_source("adb:", app=APP, options=PhoneOptions(access="reporter"))
    capture = load_source("adb:", app=APP)
    assert {process.fidelity for process in counted(capture)} == {"meminfo"}
    assert capture.problems[0].message.startswith("reporter: Permission Denial")


def test_a_reporter_that_breaks_off(seen: PhoneMaker) -> None:
    phone = seen(access="shell", debuggable=False, reporter="tearing")
    capture = load_source("adb:", app=APP)
    torn = {problem.where.split(" (")[0] for problem in capture.problems if "reporter" in problem.message}
    assert torn == {APP, f"{APP}:remote"}
    for index, process in enumerate(capture.processes):
        if process.fidelity == "smaps":
            assert b"".join(write_process(capture, index)) == text_of(phone, process)[:20000]


def test_a_reporter_that_hangs_costs_only_its_own_process(seen: PhoneMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "SCRIPT", re.sub(r"most=\d+", "most=15", collector.SCRIPT))
    phone = seen(access="shell", debuggable=False, reporter="answering")
    providers = phone.root / "system/etc/phone/providers"
    providers.write_text(providers.read_text().replace(f"{APP}:remote answering", f"{APP}:remote hanging"))
    capture = load_source("adb:", app=APP)
    assert not capture.partial
    fidelity = {process.name.split(":")[-1]: process.fidelity for process in counted(capture)}
    assert fidelity == {APP: "smaps", "remote": "meminfo", "0": "meminfo"}
    (message,) = [one.message for one in capture.problems if one.where.startswith(f"{APP}:remote")]
    assert mentions(message, "reporter: ", "15 s")


def test_a_reporter_of_a_process_that_has_the_pid_now(seen: PhoneMaker) -> None:
    """The provider is asked for a pid, and starts its process where that has ended: it must not hand over another's."""
    phone = seen(access="shell", debuggable=False, reporter="answering")
    (phone.root / "system/etc/phone/providers").write_text(f"{APP}.droidanon {APP}:other answering\n")
    with pytest.raises(AccessError, match=r"reporter: .*\b77\b"):
        load_source("adb:", app=APP, options=PhoneOptions(access="reporter"))
