"""Parses Google Play's memory vitals from responses of its Reporting API.

Google API discovery document `playdeveloperreporting`, v1beta1, resource vitals.anonrssandswapmemoryusage.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

P50, P90, USERS = "anonRssAndSwapMemoryUsageP50", "anonRssAndSwapMemoryUsageP90", "distinctUsers"
PROCESS, STATE, RAM, VERSION = "processName", "appState", "deviceRamBucket", "versionCode"


@dataclass(frozen=True, slots=True)
class VitalsDay:
    """Anon + swap of a process on users' phones for one day, state, amount of RAM and version.

    `p50` and `p90` are in the API's unit, which it does not state. Missing fields are None or empty.
    """

    day: date
    process: str
    state: str
    ram_mb: int | None
    version: int | None
    p50: float | None
    p90: float | None
    users: int | None


def parse_freshness(data: Any) -> date | None:
    """The end (exclusive) of the newest daily data; None if there is none yet."""
    for entry in _maps(_map(_map(data).get("freshnessInfo")).get("freshnesses")):
        if entry.get("aggregationPeriod") == "DAILY":
            return parse_date(entry.get("latestEndTime"))
    return None


def parse_rows(data: Any) -> list[VitalsDay]:
    """The rows of one page. Rows without a date are left out."""
    return [row for entry in _maps(_map(data).get("rows")) if (row := _row(entry)) is not None]


def parse_date(data: Any) -> date | None:
    """A `google.type.DateTime` as a date."""
    try:
        return date(*(int(_map(data)[key]) for key in ("year", "month", "day")))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def _row(entry: Mapping[str, Any]) -> VitalsDay | None:
    day = parse_date(entry.get("startTime"))
    if day is None:
        return None
    dimensions = {str(one.get("dimension")): one for one in _maps(entry.get("dimensions"))}
    metrics = {str(one.get("metric")): _decimal(one.get("decimalValue")) for one in _maps(entry.get("metrics"))}
    users = metrics.get(USERS)
    return VitalsDay(
        day,
        _text(dimensions.get(PROCESS)),
        _text(dimensions.get(STATE)),
        _whole(dimensions.get(RAM)),
        _whole(dimensions.get(VERSION)),
        metrics.get(P50),
        metrics.get(P90),
        None if users is None else round(users),
    )


def _text(dimension: Mapping[str, Any] | None) -> str:
    return str((dimension or {}).get("stringValue") or "")


def _whole(dimension: Mapping[str, Any] | None) -> int | None:
    """A 64-bit number, which is a string in JSON."""
    found = dimension or {}
    try:
        number = int(str(found.get("int64Value", found.get("stringValue"))))
    except ValueError:
        return None
    return number if 0 <= number < 1 << 63 else None


def _decimal(data: Any) -> float | None:
    try:
        number = float(str(_map(data)["value"]))
    except (KeyError, ValueError):
        return None
    return number if math.isfinite(number) and 0 <= number < 1 << 62 else None


def _map(data: Any) -> Mapping[str, Any]:
    return data if isinstance(data, dict) else {}


def _maps(data: Any) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in data if isinstance(one, dict)) if isinstance(data, list) else ()
