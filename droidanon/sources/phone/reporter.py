"""An app's own provider that hands over its smaps (docs/reporter.md): how it is asked, and what its answer means."""

from __future__ import annotations

import re

from droidanon.model import ProcessIdentity

_AUTHORITY = re.compile(r"[A-Za-z0-9_.]+")
_EXCEPTION = re.compile(rb"^[\w.$]+(?:Exception|Error): (.+)", re.MULTILINE)
_SAID_BYTES = 160


def authority(process: ProcessIdentity) -> str:
    """The authority of the provider of a process: `PACKAGE.droidanon`, of `PACKAGE:NAME` `PACKAGE.droidanon.NAME`; else
    empty.
    """
    if not process.package:
        return ""
    own = process.name.removeprefix(process.package).lstrip(":.")
    found = f"{process.package}.droidanon" + (f".{own}" if own else "")
    return found if _AUTHORITY.fullmatch(found) else ""


def without_end(answer: bytes) -> tuple[bytes, bool]:
    """The text that was handed over, and whether the empty line that says that this was all has come."""
    whole = answer.endswith(b"\n\n")
    return answer[:-1] if whole else answer, whole


def refusal(said: bytes) -> bytes:
    """Why `content read` gave nothing: the message of its Java exception, else its first line."""
    exception = _EXCEPTION.search(said)
    return (exception[1] if exception else said.strip().split(b"\n", 1)[0])[:_SAID_BYTES]
