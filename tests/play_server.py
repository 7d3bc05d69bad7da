"""A server that answers as Google Play's Reporting API is documented to (v1beta1), and records what it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

METRIC_SET = "anonRssAndSwapMemoryUsageMetricSet"
MB = 1 << 20
Answer = tuple[int, Any]
"""A status, and JSON or bytes."""


class PlayServer(ThreadingHTTPServer):
    """Gives one of `answers` after the other, and the last one for ever."""

    daemon_threads = True

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Any]] = []
        """Method, path and body of each request."""
        self.tokens: list[str | None] = []
        """The header Authorization of each request."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: PlayServer

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self._answer(json.loads(body))
        except ValueError:
            self._answer(body.decode())

    def _answer(self, body: Any) -> None:
        server = self.server
        server.asked.append((self.command, self.path, body))
        server.tokens.append(self.headers.get("Authorization"))
        status, data = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        raw = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@contextmanager
def play_server(*answers: Answer) -> Iterator[PlayServer]:
    """A running server."""
    server = PlayServer(answers)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def day(value: date) -> dict[str, Any]:
    """A google.type.DateTime."""
    return {"year": value.year, "month": value.month, "day": value.day, "timeZone": {"id": "America/Los_Angeles"}}


def freshness(end: date) -> Answer:
    """The metric set, with data up to a day (exclusive)."""
    name = f"apps/com.example.app/{METRIC_SET}"
    entries = [{"aggregationPeriod": "DAILY", "latestEndTime": day(end)}]
    return 200, {"name": name, "freshnessInfo": {"freshnesses": entries}}


def row(
    on: date,
    state: str,
    p50: int,
    p90: int,
    *,
    process: str = "com.example.app",
    ram: int = 8192,
    version: int = 120,
    users: int = 1000,
) -> dict[str, Any]:
    """A row of an answer."""
    return {
        "aggregationPeriod": "DAILY",
        "startTime": day(on),
        "dimensions": [
            {"dimension": "deviceRamBucket", "int64Value": str(ram), "valueLabel": f"{ram // 1024} GB"},
            {"dimension": "appState", "stringValue": state, "valueLabel": state.title()},
            {"dimension": "processName", "stringValue": process},
            {"dimension": "versionCode", "int64Value": str(version)},
        ],
        "metrics": [
            {"metric": "anonRssAndSwapMemoryUsageP50", "decimalValue": {"value": str(p50)}},
            {"metric": "anonRssAndSwapMemoryUsageP90", "decimalValue": {"value": str(p90)}},
            {"metric": "distinctUsers", "decimalValue": {"value": str(users)}},
        ],
    }


def page(*rows: dict[str, Any], token: str = "") -> Answer:
    """A page of rows; `token` names the next one."""
    return 200, {"rows": list(rows), **({"nextPageToken": token} if token else {})}


def error(status: int, message: str, kind: str, *, details: Sequence[Any] = ()) -> Answer:
    """An error answer, google.rpc.Status as JSON."""
    return status, {"error": {"code": status, "message": message, "status": kind, "details": list(details)}}


def fleet_answers(process: str = "com.example.app") -> list[Answer]:
    """An app over its threshold in the background on phones with 8 GB, and with a long tail in the foreground."""
    end = date(2026, 11, 27)
    rows = [
        row(end - timedelta(1), "FOREGROUND", 300 * MB, 1400 * MB, process=process),
        row(end - timedelta(2), "FOREGROUND", 320 * MB, 1200 * MB, process=process, users=1200),
        row(end - timedelta(1), "BACKGROUND", 900 * MB, 1800 * MB, process=process),
        row(end - timedelta(1), "BACKGROUND", 500 * MB, 700 * MB, process=process, ram=4096, version=119),
        row(end - timedelta(1), "CACHED", 100 * MB, 200 * MB, process=f"{process}:remote"),
        row(end - timedelta(1), "BACKGROUND", 50 * MB, 90 * MB, process="com.a", ram=6144, users=3),
    ]
    return [freshness(end), page(*rows)]
