"""Fixtures with a test guest; enable them with `pytest_plugins = ["testphone.guest.fixtures"]`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from testphone.guest.guest import Guest
from testphone.guest.kernel import kernel_image, missing_for_guest


def pytest_report_header() -> str:
    """Whether the tests on a real kernel run, and on which kernel."""
    reason = missing_for_guest()
    return f"test guest: LEFT OUT, {reason}" if reason else f"test guest: qemu with {kernel_image()}"


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all tests with the guest in one process and in order, because they change its programs permanently."""
    for item in items:
        if "one_guest" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("guest"))


@pytest.fixture(scope="session")
def one_guest() -> Iterator[Guest]:
    """One booted guest for all tests; skips them if there can be none (the report header says why)."""
    if reason := missing_for_guest():
        pytest.skip(f"no test guest: {reason}")
    with Guest() as one:
        yield one


@pytest.fixture
def guest(one_guest: Guest, monkeypatch: pytest.MonkeyPatch) -> Guest:
    """The guest, as the only phone visible to adb: `adb:{guest.root_serial}` or `adb:{guest.shell_serial}`."""
    for name in ("ANDROID_SERIAL", "ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(one_guest.server_port))
    return one_guest
