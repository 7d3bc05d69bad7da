"""Divides texts of any size into blocks of similar size; a text is cut only where an entry certainly ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from droidanon.smaps.byte_matrix import PADDING, Bytes, Positions
from droidanon.smaps.entry import BEGIN

_BEGIN = re.compile(rb"\n(?=" + BEGIN + rb")")
"""The end of the line before one that `entry.begins_entry` accepts."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that begins and ends between two entries."""

    text: int
    start: int
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive pieces; piece i is `data[bounds[i] : bounds[i + 1]]`. Padding follows the last one."""

    pieces: Sequence[Piece]
    bounds: Positions
    data: Bytes

    @property
    def size(self) -> int:
        return int(self.bounds[-1])


def blocks(texts: Iterable[bytes], size: int, first: int = 0) -> Iterator[Block]:
    """All texts in blocks of at least `size` bytes (the last one may be smaller); `first` is the number of the first
    text.
    """
    pieces: list[Piece] = []
    parts: list[bytes] = []
    total = 0
    buffer = _Buffer()
    for index, text in enumerate(texts, first):
        for piece in _pieces(index, text, size):
            pieces.append(piece)
            parts.append(text)
            total += piece.size
            if total >= size:
                yield buffer.block(pieces, parts)
                pieces, parts, total = [], [], 0
    if pieces:
        yield buffer.block(pieces, parts)


class _Buffer:
    """Memory shared by all blocks of joined pieces: a block is valid until the next one is requested."""

    def __init__(self) -> None:
        self._room = np.zeros(0, np.uint8)

    def block(self, pieces: Sequence[Piece], texts: Sequence[bytes]) -> Block:
        """The pieces, joined unless there is only one and enough padding follows it."""
        bounds = np.cumsum([0, *(piece.size for piece in pieces)])
        if len(pieces) == 1 and pieces[0].stop + PADDING <= len(texts[0]):
            return Block(pieces, bounds, np.frombuffer(texts[0], np.uint8)[pieces[0].start : pieces[0].stop + PADDING])
        size = int(bounds[-1])
        if size + PADDING > len(self._room):
            self._room = np.empty(size + size // 4 + PADDING, np.uint8)
        for piece, text, start in zip(pieces, texts, bounds.tolist(), strict=False):
            self._room[start : start + piece.size] = np.frombuffer(text, np.uint8)[piece.start : piece.stop]
        self._room[size : size + PADDING] = 0
        return Block(pieces, bounds, self._room[: size + PADDING])


def _pieces(index: int, text: bytes, size: int) -> Iterator[Piece]:
    """The text in pieces of about `size` bytes, cut before a line that begins an entry."""
    start = 0
    while len(text) - start > size + size // 2:
        begin = _BEGIN.search(text, start + size - 1)
        if begin is None:
            break
        yield Piece(index, start, begin.end())
        start = begin.end()
    if start < len(text):
        yield Piece(index, start, len(text))
