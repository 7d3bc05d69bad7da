"""Fixtures that all tests share."""

from __future__ import annotations

pytest_plugins = ["tests.guest.fixtures", "tests.phone.fixtures", "tests.screen.fixtures"]
