"""Makes stdout and stderr accept any text in any encoding."""

from __future__ import annotations

import codecs
import io
import os
import sys

_SUBSTITUTES = {
    **dict(zip("▁▂▃▄▅▆▇█", "_.-=+*%#", strict=True)),
    "▓": "+",
    "░": "-",
    "▲": "+",
    "▼": "-",
    "…": "...",
    "·": "-",
    "–": "-",
    "—": "-",
    "−": "-",
    "→": "->",
    "←": "<-",
    "↑": "^",
    "↓": "v",
    "×": "x",
    "≤": "<=",
    "≥": ">=",
    "±": "+-",
    "⚠": "!",
    "µ": "u",
}
"""Replacements for characters that the encoding lacks; all others become `\\u1234`."""
_NAME = "droidanon"


def prepare_streams() -> None:
    """Replace closed streams with empty ones, and make stdout and stderr substitute characters that their encoding
    lacks."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # `<&-`
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115 # to the end
    codecs.register_error(_NAME, substitute)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_NAME)


def substitute(error: UnicodeError) -> tuple[str | bytes, int]:
    """A codec error handler that replaces characters with similar ones that can be encoded."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    substitute = "".join(
        _SUBSTITUTES.get(char) or char.encode("ascii", "backslashreplace").decode() for char in lacking
    )
    return substitute, error.end
