"""What the collector says on a phone, read to its end or as far as it came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from droidanon.errors import DeviceError
from droidanon.sources.access import Access
from droidanon.sources.adb_server import Device
from droidanon.sources.adb_stream import MOST_COMMAND_BYTES, stream
from droidanon.sources.collected import Collected, collect
from droidanon.sources.collector import batches, command
from droidanon.sources.frames import new_marker, parse_frames
from droidanon.sources.source import Progress


def read_session(
    device: Device, access: Access, words: Sequence[str], *, progress: Progress | None = None
) -> Collected:  # fmt: skip
    """What the phone answers to some words; in several sessions where they are many.

    Where it can't be asked, or the connection breaks, `broken` says why; what had come is kept.
    """
    into = Collected()

    def until_broken(chunks: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from chunks
        except (OSError, DeviceError) as error:
            into.broken = f"the connection broke: {error}"

    for batch in batches(words, MOST_COMMAND_BYTES - len(access.command(command(new_marker(), [])))):
        marker = new_marker()
        into.whole = False
        with closing(stream(device, access.command(command(marker, batch)))) as chunks:
            frames = parse_frames(until_broken(chunks), marker, keep_cut=True)
            collect(frames, progress=progress, into=into, own=marker)
        if not into.whole and not into.broken:
            into.broken = "the phone ended the session before it was done"
        if into.broken:
            break
    return into
