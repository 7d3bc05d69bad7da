"""Fixtures with a test phone; enable them with `pytest_plugins = ["testphone.phone.fixtures"]`."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from testphone.phone.launcher import missing_for_real_adbd
from testphone.phone.phone import Phone


def pytest_report_header() -> str:
    """Which of the two phones the tests use."""
    setup = Path(__file__).with_name("setup.sh")
    if missing_for_real_adbd() and Path("/bin/sh").exists():
        subprocess.run(["/bin/sh", str(setup)], check=False, capture_output=True)
        missing_for_real_adbd.cache_clear()
    reason = missing_for_real_adbd()
    return f"test phone: stand-in adb server ({reason})" if reason else "test phone: real adbd"


@pytest.fixture(scope="session")
def root_phone() -> Iterator[Phone]:
    """One rooted phone, shared by all tests that only read."""
    with Phone(seed=1) as one:
        yield one


@pytest.fixture
def phone(root_phone: Phone, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """The shared phone, as the only one visible to adb."""
    see_only(root_phone, monkeypatch)
    return root_phone


@pytest.fixture
def own_phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Phone]:
    """A phone that a test may modify or unplug."""
    with Phone(seed=2, processes=16) as one:
        see_only(one, monkeypatch)
        yield one


@pytest.fixture
def shell_phone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Phone]:
    """A phone with a release build: the shell has uid 2000, and there is no su."""
    with Phone(seed=3, access="shell", processes=16) as one:
        see_only(one, monkeypatch)
        yield one


def see_only(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a phone the only one visible to this process's adb clients."""
    for name in ("ANDROID_SERIAL", "ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(phone.server_port))


@pytest.fixture
def new_phone() -> Iterator[Callable[..., Phone]]:
    """Starts phones with any options; they end with the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> Phone:
            return stack.enter_context(Phone(**options))

        yield start


@pytest.fixture(scope="session")
def real_adbd() -> None:
    """Skips a test that needs a real adbd if there is none."""
    if reason := missing_for_real_adbd():
        pytest.skip(f"no real adbd: {reason}")
