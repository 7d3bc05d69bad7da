"""Compressed streams in pieces, and when compression is chosen."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droidanon.errors import DeviceError
from droidanon.sources.adb.server import Device
from droidanon.sources.phone import compression as transfer
from droidanon.sources.phone.compression import Trial, inflate, is_compressed, try_link
from tests.messages import mentions

PHONE = Device(None, "PHONE1")  # type: ignore[arg-type]


@given(st.binary(max_size=5000), st.integers(1, 300))
def test_pieces_of_any_size(data: bytes, size: int) -> None:
    packed = b"sh: warning: no terminal\n" + gzip.compress(data, 1)
    assert b"".join(inflate(packed[at : at + size] for at in range(0, len(packed), size))) == data


def test_no_piece_is_large() -> None:
    pieces = [len(piece) for piece in inflate([gzip.compress(bytes(50 << 20), 9)])]
    assert (sum(pieces), max(pieces)) == (50 << 20, 1 << 20)


def test_what_is_cut_gives_what_can_be_had() -> None:
    data = b"".join(b"%d\n" % number for number in range(100_000))
    packed = gzip.compress(data, 1)
    kept = b"".join(inflate([packed[: len(packed) // 2]]))
    assert len(data) // 4 < len(kept) < len(data)
    assert data.startswith(kept)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ([b"sh: gzip: not found\n"], ": sh: gzip: not found"),
        ([], ": no answer"),
        ([b"x" * 100_000], "not compressed: xxx"),
        ([gzip.compress(b"")[:10], b"\xff" * 400], "damaged"),
    ],
)
def test_what_is_no_gzip(answer: list[bytes], words: str) -> None:
    with pytest.raises(DeviceError, match=words):
        list(inflate(answer))


@pytest.mark.parametrize(("rate", "slow"), [(None, False), (1e6, True), (19.9e6, True), (20e6, False), (200e6, False)])
def test_slow_is_below_what_a_kernel_makes(rate: float | None, slow: bool) -> None:
    assert Trial(rate).slow is slow


def test_what_is_wanted_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(transfer, "ask", lambda *_: "/system/bin/gzip\n")
    monkeypatch.setattr(transfer, "try_link", lambda *_: Trial(1e6))
    assert [is_compressed(PHONE, wanted, said.append) for wanted in ("raw", "gzip")] == [False, True]
    assert said == []
    assert is_compressed(PHONE, "auto", said.append)
    (line,) = said
    assert mentions(line, "PHONE1", "transfer raw")
    monkeypatch.setattr(transfer, "ask", lambda *_: "")
    with pytest.raises(DeviceError, match="gzip") as caught:
        is_compressed(PHONE, "gzip", said.append)
    assert caught.value.settings == ("transfer",)


def test_a_link_that_says_nothing_is_not_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Iterator[bytes]:
        raise DeviceError("closed")
        yield b""

    for answer in ([], [b"all at once"]):
        monkeypatch.setattr(transfer, "stream", lambda *_, answer=answer: (piece for piece in answer))
        assert try_link(PHONE) == Trial(None)
    monkeypatch.setattr(transfer, "stream", broken)
    assert try_link(PHONE) == Trial(None)
