"""Fixtures that all tests share."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes is the machine's affair, not a test's. The examples are the same in every run: tests/fuzz
# looks for new ones.
settings.register_profile(
    "droidanon", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("droidanon")

pytest_plugins = ["testphone.guest.fixtures", "testphone.phone.fixtures", "tests.screen.fixtures"]


@pytest.fixture(scope="session", autouse=True)
def own_locks(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Locks of this worker's own: phones of other workers have the same serial numbers."""
    os.environ["DROIDANON_RUNTIME"] = str(tmp_path_factory.mktemp("locks"))


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Tests that share a fixture of their module run in one process: a browser or a phone starts once, not per process."""
    for item in items:
        definitions = item._fixtureinfo.name2fixturedefs.values()
        if not item.get_closest_marker("xdist_group") and any(each[-1].scope == "module" for each in definitions):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the files under tests/golden")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-golden") and os.environ.get("CI"):
        raise pytest.UsageError("--update-golden is for people: CI compares, it never rewrites")
