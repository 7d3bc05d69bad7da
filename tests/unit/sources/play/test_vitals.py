"""Google Play's Reporting API, against a local server: questions, pages, errors, credentials."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from urllib3 import HTTPResponse

from droidanon.errors import AccessError, DroidanonError, InputError, UsageError
from droidanon.sources.play.session import open_anonymous_session, open_session
from droidanon.sources.play.vitals import read_vitals
from tests.play_server import MB, METRIC_SET, Answer, error, freshness, page, play_server, row

END = date(2026, 11, 27)
PACKAGE = "com.example.app"
SECRET = "ya29.secret-token"


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """Without credentials, quick to try again."""
    with open_anonymous_session(retries=2, backoff_s=0.0) as made:
        yield made


def test_the_question(session: requests.Session) -> None:
    with play_server(freshness(END), page(row(END - timedelta(1), "FOREGROUND", 100 * MB, 200 * MB))) as server:
        found = read_vitals(PACKAGE, days=7, version=120, session=session, server=server.url)
    assert (found.begin, found.end) == (date(2026, 11, 20), END)
    (one,) = found.days
    assert (one.process, one.state, one.ram_mb, one.version) == (PACKAGE, "FOREGROUND", 8192, 120)
    assert (one.day, one.p50, one.p90, one.users) == (date(2026, 11, 26), 100.0 * MB, 200.0 * MB, 1000)
    get, post = server.asked
    assert get == ("GET", f"/v1beta1/apps/{PACKAGE}/{METRIC_SET}", None)
    assert post[:2] == ("POST", f"/v1beta1/apps/{PACKAGE}/{METRIC_SET}:query")
    timeline = post[2]["timelineSpec"]
    assert timeline["aggregationPeriod"] == "DAILY"
    zone = {"id": "America/Los_Angeles"}
    assert timeline["startTime"] == {"year": 2026, "month": 11, "day": 20, "timeZone": zone}
    assert timeline["endTime"] == {"year": 2026, "month": 11, "day": 27, "timeZone": zone}  # not later than the data
    assert set(post[2]["dimensions"]) == {"deviceRamBucket", "appState", "processName", "versionCode"}
    assert post[2]["filter"] == "versionCode = 120"
    assert server.tokens == [None, None]


def test_pages(session: requests.Session) -> None:
    rows = [row(END - timedelta(place + 1), "CACHED", MB, 2 * MB) for place in range(3)]
    with play_server(freshness(END), page(rows[0], token="a"), page(rows[1], token="b"), page(rows[2])) as server:
        found = read_vitals(PACKAGE, session=session, server=server.url)
    assert [one.day for one in found.days] == [END - timedelta(place + 1) for place in range(3)]
    assert [body.get("pageToken") for _, _, body in server.asked[1:]] == [None, "a", "b"]


def test_a_token_that_comes_again_ends(session: requests.Session) -> None:
    with play_server(freshness(END), page(token="a")) as server:
        assert read_vitals(PACKAGE, session=session, server=server.url).days == ()
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "answer", [(200, {}), (200, {"freshnessInfo": {"freshnesses": [{"aggregationPeriod": "HOURLY"}]}})]
)
def test_no_data_yet(session: requests.Session, answer: Answer) -> None:
    with play_server(answer) as server:
        found = read_vitals(PACKAGE, session=session, server=server.url)
    assert (found.days, found.end, len(server.asked)) == ((), None, 1)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (error(400, "end time 2026-11-28 is too late", "INVALID_ARGUMENT"), DroidanonError, "too late"),
        (error(401, "Request had invalid credentials", "UNAUTHENTICATED"), AccessError, "Play Console"),
        (error(403, "The caller does not have permission", "PERMISSION_DENIED"), AccessError, "Play Console"),
        (
            error(403, "API is disabled", "PERMISSION_DENIED", details=[{"reason": "SERVICE_DISABLED"}]),
            AccessError,
            "not enabled",
        ),
        (error(404, "Requested entity was not found", "NOT_FOUND"), InputError, "does not know"),
        (error(429, "Quota exceeded", "RESOURCE_EXHAUSTED"), DroidanonError, "busy"),
        (error(503, "\x1b[2J unavailable", "UNAVAILABLE"), DroidanonError, "x1b"),
        ((200, b"<html>"), DroidanonError, "unexpected answer"),
        ((200, []), DroidanonError, "unexpected answer"),
        ((418, "tea"), DroidanonError, "418"),
        ((302, {}), DroidanonError, "302"),
        ((200, b"[" * 200_000), DroidanonError, "unexpected answer"),
        ((200, b'{"a": ' + b"1" * 5000 + b"}"), DroidanonError, "unexpected answer"),
    ],
)
def test_error_answers(session: requests.Session, answer: Answer, kind: type[DroidanonError], words: str) -> None:
    for answers in ((answer,), (freshness(END), answer)):
        with play_server(*answers) as server, pytest.raises(kind, match=words) as raised:
            read_vitals(PACKAGE, session=session, server=server.url)
        assert type(raised.value) is kind
        assert "\x1b" not in str(raised.value)


def test_what_passes_is_tried_again(session: requests.Session) -> None:
    busy = error(503, "unavailable", "UNAVAILABLE")
    rows = page(row(END - timedelta(1), "CACHED", MB, 2 * MB))
    with play_server(busy, freshness(END), error(429, "slow down", "RESOURCE_EXHAUSTED"), rows) as server:
        assert len(read_vitals(PACKAGE, session=session, server=server.url).days) == 1
    assert [method for method, _, _ in server.asked] == ["GET", "GET", "POST", "POST"]


def test_no_server(session: requests.Session) -> None:
    with play_server(freshness(END)) as server:
        url = server.url
    with pytest.raises(DroidanonError, match="no answer"):
        read_vitals(PACKAGE, session=session, server=url)


def test_data_up_to_the_first_days_of_the_calendar(session: requests.Session) -> None:
    with play_server(freshness(date(1, 1, 2))) as server, pytest.raises(DroidanonError, match="0001-01-02"):
        read_vitals(PACKAGE, session=session, server=server.url)


def test_an_answer_without_end(session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    large = (200, {"rows": [], "x": "y" * 300_000})
    with play_server(freshness(END), large) as server:
        assert read_vitals(PACKAGE, session=session, server=server.url).days == ()
        monkeypatch.setattr("droidanon.sources.play.session._MOST_BYTES", 200_000)
        with pytest.raises(DroidanonError, match="larger"):
            read_vitals(PACKAGE, session=session, server=server.url)
        monkeypatch.undo()
        monkeypatch.setattr("droidanon.sources.play.session._LONGEST_ANSWER_S", -1.0)
        with pytest.raises(DroidanonError, match="longer"):
            read_vitals(PACKAGE, session=session, server=server.url)


def test_pages_without_end(session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("droidanon.sources.play.vitals._MOST_ROWS", 2)
    rows = [row(END - timedelta(1), "CACHED", MB, 2 * MB)] * 3
    pages = [page(*rows, token=str(place)) for place in range(9)]
    with play_server(freshness(END), *pages) as server, pytest.raises(DroidanonError, match="does not end"):
        read_vitals(PACKAGE, session=session, server=server.url)
    assert len(server.asked) == 2


@pytest.mark.parametrize(("asked", "waits"), [("7", 7.0), ("99999999", 60.0), ("Fri, 31 Dec 9999 23:59:59 GMT", 60.0)])
def test_pauses_that_a_server_asks_for(session: requests.Session, asked: str, waits: float) -> None:
    policy = session.get_adapter("https://x").max_retries  # type: ignore[attr-defined]
    assert policy.get_retry_after(HTTPResponse(headers={"Retry-After": asked})) == waits


@pytest.mark.parametrize("package", ["", "app", "../x.y", "com.a/b", "com.example.app:query"])
def test_only_names_of_packages(session: requests.Session, package: str) -> None:
    with play_server(freshness(END)) as server, pytest.raises(UsageError):
        read_vitals(package, session=session, server=server.url)
    assert server.asked == []


@pytest.mark.parametrize(
    "damage",
    [
        {"rows": "x"},
        {"rows": [None, 1, {}, {"startTime": {"year": 0}}]},
        {"rows": [{**row(END, "CACHED", 1, 1), "dimensions": {}, "metrics": 3}]},
        {
            "rows": [
                {**row(END, "CACHED", 1, 1), "metrics": [{"metric": "distinctUsers", "decimalValue": {"value": "NaN"}}]}
            ]
        },
        {"rows": [{**row(END, "CACHED", 1, 1), "metrics": [{"metric": "distinctUsers", "decimalValue": "1"}, []]}]},
    ],
)
def test_damaged_rows(session: requests.Session, damage: Any) -> None:
    with play_server(freshness(END), (200, damage)) as server:
        found = read_vitals(PACKAGE, session=session, server=server.url)
    assert all((one.p50, one.p90, one.users) == (None, None, None) for one in found.days)


def service_account(folder: Path, token_uri: str) -> Path:
    """The key file of a service account."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    path = folder / "key.json"
    account = {"type": "service_account", "client_email": "a@b.example", "private_key": text, "token_uri": token_uri}
    path.write_text(json.dumps(account))
    return path


def test_credentials_of_a_service_account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = (200, {"access_token": SECRET, "expires_in": 3600, "token_type": "Bearer"})
    with play_server(token) as google, play_server(freshness(END), page()) as server:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(service_account(tmp_path, f"{google.url}/token")))
        with open_session(retries=0) as session:
            read_vitals(PACKAGE, session=session, server=server.url)
    assert server.tokens == [f"Bearer {SECRET}"] * 2
    assert [path for _, path, _ in google.asked] == ["/token"]


def test_credentials_that_google_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = (400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
    with play_server(refused) as google, play_server(freshness(END)) as server:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(service_account(tmp_path, f"{google.url}/token")))
        with open_session(retries=0) as session, pytest.raises(AccessError, match="invalid_grant") as raised:
            read_vitals(PACKAGE, session=session, server=server.url)
    assert "PRIVATE" not in str(raised.value)
    assert server.asked == []


def test_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with pytest.raises(AccessError, match="GOOGLE_APPLICATION_CREDENTIALS"):
        open_session()
    (tmp_path / "key.json").write_text("{}")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    with pytest.raises(AccessError):
        open_session()


def test_another_server_gets_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with play_server((200, {})) as google, play_server(freshness(END), page()) as server:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(service_account(tmp_path, f"{google.url}/token")))
        monkeypatch.setenv("DROIDANON_PLAY_SERVER", server.url)
        read_vitals(PACKAGE)
    assert server.tokens == [None, None]
    assert google.asked == []
