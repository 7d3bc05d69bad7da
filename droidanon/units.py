"""Numbers as people read and type them. A kB is 1024 bytes, as in the kernel."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?i?b?)\s*", re.IGNORECASE)
_TIME = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?\s*", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_FACTORS_KB = {"": 1.0, "b": 1 / 1024, "k": 1.0, "m": 1024.0, "g": 1024.0 * 1024.0}


def format_kb(value: int | None, *, signed: bool = False) -> str:
    """kB with thousands separators; `-` if missing."""
    if value is None:
        return "-"
    return f"{value:+,}" if signed and value else f"{value:,}"


def format_mib(value: int | None, *, signed: bool = False) -> str:
    """kB converted to MiB with one decimal; `-` if missing."""
    if value is None:
        return "-"
    return f"{value / 1024:+,.1f}" if signed and value else f"{value / 1024:,.1f}"


def format_bytes(value: int) -> str:
    """Bytes in the largest unit in which the number is at least 1."""
    amount = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1024 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    raise AssertionError


def parse_size_kb(text: str) -> float:
    """kB from `64kB`, `10MB`, `1.5 GiB`, or 0 without a unit. Raises ValueError for anything else."""
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError(f"not a size: {text!r} (write it like 64kB or 10MB)")
    unit = match.group(2).lower()
    if not unit and float(match.group(1)):
        raise ValueError(f"{text.strip()} has no unit (write it like {text.strip()}kB or {text.strip()}MB)")
    return float(match.group(1)) * _FACTORS_KB[unit[:1]]


def parse_duration_s(text: str) -> float:
    """Seconds from `30s`, `5m`, `1.5 h`, `1d` or a bare number of seconds. Raises ValueError for anything else."""
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError(f"not a time: {text!r} (write it like 30s, 5m or 1h)")
    return float(match.group(1)) * _SECONDS[(match.group(2) or "s").lower()]
