"""The times of a series' captures, for formats that order values by time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from droidanon.errors import InputError

if TYPE_CHECKING:
    from droidanon.analysis.view import View
    from droidanon.model import Capture


def created_time(capture: Capture) -> datetime | None:
    """When a capture was made (UTC); None if its file has no valid time."""
    try:
        found = datetime.fromisoformat(capture.created)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def epoch_seconds(view: View) -> int | None:
    """When a capture was made, in seconds after 1970; None if unknown."""
    time = created_time(view.capture)
    return None if time is None else round(time.timestamp())


def with_times(views: Iterable[View], form: str) -> Iterator[tuple[View, int]]:
    """Yield the captures of a series with their times. Raises InputError if a time is unknown or out of order."""
    last: int | None = None
    for view in views:
        time = epoch_seconds(view)
        if time is None:
            raise InputError(f"a capture without a time: {form} needs the time of each capture of a series")
        if last is not None and time <= last:
            raise InputError(
                f"two captures at {view.capture.created}: {form} needs ascending times; export one capture"
            )
        last = time
        yield view, time
