"""Series as sources, for tests."""

from __future__ import annotations

from droidanon.errors import InputError, UsageError
from droidanon.sources.resolve import SeriesOfCaptures, resolve
from droidanon.store.series import Series


def open_series(text: str) -> Series | None:
    """The series that a string names; None for any other source."""
    try:
        found = resolve(text)
    except (InputError, UsageError):
        return None
    return found.series if isinstance(found, SeriesOfCaptures) else None
