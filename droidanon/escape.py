"""Device text made safe to show: no control, escape, bidirectional or surrogate character gets through."""

from __future__ import annotations

import unicodedata

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def escape_text(text: str) -> str:
    """The same text with every character that a terminal could act on written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char if unicodedata.category(char) not in _HIDDEN_CATEGORIES else char.encode("unicode_escape").decode()
        for char in text
    )
