"""The collector's script as a program and its arguments, for the host's own sh."""

from __future__ import annotations

from collections.abc import Sequence

from droidanon.sources.phone.collector import script_for


def command(marker: str, words: Sequence[str]) -> list[str]:
    return ["sh", "-c", script_for(words), "droidanon", marker, *words]
