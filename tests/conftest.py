"""Fixtures that all tests share."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes is the machine's affair, not a test's.
settings.register_profile("droidanon", deadline=None)
settings.load_profile("droidanon")

pytest_plugins = ["tests.guest.fixtures", "tests.phone.fixtures", "tests.screen.fixtures"]
