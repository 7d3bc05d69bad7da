"""A source from its string: a path, `-`, `adb:`, `adb:SERIAL` or `local:`."""

from __future__ import annotations

from droidanon.errors import UsageError
from droidanon.escape import escape_text
from droidanon.model import Capture
from droidanon.sources.source import Progress, Source


def resolve(text: str) -> Source:
    """The source that a string names. UsageError for a kind that there is not."""
    kind, colon, rest = text.partition(":")
    if colon and kind == "adb":
        from droidanon.sources.adb import AdbSource

        return AdbSource(rest or None)
    if colon and kind == "local":
        from droidanon.sources.local import LocalSource

        return LocalSource()
    if colon and kind == "bugreport":
        raise UsageError(f"{escape_text(text)}: bug reports are not read yet")
    from droidanon.sources.files import FileSource

    return FileSource(text)


def load_source(
    text: str, *, app: str | None = None, pid: int | None = None, progress: Progress | None = None
) -> Capture:
    """Read a source: all of its processes, or those of an app or pid."""
    return resolve(text).read(app=app, pid=pid, progress=progress)
