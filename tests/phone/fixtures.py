"""Fixtures with a test phone; wire them with `pytest_plugins = ["tests.phone.fixtures"]`."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.phone.launcher import missing_for_real_adbd
from tests.phone.phone import Phone


def pytest_report_header() -> str:
    """Which of the two phones the tests run against."""
    setup = Path(__file__).with_name("setup.sh")
    if missing_for_real_adbd() and Path("/bin/sh").exists():
        subprocess.run(["/bin/sh", str(setup)], check=False, capture_output=True)
        missing_for_real_adbd.cache_clear()
    reason = missing_for_real_adbd()
    return f"test phone: stand-in adb server ({reason})" if reason else "test phone: real adbd"


@pytest.fixture(scope="session")
def phone() -> Iterator[Phone]:
    """A rooted phone that nobody may change (evolve, unplug, kill): those tests make their own."""
    with Phone(seed=1) as one:
        yield one


@pytest.fixture(scope="session")
def shell_phone() -> Iterator[Phone]:
    """A phone of a release build: the shell is uid 2000, there is no su."""
    with Phone(seed=2, access="shell", processes=24) as one:
        yield one


@pytest.fixture
def new_phone() -> Iterator[Callable[..., Phone]]:
    """Starts phones with any options; they end with the test."""
    with ExitStack() as stack:

        def start(**options: Any) -> Phone:
            return stack.enter_context(Phone(**options))

        yield start


@pytest.fixture(scope="session")
def real_adbd() -> None:
    """For tests of what only a real adbd has."""
    if reason := missing_for_real_adbd():
        pytest.skip(f"no real adbd: {reason}")
