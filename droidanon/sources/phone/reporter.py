"""The protocol of a content provider in an app that returns its smaps (docs/reporter.md)."""

from __future__ import annotations

import re

from droidanon.model import ProcessIdentity

_AUTHORITY = re.compile(r"[A-Za-z0-9_.]+")
_EXCEPTION = re.compile(rb"^[\w.$]+(?:Exception|Error): (.+)", re.MULTILINE)
_SAID_BYTES = 160


def authority(process: ProcessIdentity) -> str:
    """The authority of a process's provider: `PACKAGE.droidanon`, or `PACKAGE.droidanon.NAME` for `PACKAGE:NAME`; empty
    if neither.
    """
    if not process.package:
        return ""
    own = process.name.removeprefix(process.package).lstrip(":.")
    found = f"{process.package}.droidanon" + (f".{own}" if own else "")
    return found if _AUTHORITY.fullmatch(found) else ""


def without_end(answer: bytes) -> tuple[bytes, bool]:
    """The text of a response, and whether the empty line that marks its end has arrived."""
    whole = answer.endswith(b"\n\n")
    return answer[:-1] if whole else answer, whole


def refusal(message: bytes) -> bytes:
    """The error of `content read`: the message of its Java exception, else its first line."""
    exception = _EXCEPTION.search(message)
    return (exception[1] if exception else message.strip().split(b"\n", 1)[0])[:_SAID_BYTES]
