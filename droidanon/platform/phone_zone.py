"""The time zone of a phone, whose output has local times."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)")


def phone_zone(name: str, offset: str = "") -> tzinfo | None:
    """The zone from `persist.sys.timezone` (`Europe/Berlin`) and `date +%z` (`+0100`, today's offset).

    With the name, times before a clock change are also correct. The offset alone is used if this host does not know the
    name or the two disagree. None if neither is known.
    """
    from zoneinfo import ZoneInfo

    fixed = _fixed(offset)
    try:
        named = ZoneInfo(name) if name else None
    except (ValueError, OSError, KeyError):  # not a name, no database on this host, or no such zone
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
