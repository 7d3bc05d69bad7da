"""Contrast of all text, whatever the theme: a colour that is too near to its background becomes lighter or darker."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.color import Color as SegmentColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

LEAST_CONTRAST = 4.5
"""The least contrast of text (WCAG 2.1, success criterion 1.4.3)."""
_STEPS = 20
_TEXT = re.compile(r"[^\s\u2500-\u259f\u2800-\u28ff]")
"""Anything but blanks, frames, bars and sparklines."""
_BLACK, _WHITE = Color(0, 0, 0), Color(255, 255, 255)


def is_text(text: str) -> bool:
    """Whether there is something to read, other than frames and bars."""
    return _TEXT.search(text) is not None


def contrast(one: Color, other: Color) -> float:
    """The ratio of two colours' relative luminances: 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def readable(colour: Color, background: Color) -> Color:
    """The colour, or the nearest one towards black or white with enough contrast."""
    if contrast(colour, background) >= LEAST_CONTRAST:
        return colour
    end = max((_BLACK, _WHITE), key=lambda each: contrast(each, background))
    steps = (colour.blend(end, step / _STEPS) for step in range(1, _STEPS))
    return next((each for each in steps if contrast(each, background) >= LEAST_CONTRAST), end)


class ContrastFilter(LineFilter):
    """Makes the text of every line readable. It comes after the filters that change colours."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            segment
            if segment.style is None or not is_text(segment.text)
            else Segment(segment.text, _readable_style(segment.style, background), segment.control)
            for segment in segments
        ]


@lru_cache(4096)
def _readable_style(style: Style, background: Color) -> Style:
    """Colours of the terminal's own palette are unknown and stay."""
    if style.color is None or (not style.color.is_default and style.color.triplet is None):
        return style
    behind = background if style.bgcolor is None else Color.from_rich_color(style.bgcolor)
    colour = Color.from_rich_color(style.color)
    better = readable(colour, behind)
    return style if better == colour else style + Style(color=SegmentColor.from_rgb(*better.rgb))
