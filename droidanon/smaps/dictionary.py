"""Codes for byte strings that come in bulk as rows of words: the few distinct ones are learnt, the rest is looked up."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

_SLOT_BITS = 16
_GROWTH = 256
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class BytesDictionary:
    """Distinct rows of a fixed number of words. A hash only finds a candidate: all its bytes are compared."""

    def __init__(self, width: int) -> None:
        generator = np.random.default_rng(width)
        self._multipliers = generator.integers(1, 2**63, width, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        self._slots = np.full(1 << _SLOT_BITS, -1, np.int32)
        self._rows = np.zeros((0, width), np.uint64)
        self._codes: dict[bytes, int] = {}

    def lookup(self, words: Words) -> tuple[npt.NDArray[np.int32], Iterator[bytes]]:
        """A code for each row of `words` (shape rows x width), and the rows that had never been seen, in code order."""
        known = len(self._codes)
        slots = self._slot(words)
        codes = self._slots[slots]
        if known:
            wrong = (self._rows[codes] != words).any(axis=1)
            wrong |= codes < 0
        else:
            wrong = np.ones(len(words), np.bool_)
        misses = np.flatnonzero(wrong)
        if len(misses):
            codes[misses] = self._learn(words[misses])
        return codes, iter(list(self._codes)[known:] if len(self._codes) > known else ())

    def _slot(self, words: Words) -> npt.NDArray[np.int64]:
        mixed = words @ self._multipliers
        slots: npt.NDArray[np.int64] = (
            (mixed ^ (mixed >> np.uint64(32))) * _GOLDEN >> np.uint64(64 - _SLOT_BITS)
        ).astype(np.int64)
        return slots

    def _learn(self, words: Words) -> npt.NDArray[np.int32]:
        """Codes of rows that their slot does not lead to: new ones, and those whose slot another row holds."""
        whole = np.ascontiguousarray(words).view(np.dtype((np.void, words.shape[1] * 8))).ravel()
        distinct, inverse = np.unique(whole, return_inverse=True)
        codes = np.empty(len(distinct), np.int32)
        for index, item in enumerate(distinct.tolist()):
            code = self._codes.setdefault(item, len(self._codes))
            codes[index] = code
        rows = distinct.view(np.uint64).reshape(len(distinct), words.shape[1])
        if len(self._codes) > len(self._rows):
            grown = np.zeros((len(self._codes) + _GROWTH, words.shape[1]), np.uint64)
            grown[: len(self._rows)] = self._rows
            self._rows = grown
        self._rows[codes] = rows
        self._slots[self._slot(rows)] = codes
        return codes[inverse.ravel()]
