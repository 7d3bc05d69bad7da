"""Codes for texts that occur many times (names, flags): each distinct text is learnt once, all others are looked up."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from droidanon.smaps.byte_matrix import Bytes, Growing, Positions, Words, records

Codes = npt.NDArray[np.int32]

_MAX_WORDS = 96
_PROBES = 4
_FIRST_SLOTS = 1 << 15
_LEAST_FREE = 4
"""Slots for each distinct text, at least."""
_GOLDEN = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
_MULTIPLIERS = np.random.default_rng(73).integers(1, 2**63, _MAX_WORDS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_LEFT = np.array([(1 << (8 * used)) - 1 for used in range(9)], np.uint64)
"""Masks that keep the first 0 to 8 bytes of a word."""


class TextDictionary:
    """Distinct texts by code. A hash only finds a candidate; all its bytes are compared.

    `learn` is called once for each new text, in the order of their codes.
    """

    def __init__(self, learn: Callable[[bytes], None]) -> None:
        self._learn = learn
        self._slots = np.full(_FIRST_SLOTS, -1, np.int32)
        self._hashes = Growing(np.uint64)
        self._texts = Growing(np.uint8)  # concatenated, each padded to whole words with NULs
        self._at = Growing(np.int64)  # offsets in `_texts`
        self._widths = Growing(np.uint8)  # lengths in words
        self._crowded: dict[bytes, int] = {}  # texts without a slot

    def codes(self, data: Bytes, starts: Positions, lengths: Positions) -> Codes:
        """The code of each `data[start : start + length]`, -1 where it does not end in a newline or is overlong.

        Some bytes behind the last text (up to 7) must be there to be read.
        """
        fits = (lengths > 0) & (lengths <= 8 * _MAX_WORDS)
        fits &= data[np.where(fits, starts + lengths - 1, 0)] == 10
        words = np.where(fits, (lengths + 7) >> 3, 0).astype(np.uint8)
        order = np.argsort(words, kind="stable")
        starts, lengths = starts[order], lengths[order]
        bounds = np.concatenate([[0], np.cumsum(np.bincount(words, minlength=_MAX_WORDS + 1))]).tolist()
        sorted_codes = np.full(len(words), -1, np.int32)
        for width in range(1, _MAX_WORDS + 1):
            low, high = bounds[width], bounds[width + 1]
            if low < high:
                raw = records(data, starts[low:high], 8 * width).view(np.uint64)
                raw[:, -1] &= _LEFT[lengths[low:high] - 8 * (width - 1)]
                sorted_codes[low:high] = self._find(raw)
        codes = np.empty_like(sorted_codes)
        codes[order] = sorted_codes
        return codes

    def _find(self, raw: Words) -> Codes:
        """The code of each row; all rows have the same width."""
        width = raw.shape[1]
        # Texts of several widths share the slots: the width goes into the hash, and candidates are compared in it.
        hashes = raw @ _MULTIPLIERS[:width] + np.uint64(width * _GOLDEN[0] & (1 << 64) - 1)
        codes = self._probe(raw, hashes, 0)
        left = self._differ(raw, codes)
        for probe in range(1, _PROBES):
            if not len(left):
                return codes
            found = self._probe(raw[left], hashes[left], probe)
            codes[left] = found
            left = left[self._differ(raw[left], found)]
        for row in left.tolist():
            codes[row] = self._find_crowded(raw[row])
        return codes

    def _probe(self, raw: Words, hashes: Words, probe: int) -> Codes:
        """The candidate of each row; where its slot was free, the row itself is learnt, or one that shares the slot."""
        count = len(self._at)
        if count * _LEAST_FREE > len(self._slots):
            self._grow()
        slots = self._slots_of(hashes, probe)
        codes = self._slots[slots]
        free = np.flatnonzero(codes < 0)
        if len(free):
            wanted = slots[free]
            self._slots[wanted] = np.arange(len(free), dtype=np.int32)
            winners = np.flatnonzero(self._slots[wanted] == np.arange(len(free)))
            self._slots[wanted[winners]] = np.arange(count, count + len(winners), dtype=np.int32)
            self._append(raw[free[winners]], hashes[free[winners]])
            codes[free] = self._slots[wanted]
        return codes

    def _differ(self, raw: Words, codes: Codes) -> Positions:
        """The rows whose bytes are not those of the text of that code."""
        width = raw.shape[1]
        texts = records(self._texts.room(8 * _MAX_WORDS), self._at.values[codes], 8 * width).view(np.uint64)
        other = texts != raw
        other[:, 0] |= self._widths.values[codes] != width
        return np.flatnonzero(other.any(axis=1)) if other.any() else np.zeros(0, np.int64)

    def _append(self, raw: Words, hashes: Words) -> None:
        width = raw.shape[1] * 8
        whole = raw.tobytes()
        self._at.append(len(self._texts) + width * np.arange(len(raw)))
        self._widths.append(np.full(len(raw), raw.shape[1], np.uint8))
        self._texts.append(np.frombuffer(whole, np.uint8))
        self._hashes.append(hashes)
        for start in range(0, len(whole), width):
            self._learn(whole[start : start + width].rstrip(b"\0"))

    def _find_crowded(self, row: Words) -> int:
        text = row.tobytes()
        code = self._crowded.get(text)
        if code is None:
            code = self._crowded[text] = len(self._at)
            self._append(row[None, :], np.zeros(1, np.uint64))
        return code

    def _slots_of(self, hashes: Words, probe: int) -> Positions:
        shift = np.uint64(65 - len(self._slots).bit_length())
        return ((hashes ^ (hashes >> np.uint64(32))) * np.uint64(_GOLDEN[probe]) >> shift).astype(np.int64)

    def _grow(self) -> None:
        """Adds slots; a text that no longer finds its slot is learnt again, under a second code."""
        self._slots = np.full(len(self._slots) * 4, -1, np.int32)
        left = np.arange(len(self._at), dtype=np.int32)
        for probe in range(_PROBES):
            slots = self._slots_of(self._hashes.values[left], probe)
            free = self._slots[slots] < 0
            self._slots[slots[free]] = left[free]
            left = left[self._slots[slots] != left]
