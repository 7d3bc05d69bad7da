"""Reads the newest capture of a series, and the earlier ones it is compared with."""

from __future__ import annotations

from dataclasses import dataclass

from droidanon.errors import ProcessError
from droidanon.model import Capture
from droidanon.sources.resolve import Resolved, SeriesOfCaptures
from droidanon.sources.selection import EVERYTHING, Selection
from droidanon.sources.source import Progress


@dataclass(frozen=True, slots=True)
class SeriesEnds:
    """The newest capture of a source and, for a series, its previous and first ones (None if absent, or without a
    selected process).
    """

    newest: Capture
    previous: Capture | None = None
    oldest: Capture | None = None


def read_ends(found: Resolved, selection: Selection = EVERYTHING, progress: Progress | None = None) -> SeriesEnds:
    """Read the newest capture of a source, and the earlier ones if it is a series."""
    newest = found.read(selection, progress)
    if not isinstance(found, SeriesOfCaptures) or len(found.members) < 2:
        return SeriesEnds(newest)
    previous = _earlier(found.members[-2], selection)
    return SeriesEnds(newest, previous, previous if len(found.members) == 2 else _earlier(found.members[0], selection))


def _earlier(member: Resolved, selection: Selection) -> Capture | None:
    try:
        return member.read(selection)
    except ProcessError:
        return None
