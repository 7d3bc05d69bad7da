"""Pseudonyms: keyed hashes of texts. Equal texts have equal pseudonyms as long as the salt is the same."""

from __future__ import annotations

import hashlib
import hmac
import re
import string

LETTERS = "bcdfghjkmnpqrtvz"
"""Without vowels, a pseudonym contains no word that a rule or a reader looks for; without digits, no part of it looks
like a counter or an address, so names stay distinct where such parts are removed."""
_GROUP = re.compile("[0-9A-Fa-f]+")
LENGTH = 12
"""Letters of a pseudonym: 48 bits."""


class Pseudonyms:
    """Pseudonyms under one salt (HMAC-SHA256)."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self.made: set[str] = set()
        """All of them, so that a scan can tell them from the texts that it looks for."""

    def letters(self, kind: str, text: str, length: int = LENGTH) -> str:
        """The pseudonym of a text; that of another kind of text differs."""
        found = "".join(LETTERS[byte & 15] for byte in self._digest(kind, text)[:length])
        self.made.add(found)
        return found

    def digits(self, text: str) -> str:
        """A number, or a text of hexadecimal digits, of the same length. Of a hexadecimal text, only the length of its
        groups stays, and which of them have digits: the places of digits and letters would identify it.
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
    """Other digits; those of a hexadecimal group with digits begin with one."""
    if decimal:
        return "".join(string.digits[byte % 10] for byte in stream[: len(group)])
    if group.isalpha():
        return "".join("abcdef"[byte % 6] for byte in stream[: len(group)])
    return string.digits[stream[0] % 10] + "".join(string.hexdigits[byte & 15] for byte in stream[1 : len(group)])
