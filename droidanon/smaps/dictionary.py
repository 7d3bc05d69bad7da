"""Codes for repeated texts (names, flags): each distinct text is learnt once, and repetitions are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

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
_WIDTHS = np.array([0, 2, 4, 6, 8, 12, 16, 20, 24, 32, 48, 64, _MAX_WORDS])
"""Many texts are looked up in groups, each padded to one of these numbers of words."""
_FEW_TEXTS, _FEW_WIDTHS = 1 << 13, np.array([0, 12, _MAX_WORDS])
"""The same for fewer texts, such as those of one process."""
_FEW_WORDS = 1 << 15
"""The size up to which all texts are one group: several groups would have fewer words, but need more calls."""
_KEEP = np.repeat(np.array([255, 0], np.uint8), 8 * _MAX_WORDS)
"""As many bytes from `8 * _MAX_WORDS - n` on are a mask that keeps the first n."""


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts of similar length as rows of words, padded with NULs."""

    words: Words
    lengths: Positions
    keep: Words
    """Masks of the texts' own bytes in their last words, those that not all texts have."""
    hashes: Words

    def take(self, rows: Positions) -> _Texts:
        """Some of the texts."""
        return _Texts(self.words[rows], self.lengths[rows], self.keep[rows], self.hashes[rows])


class TextDictionary:
    """Distinct texts by code. A hash only finds a candidate, whose bytes are then compared.

    (If two texts had the same hash, one would be `_crowded`.)
    """

    def __init__(self) -> None:
        self._new: list[bytes] = []
        self._slots = np.full(_FIRST_SLOTS, -1, np.int32)
        self._hashes = Growing(np.uint64)
        self._texts = Growing(np.uint8)  # concatenated
        self._at = Growing(np.int64)  # offsets in `_texts`
        self._lengths = Growing(np.int64)
        self._crowded: dict[bytes, int] = {}  # texts without a slot

    @property
    def size(self) -> int:
        """The bytes of all distinct texts."""
        return len(self._texts)

    def take_new(self) -> list[bytes]:
        """The texts that were learnt since the last call, in the order of their codes."""
        new, self._new = self._new, []
        return new

    def codes(self, data: Bytes, starts: Positions, lengths: Positions) -> Codes:
        """The code of each `data[start : start + length]`, -1 if it does not end in a newline or is too long.

        At least `PADDING` bytes must follow the last text.
        """
        fits = (lengths > 0) & (lengths <= 8 * _MAX_WORDS)
        fits &= data[np.where(fits, starts + lengths - 1, 0)] == 10
        lengths = np.where(fits, lengths, 0)
        words = (lengths + 7) >> 3
        most = int(words.max(initial=0))
        if most * len(words) <= _FEW_WORDS and fits.all():
            return self._look_up(data, starts, lengths, 0, most)
        widths = _WIDTHS if len(words) > _FEW_TEXTS else _FEW_WIDTHS
        kinds = np.searchsorted(widths, words).astype(np.uint8)
        order = np.argsort(kinds, kind="stable")
        starts, lengths = starts[order], lengths[order]
        bounds = np.cumsum(np.bincount(kinds, minlength=len(widths))).tolist()
        sorted_codes = np.full(len(kinds), -1, np.int32)
        for (least, width), (low, high) in zip(pairwise(widths.tolist()), pairwise(bounds), strict=True):
            if low < high:
                sorted_codes[low:high] = self._look_up(
                    data, starts[low:high], lengths[low:high], least, min(width, most)
                )
        codes = np.empty_like(sorted_codes)
        codes[order] = sorted_codes
        return codes

    def _look_up(self, data: Bytes, starts: Positions, lengths: Positions, least: int, width: int) -> Codes:
        """The codes of texts of `least` to `width` words."""
        words = records(data, starts, 8 * width).view(np.uint64)
        keep = records(_KEEP, 8 * (_MAX_WORDS + least) - lengths, 8 * (width - least)).view(np.uint64)
        words[:, least:] &= keep
        # The length goes into the hash, so that texts of different lengths rarely share a slot.
        hashes = words @ _MULTIPLIERS[:width] + lengths.view(np.uint64) * np.uint64(_GOLDEN[0])
        return self._find(_Texts(words, lengths, keep, hashes))

    def _find(self, texts: _Texts) -> Codes:
        """The code of each text."""
        codes = self._probe(texts, 0)
        left = np.flatnonzero(self._hashes.values[codes] != texts.hashes)
        for probe in range(1, _PROBES):
            if not len(left):
                break
            others = texts.take(left)
            found = self._probe(others, probe)
            codes[left] = found
            left = left[self._hashes.values[found] != others.hashes]
        for row in self._differ(texts, codes).tolist():
            codes[row] = self._find_crowded(texts.words[row], int(texts.lengths[row]))
        return codes

    def _probe(self, texts: _Texts, probe: int) -> Codes:
        """The candidate of each text; where its slot was free, the text, or another with the same slot, is learnt."""
        count = len(self._at)
        if count * _LEAST_FREE > len(self._slots):
            self._grow()
        slots = self._slots_of(texts.hashes, probe)
        codes = self._slots[slots]
        free = np.flatnonzero(codes < 0)
        if len(free):
            wanted = slots[free]
            self._slots[wanted] = np.arange(len(free), dtype=np.int32)
            winners = np.flatnonzero(self._slots[wanted] == np.arange(len(free)))
            self._slots[wanted[winners]] = np.arange(count, count + len(winners), dtype=np.int32)
            self._append(texts.take(free[winners]))
            codes[free] = self._slots[wanted]
        return codes

    def _differ(self, texts: _Texts, codes: Codes) -> Positions:
        """The rows whose text differs from that of their code."""
        width, added = texts.words.shape[1], texts.keep.shape[1]
        known = records(self._texts.room(8 * _MAX_WORDS), self._at.values[codes], 8 * width).view(np.uint64)
        known[:, width - added :] &= texts.keep
        known ^= texts.words
        other = self._lengths.values[codes] != texts.lengths
        if known.any():
            other |= known.any(axis=1)
        return np.flatnonzero(other)

    def _append(self, texts: _Texts) -> None:
        width = texts.words.shape[1] * 8
        whole = texts.words.tobytes()
        lengths = texts.lengths.tolist()
        starts = range(0, len(whole), width)
        self._keep_texts([whole[start : start + length] for start, length in zip(starts, lengths, strict=True)])
        self._hashes.append(texts.hashes)

    def _keep_texts(self, texts: list[bytes]) -> None:
        lengths = np.array([len(text) for text in texts], np.int64)
        ends = np.cumsum(lengths)
        self._at.append(len(self._texts) + ends - lengths)
        self._lengths.append(lengths)
        self._texts.append(np.frombuffer(b"".join(texts), np.uint8))
        self._new += texts

    def _find_crowded(self, words: Words, length: int) -> int:
        text = words.tobytes()[:length]
        code = self._crowded.get(text)
        if code is None:
            code = self._crowded[text] = len(self._at)
            self._keep_texts([text])
            self._hashes.append(np.zeros(1, np.uint64))
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
