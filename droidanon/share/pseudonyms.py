"""Pseudonyms: keyed hashes of texts. Equal texts have equal pseudonyms as long as the salt is the same."""

from __future__ import annotations

import hashlib
import hmac
import string

LETTERS = "bcdfghjkmnpqrtvz"
"""Without vowels, a pseudonym contains no word that a rule or a reader looks for; without digits, no part of it looks
like a counter or an address, so names stay distinct where such parts are removed."""
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
        """A number, or a text of hexadecimal digits, with each digit replaced by another of its class."""
        stream = self._digest("digits", text)
        while len(stream) < len(text):
            stream += self._digest("digits", f"{len(stream)}:{text}")
        found = "".join(map(_digit, text, stream))
        self.made.add(found)
        return found

    def _digest(self, kind: str, text: str) -> bytes:
        message = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._salt, message, hashlib.sha256).digest()


def _digit(char: str, byte: int) -> str:
    if char.isdigit():
        return string.digits[byte % 10]
    if char in string.ascii_lowercase:
        return "abcdef"[byte % 6]
    return "ABCDEF"[byte % 6] if char in string.ascii_uppercase else char
