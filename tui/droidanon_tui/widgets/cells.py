"""Cells of a table as text: cut with an ellipsis, aligned, and bars of block characters."""

from __future__ import annotations

import textwrap

from rich.cells import cell_len, set_cell_size

from droidanon.escape import escape_text

_EIGHTHS = " ▏▎▍▌▋▊▉"
_LONGEST_LOOK = 4
"""How many characters a cell's width of a name can be worth looking at, so that huge names cost nothing."""


def fit_text(text: str, width: int, *, kept_end: float = 0.0) -> str:
    """Device text escaped and exactly `width` cells wide; a cut leaves an ellipsis.

    `kept_end` is the share of the width that the text's end gets.
    """
    if width <= 0:
        return ""
    longest = width * _LONGEST_LOOK
    if len(text) <= longest:
        shown = escape_text(text)
        if cell_len(shown) <= width:
            return set_cell_size(shown, width)
    end = int((width - 1) * kept_end)
    head = set_cell_size(escape_text(text[:longest]), width - 1 - end)
    tail = set_cell_size(escape_text(text[-longest:])[::-1], end)[::-1] if end else ""
    return f"{head}…{tail}"


def wrap_lines(text: str, width: int) -> list[str]:
    """The lines of a message. Long ones are wrapped at blanks and keep their indent; nothing is cut."""
    lines = []
    for line in text.splitlines():
        shown = escape_text(line)
        indent = shown[: min(len(shown) - len(shown.lstrip()), width // 2)]
        lines += [shown] if len(shown) <= width else textwrap.wrap(shown, max(width, 1), subsequent_indent=indent)
    return lines


def fit_number(text: str, width: int) -> str:
    """A number right-aligned; one that does not fit becomes an ellipsis, never a wrong number."""
    return text.rjust(width) if len(text) <= width else "…".rjust(width)


def bar(share: float, width: int) -> str:
    """A bar of `share` (0 to 1) of the width in eighths of a cell; any nonzero share is visible."""
    if share <= 0:
        return " " * width
    eighths = max(1, round(min(share, 1.0) * width * 8))
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(width)


def diverging_bar(share: float, width: int) -> str:
    """A bar from the middle to the right (growth) or to the left (shrinkage), in half cells."""
    side = (width - 1) // 2
    halves = min(round(min(abs(share), 1.0) * side * 2), side * 2)
    if share and not halves:
        halves = 1
    whole, half = divmod(halves, 2)
    if share < 0:
        return (("▐" if half else "") + "█" * whole).rjust(side) + "│" + " " * (width - side - 1)
    return " " * side + "│" + ("█" * whole + ("▌" if half else "")).ljust(width - side - 1)


def span_bar(begin: float, end: float, width: int) -> str:
    """A bar from one share of the width to another, in half cells; any nonzero span is visible."""
    first = min(round(begin * width * 2), width * 2 - 1)
    last = max(round(end * width * 2), first + 1)
    halves = [first <= half < last for half in range(width * 2)]
    return "".join(" ▐▌█"[right + 2 * left] for left, right in zip(halves[::2], halves[1::2], strict=True))
