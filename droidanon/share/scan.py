"""Searches bytes for secrets: case-insensitively, in UTF-8 and both UTF-16 encodings, in time independent of the
number of secrets.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_KEY = 4
"""The number of leading bytes of a secret by which it is found."""
_PIECE = 1 << 22
_TABLE_BITS = 20
_MULTIPLIER = np.uint32(2654435761)
_ANYWHERE = 8
"""From this length on, a secret is also found inside a word, and in bytes that are not text; a shorter one must be a
whole word of a text."""
_LONGEST = 1024
"""The maximum length compared; of a longer secret, only its beginning. Comparing all of it everywhere would take time
quadratic in the length of a text that repeats itself."""
_WORD = re.compile(rb"[a-z0-9]*")
_WORD_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789")


class Scanner:
    """Finds any of many secrets. Matches inside `pseudonyms`, which may contain a secret by chance, do not count."""

    def __init__(self, secrets: Iterable[str], pseudonyms: Collection[str] = ()) -> None:
        self._pseudonyms = {text.lower().encode() for text in pseudonyms}
        self._known: dict[bytes, dict[int, dict[bytes, str]]] = defaultdict(lambda: defaultdict(dict))
        self._longest, self._longest_pseudonym = _KEY, max(map(len, self._pseudonyms), default=0)
        for secret in secrets:
            begin = secret[:_LONGEST]
            for form in {begin, begin.lower(), begin.upper(), begin.casefold()}:
                for encoding in _ENCODINGS:
                    self._add(form.encode(encoding, "surrogatepass").lower(), secret)
        self._table = np.zeros(1 << _TABLE_BITS, np.bool_)
        keys = np.frombuffer(b"".join(self._known), "<u4")
        self._table[_slots(keys)] = True

    def _add(self, form: bytes, secret: str) -> None:
        if len(form) >= _KEY:
            self._known[form[:_KEY]][len(form)][form] = secret
            self._longest = max(self._longest, len(form))

    def find(self, data: bytes, *, text: bool = True) -> set[str]:
        """The secrets found in some bytes; short ones only in text."""
        found: set[str] = set()
        for begin in range(0, len(data), _PIECE):
            piece = data[max(begin - 1, 0) : begin + _PIECE + self._longest].lower()
            for place in self._candidates(piece):
                found |= self._at(piece, place)
        return found if text else {secret for secret in found if len(secret) >= _ANYWHERE}

    def _candidates(self, piece: bytes) -> list[int]:
        places: list[int] = []
        for shift in range(_KEY):
            keys = (
                np.frombuffer(piece, "<u4", max(len(piece) - shift, 0) // _KEY, shift)
                if len(piece) >= shift + _KEY
                else None
            )
            if keys is not None:
                places += (np.flatnonzero(self._table[_slots(keys)]) * _KEY + shift).tolist()
        return places

    def _at(self, piece: bytes, place: int) -> set[str]:
        lengths = self._known.get(piece[place : place + _KEY], {})
        return {
            secret
            for length, forms in lengths.items()
            if (secret := forms.get(piece[place : place + length], "")) and self._counts(piece, place, length, secret)
        }

    def _counts(self, piece: bytes, place: int, length: int, secret: str) -> bool:
        """Whether this is the secret itself, not part of a longer word, number or pseudonym."""
        end = place + length
        if length > len(secret[:_LONGEST].encode("utf-8", "surrogatepass")):  # UTF-16
            return True
        before, after = piece[place - 1 : place] if place else b"", piece[end : end + 1]
        alone = not (set(before + after) & _WORD_BYTES)
        if len(secret) > _LONGEST:
            return True
        if secret.isdigit():
            return alone and not _is_json_number(before, after)
        if not alone and len(secret) < _ANYWHERE:
            return False
        return not self._in_pseudonym(piece, place, end)

    def _in_pseudonym(self, piece: bytes, place: int, end: int) -> bool:
        longest = self._longest_pseudonym
        if end - place > longest:
            return False
        begin, first = place, max(end - longest - 1, 0)
        while begin > first and piece[begin - 1] in _WORD_BYTES:
            begin -= 1
        found = _WORD.match(piece, begin, begin + longest + 1)
        return found is not None and found.end() >= end and found[0] in self._pseudonyms


def _is_json_number(before: bytes, after: bytes) -> bool:
    return before in (b":", b",", b"[", b" ", b"-", b".") and after in (b",", b"]", b"}", b"\n", b".")


def _slots(keys: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return (keys * _MULTIPLIER) >> np.uint32(32 - _TABLE_BITS)
