"""Frames survive any bytes in a cmdline or smaps, and any cut of the stream."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from droidanon.sources.adb.frames import Frame, new_marker, parse_frames

MARKER = "@@droidanon:0123456789abcdef01234567"
BODIES = st.lists(
    st.one_of(
        st.binary(max_size=60), st.sampled_from([b"", b"\n", b"\n@@droidanon:", b"@@droidanon:0 end 0\n", b"a\n\n"])
    ),
    max_size=8,
)


def frames_of(data: bytes, cuts: list[int]) -> list[Frame]:
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    chunks = [data[start:stop] for start, stop in pairwise(places)]
    return list(parse_frames(chunks, MARKER))


@given(BODIES, st.lists(st.integers(0, 1000), max_size=12))
def test_any_bytes_in_any_pieces(bodies: list[bytes], cuts: list[int]) -> None:
    sent = b"greeting"
    for number, body in enumerate(bodies):
        sent += f"\n{MARKER} smaps {number}\n".encode() + body
    sent += f"\n{MARKER} done\n".encode()
    found = frames_of(sent, cuts)
    assert [frame.data for frame in found[:-1]] == bodies
    assert [frame.argument for frame in found[:-1]] == [str(number) for number in range(len(bodies))]
    assert found[-1].kind == "done"


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_text_that_is_no_frames(data: bytes, cuts: list[int]) -> None:
    assert frames_of(data, cuts) == []


def test_the_last_frame_of_a_cut_stream_is_not_given() -> None:
    sent = f"\n{MARKER} smaps 1\nwhole\n{MARKER} smaps 2\nto".encode()
    assert frames_of(sent, []) == [Frame("smaps", "1", b"whole")]


def test_markers_are_never_the_same() -> None:
    assert new_marker() != new_marker()
