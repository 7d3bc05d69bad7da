"""Reads a table of a plan file key by key. Mistakes are collected, so that they can be reported together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from droidanon.escape import escape_text
from droidanon.taxonomy.toml import Location
from droidanon.units import parse_duration_s, parse_size_kb

_MOST_SHOWN = 60


class PlanTable:
    """A table and its location in the file. Invalid values read as the default."""

    def __init__(self, values: Mapping[str, Any], place: Location, known: Sequence[str], mistakes: list[str]) -> None:
        self.values = values
        self._place = place
        self._mistakes = mistakes
        for key in values:
            if key not in known:
                self.mistake(key, f"unknown key {shown(key)}{did_you_mean(key, known)}")

    def mistake(self, key: str, text: str) -> None:
        """Report a mistake at a key."""
        self._mistakes.append(f"{escape_text(self._place.at(key))}: {text}")

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A text; `required`: it must be present and not empty."""
        value = self.values.get(key, default)
        if required and key not in self.values:
            self.mistake(key, f"{key} is missing")
            return default
        if not isinstance(value, str) or (required and not value):
            self.mistake(key, f"{key} must be text{', and not empty' if required else ''}, not {shown(value)}")
            return default
        return value

    def choice(self, key: str, choices: Sequence[str], default: str = "") -> str:
        """One of several words."""
        value = self.text(key, default)
        if value and value not in choices:
            self.mistake(key, f"{key} must be one of {', '.join(choices)}, not {shown(value)}")
            return default
        return value

    def texts(self, key: str, *, of_one: bool = True) -> tuple[str, ...]:
        """A list of texts; with `of_one`, a single text stands for a list of one."""
        value = self.values.get(key, [])
        if of_one and isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.mistake(key, f"{key} must be a list of texts, not {shown(value)}")
            return ()
        return tuple(value)

    def flag(self, key: str, default: bool = False) -> bool:
        """A boolean."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            self.mistake(key, f"{key} must be true or false, not {shown(value)}")
            return default
        return value

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        """An integer in a range."""
        found = self.whole_or_none(key, least, most)
        return default if found is None else found

    def whole_or_none(self, key: str, least: int, most: int) -> int | None:
        """An integer in a range; None if absent."""
        if key not in self.values:
            return None
        value = self.values[key]
        if type(value) is not int or not least <= value <= most:
            self.mistake(key, f"{key} must be a number from {least:,} to {most:,}, not {shown(value)}")
            return None
        return value

    def size_kb(self, key: str) -> int | None:
        """A size such as 6GB, in kB; None if absent."""
        value = self.text(key)
        try:
            return round(parse_size_kb(value)) if value else None
        except (ValueError, OverflowError) as error:
            self.mistake(key, f"{key} is {escape_text(str(error))}")
            return None

    def seconds(self, key: str, default: float) -> float:
        """A duration such as 10m, in seconds; at least 1."""
        value = self.text(key)
        try:
            found = parse_duration_s(value) if value else default
        except ValueError as error:
            self.mistake(key, f"{key} is {escape_text(str(error))}")
            return default
        if found < 1:
            self.mistake(key, f"{key} must be at least 1s, not {shown(value)}")
            return default
        return found


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """`; did you mean X?`, or else the known words."""
    from difflib import get_close_matches  # only needed for errors

    near = get_close_matches(word, known, 1, 0.6)
    return f"; did you mean {near[0]}?" if near else f"; allowed: {', '.join(known)}"


def shown(value: object) -> str:
    """A value for a message, shortened and escaped."""
    return escape_text(repr(value)[:_MOST_SHOWN])
