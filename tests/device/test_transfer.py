"""The phone compresses where the link is slow: the same bytes, fewer of them on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from droidanon.cli.main import run
from droidanon.errors import DeviceError
from droidanon.smaps.writer import write_process
from droidanon.sources.adb.server import open_device
from droidanon.sources.phone import compression
from droidanon.sources.phone.compression import try_link
from droidanon.sources.phone.doctor.examination import examine
from droidanon.sources.phone.options import PhoneOptions
from droidanon.sources.resolve import load_source
from testphone.phone import Phone
from testphone.phone.fixtures import see_only
from testphone.phone.throttle import SlowLink

APP = "com.example.app"


@pytest.fixture
def phone(new_phone: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch, real_adbd: None) -> Phone:
    one = new_phone(seed=4, processes=16, gzip=True)
    see_only(one, monkeypatch)
    return one


@pytest.fixture
def slow(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowLink]:
    """The way to the phone carries 2 MB a second."""
    with SlowLink(phone.server_port, 2e6) as link:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(link.port))
        yield link


def texts(source: str, **options: Any) -> dict[str, bytes]:
    capture = load_source(source, options=PhoneOptions(**options))
    assert capture.problems == ()
    return {
        f"{process.name} {process.pid}": b"".join(write_process(capture, index))
        for index, process in enumerate(capture.processes)
    }


def test_a_slow_link_is_seen_and_the_phone_compresses(phone: Phone, slow: SlowLink) -> None:
    rate = try_link(open_device(None)).bytes_s
    assert rate is not None
    assert rate < 3e6  # a busy machine can only make it look slower
    said: list[str] = []
    before = slow.sent
    by_itself = texts("adb:", say=said.append)
    sent = slow.sent - before
    assert ["transfer raw" in line for line in said] == [True]
    before = slow.sent
    raw = texts("adb:", transfer="raw")
    assert by_itself == raw
    assert sent < (slow.sent - before) / 4


@pytest.mark.parametrize(("gzip", "state"), [(True, "ok"), (False, "warning")])
def test_doctor_sees_a_slow_link(
    new_phone: Callable[..., Phone],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    gzip: bool,
    state: str,
    real_adbd: None,
) -> None:
    one = new_phone(seed=4, processes=12, gzip=gzip)
    see_only(one, monkeypatch)
    with SlowLink(one.server_port, 1e6) as link:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(link.port))
        (found,) = (finding for finding in examine(None, tmp_path, print).findings if finding.what == "link")
    assert found.state == state
    assert "MB/s" in found.result


def test_a_fast_link_is_left_alone(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(compression, "SLOW_BYTES_S", 1e4)  # a busy machine can make any link look slow
    with SlowLink(phone.server_port, 1e9) as link:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(link.port))
        size = sum(map(len, texts("adb:", say=said.append).values()))
    assert said == []
    assert link.sent > size


def test_a_phone_without_gzip(own_phone: Phone, monkeypatch: pytest.MonkeyPatch, real_adbd: None) -> None:
    with SlowLink(own_phone.server_port, 2e6) as link:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(link.port))
        said: list[str] = []
        assert load_source("adb:", app=APP, options=PhoneOptions(say=said.append)).problems == ()
        assert said == []
        with pytest.raises(DeviceError, match="gzip.*transfer raw"):
            load_source("adb:", app=APP, options=PhoneOptions(transfer="gzip"))


@pytest.mark.parametrize(
    "options", [{"access": "shell"}, {"access": "shell", "su": "userdebug"}, {"access": "shell", "su": "magisk"}]
)
def test_each_way_compressed(
    new_phone: Callable[..., Phone], monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], real_adbd: None
) -> None:
    one = new_phone(seed=4, processes=16, gzip=True, **options)
    see_only(one, monkeypatch)
    found = [load_source("adb:", app=APP, options=PhoneOptions(transfer=way)) for way in ("raw", "gzip")]
    assert len({capture.access for capture in found}) == 1
    sides = [
        [
            (process.name, process.fidelity, b"".join(write_process(capture, index)))
            for index, process in enumerate(capture.processes)
        ]
        for capture in found
    ]
    assert sides[0] == sides[1]
    assert [{process.version_name for process in capture.processes if process.name == APP} for capture in found] == [
        {"2.7.1"}
    ] * 2


def test_a_link_that_is_cut_while_the_phone_compresses(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    with SlowLink(phone.server_port, 50e3) as link:
        monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(link.port))

        def cut(done: int, total: int | None, text: str) -> None:
            if done == 4:
                link.cut()

        capture = load_source("adb:", options=PhoneOptions(transfer="gzip"), progress=cut)
    assert capture.partial
    assert capture.problems
    assert len(capture.processes) < sum(process.role != "kernel" for process in phone.model.processes.values())
    for index, process in enumerate(capture.processes):
        kept = b"".join(write_process(capture, index))
        whole = (phone.proc / str(process.pid) / "smaps").read_bytes()
        assert kept == whole or (index == len(capture.processes) - 1 and whole.startswith(kept))


def test_a_way_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["capture", "--transfer", "zip"]) == 2
    assert "transfer 'zip': one of auto, raw, gzip" in capsys.readouterr().err
