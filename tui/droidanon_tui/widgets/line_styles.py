"""The styles of a table's lines, found from the theme."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from textual.widget import Widget

_HEADER_SHARE = 0.8
_DIM_SHARE = 0.62
"""The share of the text's colour in less important text."""


@dataclass(frozen=True, slots=True)
class LineStyles:
    """The styles of one line."""

    base: Style
    header: Style
    sorted: Style
    dim: Style
    dark: bool
    coloured: bool = True
    """If not (NO_COLOR), signs and words stand for colours."""


def line_styles(table: Widget, base: Style, in_sorted: Style) -> LineStyles:
    """The styles of a table's line. `base`: the whole line's; `in_sorted`: added for the title of the sorted column."""
    plain = table.colors[3]
    background = table.background_colors[1]
    return LineStyles(
        base=base,
        header=base + Style(color=background.blend(plain, _HEADER_SHARE).rich_color),
        sorted=base + in_sorted,
        dim=base + Style(color=background.blend(plain, _DIM_SHARE).rich_color),
        dark=table.app.current_theme.dark,
        coloured=not table.app.no_color,
    )
