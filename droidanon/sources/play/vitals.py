"""Anon + swap of an app on its users' phones, from Google Play's Reporting API (v1beta1)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from droidanon.errors import AccessError, DroidanonError, InputError, UsageError
from droidanon.escape import escape_text
from droidanon.platform.readers.play_vitals import (
    P50,
    P90,
    PROCESS,
    RAM,
    STATE,
    USERS,
    VERSION,
    VitalsDay,
    parse_freshness,
    parse_rows,
)
from droidanon.sources.play.session import open_anonymous_session, open_session, send

if TYPE_CHECKING:
    import requests

SERVER = "https://playdeveloperreporting.googleapis.com"
SERVER_VARIABLE = "DROIDANON_PLAY_SERVER"
"""Names another server to ask, for tests. It gets no credentials."""
_METRIC_SET = "anonRssAndSwapMemoryUsageMetricSet"
_TIME_ZONE = {"id": "America/Los_Angeles"}
"""The only one that the API has for days."""
_PAGE_ROWS = 100_000
_MOST_ROWS = 5_000_000
_MOST_PAGES = 1000
_PACKAGE = re.compile(r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)+")
_PERMISSION = (
    "in the Play Console (Users and permissions), give the account `View app information and download bulk reports` "
    "for this app"
)


@dataclass(frozen=True, slots=True)
class PlayVitals:
    """Rows per day from `begin` to `end` (exclusive)."""

    package: str
    days: tuple[VitalsDay, ...]
    begin: date | None
    end: date | None


def read_vitals(
    package: str,
    *,
    days: int = 28,
    version: int | None = None,
    session: requests.Session | None = None,
    server: str | None = None,
) -> PlayVitals:
    """Read the newest days.

    Args:
        package: the app.
        days: how many days, up to the newest that Google Play has.
        version: only this version code.
        session, server: for tests; by default the user's credentials and Google's server.

    Raises:
        UsageError: not the name of a package, or the extra `vitals` is not installed.
        AccessError: no credentials, or they have no access to the app.
        InputError: Google Play does not know the app.
        DroidanonError: the server does not respond, or its response is not as documented.
    """
    if not _PACKAGE.fullmatch(package):
        raise UsageError(f"{escape_text(package)}: not the name of a package")
    other = server or os.environ.get(SERVER_VARIABLE, "")
    if session is None:
        session = open_anonymous_session() if other else open_session()
    url = f"{(other or SERVER).rstrip('/')}/v1beta1/apps/{package}/{_METRIC_SET}"
    end = parse_freshness(_ask(session, "GET", url, package))
    if end is None:
        return PlayVitals(package, (), None, None)
    try:
        begin = end - timedelta(days=days)
    except OverflowError as error:
        raise DroidanonError(f"{package}: unexpected answer (data up to {end})") from error
    body: dict[str, Any] = {
        "timelineSpec": {"aggregationPeriod": "DAILY", "startTime": _day(begin), "endTime": _day(end)},
        "dimensions": [RAM, STATE, PROCESS, VERSION],
        "metrics": [P50, P90, USERS],
        "pageSize": _PAGE_ROWS,
    }
    if version is not None:
        body["filter"] = f"{VERSION} = {version}"
    return PlayVitals(package, tuple(_pages(session, f"{url}:query", package, body)), begin, end)


def _pages(session: requests.Session, url: str, package: str, body: dict[str, Any]) -> list[VitalsDay]:
    rows: list[VitalsDay] = []
    for _ in range(_MOST_PAGES):
        page = _ask(session, "POST", url, package, body)
        rows += parse_rows(page)
        token = page.get("nextPageToken")
        if not token or token == body.get("pageToken"):
            return rows
        if len(rows) > _MOST_ROWS:
            break
        body = {**body, "pageToken": str(token)}
    raise DroidanonError(f"{package}: the answer of Google Play does not end; ask for fewer days or one version")


def _ask(
    session: requests.Session, method: str, url: str, package: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    status, answer = send(session, method, url, body)
    if status == 200 and isinstance(answer, dict):
        return answer
    raise _refusal(status, answer, package)


def _refusal(status: int, answer: Any, package: str) -> DroidanonError:
    """The error for a response that is not a result (google.rpc.Status)."""
    found = answer.get("error") if isinstance(answer, dict) else None
    found = found if isinstance(found, dict) else {}
    reason = escape_text(" ".join(str(found.get("message", "")).split())[:300])
    text = f": {reason}" if reason else ""
    if status in (401, 403):
        if "SERVICE_DISABLED" in str(found.get("details", "")):
            return AccessError(f"{package}: the API is not enabled in the project of the credentials{text}")
        return AccessError(f"{package}: Google Play refuses the credentials ({status}){text}; {_PERMISSION}")
    if status == 404:
        return InputError(
            f"{package}: Google Play does not know this app, or these credentials have no access to it{text}"
        )
    if status == 400:
        return DroidanonError(f"{package}: Google Play rejects the request{text}; with --days, ask for fewer days")
    if status == 429 or status >= 500:
        return DroidanonError(
            f"{package}: Google Play is busy ({status}), even after several attempts{text}; try later"
        )
    return DroidanonError(f"{package}: unexpected answer (status {status}){text}")


def _day(day: date) -> dict[str, Any]:
    return {"year": day.year, "month": day.month, "day": day.day, "timeZone": _TIME_ZONE}
