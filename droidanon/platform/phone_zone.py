"""The time zone of a phone: its texts have local times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)")


def phone_zone(name: str, offset: str = "") -> tzinfo | None:
    """The zone of `persist.sys.timezone` (`Europe/Berlin`) and of `date +%z` (`+0100`, the offset of today).

    With its name, times before a change of the clock are right, too. The offset alone is used if the name is unknown
    here or disagrees with it. None if neither is known.
    """
    from zoneinfo import ZoneInfo

    fixed = _fixed(offset)
    try:
        named = ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):  # not a name, no database here, no such zone
        named = None
    if named is None or (
        fixed is not None and datetime.now(UTC).astimezone(named).utcoffset() != fixed.utcoffset(None)
    ):
        return fixed
    return named


def _fixed(offset: str) -> timezone | None:
    match = _OFFSET.fullmatch(offset.strip())
    if match is None:
        return None
    span = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-span if match[1] == "-" else span) if span < timedelta(hours=24) else None
