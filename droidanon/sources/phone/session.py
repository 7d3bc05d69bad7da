"""Runs the collector's script on a phone, and reads its output as far as it arrives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from droidanon.errors import DeviceError
from droidanon.sources.adb.frames import new_marker, parse_frames
from droidanon.sources.adb.server import Device
from droidanon.sources.adb.stream import MOST_COMMAND_BYTES, stream
from droidanon.sources.phone.access import Access
from droidanon.sources.phone.collector import batches, script_for
from droidanon.sources.phone.compression import compressing, inflate
from droidanon.sources.phone.session_result import Collected, collect
from droidanon.sources.source import Progress

_MOST_BYTES = 8 << 30
"""The limit for the text of a session: a thousand processes of 10,000 VMAs print 7 GB."""
_MOST_SECONDS = 900.0
"""The limit of time for a session: 900 MB at 1 MB/s."""


def read_session(
    device: Device,
    access: Access,
    words: Sequence[str],
    *,
    progress: Progress | None = None,
    compressed: bool = False,
    into: Collected | None = None,
) -> Collected:
    """Run words on the phone, in several sessions if there are many, and add the answers to `into`.

    If the session cannot be started or the connection breaks, `broken` is the reason, and everything received is kept.
    """
    into = into or Collected()

    def until_broken(chunks: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > _MOST_BYTES:
                    raise DeviceError(f"the answer does not end: over {_MOST_BYTES >> 20:,} MB arrived")
                yield chunk
        except (OSError, DeviceError) as error:
            into.broken = f"the connection broke: {error}"

    empty, _ = access.script(script_for(words), new_marker(), [])
    for batch in batches(words, MOST_COMMAND_BYTES - len(compressing(empty))):
        marker = new_marker()
        into.whole = False
        text, data = access.script(script_for(words), marker, batch)
        command = compressing(text) if compressed else text
        with closing(stream(device, command, data=data, most_seconds=_MOST_SECONDS)) as chunks:
            frames = parse_frames(until_broken(inflate(chunks) if compressed else chunks), marker, keep_cut=True)
            try:
                collect(frames, progress=progress, into=into, own=marker)
            except DeviceError as error:
                into.broken = str(error)
        if not into.whole and not into.broken:
            into.broken = "the phone ended the session before it was done"
        if into.broken:
            break
    return into
