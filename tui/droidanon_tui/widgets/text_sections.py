"""Sections of text: a heading above names and their meanings, wrapped to a width and never cut."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

_WIDEST_NAME = 26


@dataclass(frozen=True, slots=True)
class TextSection:
    """A heading and its lines: a name and a text each. An empty name makes the text a paragraph."""

    heading: str
    lines: Sequence[tuple[str, str]]


def section_lines(section: TextSection, width: int) -> list[Content]:
    """The lines of a section, and a blank one. The texts are aligned after the longest name."""
    name_width = min(max((len(name) for name, _ in section.lines), default=0), _WIDEST_NAME)
    shown = [Content.styled(section.heading, "bold $text-accent")]
    for name, text in section.lines:
        indent = name_width + 4 if name else 2
        first, *more = textwrap.wrap(text, max(width - indent, 20)) or [""]
        lead = Content.styled(f"  {name:<{name_width}}  ", "bold") if name else Content("  ")
        shown.append(lead + Content(first))
        shown += [Content(" " * indent + line) for line in more]
    return [*shown, Content("")]
