"""Errors as one line of text."""

from __future__ import annotations

from droidanon.errors import DroidanonError


def one_line(error: Exception) -> str:
    """An error as one line. Errors not raised by droidanon include their type, so that they can be reported."""
    text = " ".join(str(error).split())
    if isinstance(error, (DroidanonError, OSError)):
        return text or type(error).__name__
    return f"internal error: {type(error).__name__}: {text}"
