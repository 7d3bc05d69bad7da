"""Pseudonyms: keyed hashes of texts. Equal texts have equal pseudonyms if the salt is the same."""

from __future__ import annotations

import hashlib
import hmac
import re
import string

LETTERS = "bcdfghjkmnpqrtvz"
"""Without vowels, a pseudonym contains no word that a rule or a reader could recognise. Without digits, no part of it
looks like a counter or an address, so names stay distinct where such parts are removed."""
_GROUP = re.compile("[0-9A-Fa-f]+")
LENGTH = 12
"""The number of letters in a pseudonym: 48 bits."""


class Pseudonyms:
    """Pseudonyms under one salt (HMAC-SHA256)."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self.made: set[str] = set()
        """All pseudonyms, so that a scan can distinguish them from secrets."""

    def letters(self, kind: str, text: str, length: int = LENGTH) -> str:
        """The pseudonym of a text; it depends on the kind of text."""
        found = "".join(LETTERS[byte & 15] for byte in self._digest(kind, text)[:length])
        self.made.add(found)
        return found

    def digits(self, text: str) -> str:
        """A replacement of the same length for a number or a text of hexadecimal digits. Of a hexadecimal text, only
        the lengths of its groups and which of them have digits are kept: the positions of digits and letters would
        identify it.
        """
        stream = self._digest("digits", text)
        while len(stream) < len(text):
            stream += self._digest("digits", f"{len(stream)}:{text}")
        decimal = not re.search("[A-Fa-f]", text)
        upper = not decimal and text == text.upper()
        found = _GROUP.sub(lambda group: _replaced(group[0], stream[group.start() :], decimal=decimal), text)
        found = found.upper() if upper else found
        self.made.add(found)
        return found

    def _digest(self, kind: str, text: str) -> bytes:
        message = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._salt, message, hashlib.sha256).digest()


def _replaced(group: str, stream: bytes, *, decimal: bool) -> str:
    """Replace the digits of a group; a hexadecimal group that has decimal digits begins with one."""
    if decimal:
        return "".join(string.digits[byte % 10] for byte in stream[: len(group)])
    if group.isalpha():
        return "".join("abcdef"[byte % 6] for byte in stream[: len(group)])
    return string.digits[stream[0] % 10] + "".join(string.hexdigits[byte & 15] for byte in stream[1 : len(group)])
