"""Fixtures: `phone`, a plugged-in test phone that may be read as root; `shell_phone`, one that only the shell may read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.phone.phone import Phone, missing_for_adbd


def pytest_report_header() -> str:
    """Which phone the tests run against."""
    why = missing_for_adbd()
    return "test phone: " + (f"stand-in for the adb server only ({why}); tests that need adbd are left out" if why else "real adbd and adb server")


@pytest.fixture(scope="session")
def root_phone() -> Iterator[Phone]:
    """One phone for all tests that only read."""
    if why := missing_for_adbd():
        pytest.skip(f"no real adbd: {why}")
    with Phone(seed=1) as found:
        yield found


@pytest.fixture
def phone(root_phone: Phone, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """The shared phone, as the only one that adb knows."""
    _see_only(root_phone, monkeypatch)
    return root_phone


@pytest.fixture
def own_phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Phone]:
    """A phone that a test may change or unplug."""
    if why := missing_for_adbd():
        pytest.skip(f"no real adbd: {why}")
    with Phone(seed=2, processes=16) as found:
        _see_only(found, monkeypatch)
        yield found


@pytest.fixture
def shell_phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Phone]:
    """A phone whose adbd runs commands as uid 2000."""
    if why := missing_for_adbd():
        pytest.skip(f"no real adbd: {why}")
    with Phone(seed=3, access="shell", processes=16) as found:
        _see_only(found, monkeypatch)
        yield found


def _see_only(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANDROID_SERIAL", "ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(phone.server_port))
