"""The `ram` argument of the Python API."""

from __future__ import annotations


def ram_in_kb(size: str | int) -> int:
    """kB from a number of kB or a string such as `6GB`. Raises UsageError for any other string."""
    from droidanon.errors import UsageError
    from droidanon.units import parse_size_kb

    if isinstance(size, int):
        return size
    try:
        return round(parse_size_kb(size))
    except ValueError as error:
        raise UsageError(f"ram={size!r} is not a size; write it like '6GB'") from error
