"""A session with Google's servers: credentials as found by Google's client libraries, and retries.

Only this module imports google-auth and requests, which are an extra. Credentials stay in memory.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from droidanon.errors import AccessError, DroidanonError, UsageError
from droidanon.escape import escape_text

if TYPE_CHECKING:
    import requests

SCOPE = "https://www.googleapis.com/auth/playdeveloperreporting"
_RETRIES = 4
_RETRIED = (429, 500, 502, 503, 504)
_SECONDS = 60.0
_LONGEST_PAUSE_S = 60.0
"""The longest pause that a server may ask for before another attempt."""
_MOST_BYTES = 256 << 20
_LONGEST_ANSWER_S = 600.0
_PIECE = 1 << 16


def open_session(*, retries: int = _RETRIES, backoff_s: float = 1.0) -> requests.Session:
    """A session with the user's credentials.

    Raises:
        UsageError: the extra `vitals` is not installed.
        AccessError: no credentials.
    """
    try:
        import google.auth
        import google.auth.exceptions
        import google.auth.transport.requests
    except ImportError as error:
        raise UsageError("Google's libraries are missing: install droidanon[vitals]") from error
    try:
        credentials, _ = google.auth.default(scopes=[SCOPE])
    except (google.auth.exceptions.GoogleAuthError, OSError, ValueError) as error:
        raise AccessError(
            "no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account that may "
            f"see the app in the Play Console, or run `gcloud auth application-default login --scopes={SCOPE},"
            "https://www.googleapis.com/auth/cloud-platform`"
        ) from error
    session = google.auth.transport.requests.AuthorizedSession(credentials)
    return with_retries(session, retries=retries, backoff_s=backoff_s)


def open_anonymous_session(*, retries: int = _RETRIES, backoff_s: float = 1.0) -> requests.Session:
    """A session without credentials, for a server that is not Google's. UsageError as for `open_session`."""
    try:
        import requests
    except ImportError as error:
        raise UsageError("Google's libraries are missing: install droidanon[vitals]") from error
    return with_retries(requests.Session(), retries=retries, backoff_s=backoff_s)


def with_retries(session: requests.Session, *, retries: int, backoff_s: float) -> requests.Session:
    """The session with retries of temporary errors, which honour the server's Retry-After within limits."""
    from requests.adapters import HTTPAdapter
    from urllib3.util.retry import Retry

    class CappedRetry(Retry):  # type: ignore[misc]
        def get_retry_after(self, response: Any) -> float | None:
            seconds = super().get_retry_after(response)
            return None if seconds is None else min(seconds, _LONGEST_PAUSE_S)

    policy = CappedRetry(
        retries, backoff_factor=backoff_s, status_forcelist=_RETRIED, allowed_methods=None, raise_on_status=False
    )
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=policy))
    return session


def send(session: requests.Session, method: str, url: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """The status and JSON of a response; None if it is not JSON. Redirects are not followed.

    Raises:
        AccessError: the credentials are refused before the request is sent.
        DroidanonError: the server does not respond, or its response does not end.
    """
    import requests

    try:
        answer = session.request(method, url, json=body, timeout=_SECONDS, stream=True, allow_redirects=False)
        with answer:
            text = _read(answer, url)
    except requests.RequestException as error:
        raise DroidanonError(f"no answer from {escape_text(url)}: {_reason(error)}") from error
    except Exception as error:
        if not type(error).__module__.startswith("google.auth"):
            raise
        if type(error).__name__ == "TransportError":
            raise DroidanonError(f"no answer from Google's sign-in: {_reason(error)}") from error
        raise AccessError(
            f"Google refuses the credentials: {_reason(error)}; sign in again, or use another key"
        ) from error
    try:
        return answer.status_code, json.loads(text)
    except (ValueError, RecursionError):
        return answer.status_code, None


def _read(answer: requests.Response, url: str) -> bytes:
    """The body of a response. Raises DroidanonError if it is too large or too slow, because the timeout is per
    chunk."""
    import requests
    from urllib3.exceptions import HTTPError

    pieces, size, end = [], 0, time.monotonic() + _LONGEST_ANSWER_S
    try:
        while piece := answer.raw.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > _MOST_BYTES:
                raise DroidanonError(f"the answer of {escape_text(url)} is larger than {_MOST_BYTES >> 20} MiB")
            if time.monotonic() > end:
                raise DroidanonError(f"the answer of {escape_text(url)} takes longer than {_LONGEST_ANSWER_S:.0f} s")
    except (HTTPError, OSError) as error:
        raise requests.ConnectionError(str(error)) from error
    return b"".join(pieces)


def _reason(error: Exception) -> str:
    """The first line of an error, shortened because it may quote whole responses."""
    return escape_text(" ".join(str(error.args[0] if error.args else error).split())[:200])
