"""Makes device text safe to show: no control, escape, bidirectional or surrogate character gets through."""

from __future__ import annotations

import re
import unicodedata
import zlib

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


_FORMULA = re.compile(r"\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20].")
"""Spreadsheets take the full-width forms for the same signs in some languages."""
_NUMBER = re.compile(r"[+-]?[0-9.,]+%?")

MOST_SHOWN = 1024
"""Characters of a name in a table: a longer one would fill it, as a table has the name of a process in many rows."""


def elided(text: str) -> str:
    """A text of at most `MOST_SHOWN` characters: of a longer one the middle is replaced by its CRC-32 between ellipses,
    so that different texts stay different.
    """
    if len(text) <= MOST_SHOWN:
        return text
    middle = f"…{zlib.crc32(text.encode('utf-8', 'surrogatepass')):08x}…"
    head = (MOST_SHOWN - len(middle)) // 2
    return f"{text[:head]}{middle}{text[len(middle) + head - MOST_SHOWN :]}"


def escape_cell(text: str) -> str:
    """Device text as a CSV cell: safe to print, and prefixed with an apostrophe if a spreadsheet would read it as a
    formula.
    """
    shown = escape_text(text)
    return f"'{shown}" if _FORMULA.match(shown) and not _NUMBER.fullmatch(shown) else shown


def quoted_cell(text: str) -> str:
    """A quoted CSV cell with this text."""
    return '"' + escape_cell(text).replace('"', '""') + '"'


def escape_text(text: str) -> str:
    """The text with every character that a terminal could act on replaced by an escape sequence."""
    if text.isprintable():  # a subset of what may be shown
        return text
    return "".join(
        char if unicodedata.category(char) not in _HIDDEN_CATEGORIES else char.encode("unicode_escape").decode()
        for char in text
    )


def escape_name(text: str) -> str:
    """A name as a table shows it: safe to print, and of at most `MOST_SHOWN` characters."""
    return elided(escape_text(elided(text)))
