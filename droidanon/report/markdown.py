"""Tables as GitHub Markdown. Device text cannot add markup or mention users."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from droidanon.escape import escape_name, escape_text
from droidanon.model import Problem
from droidanon.report.rows import number_text
from droidanon.report.titles import title
from droidanon.rows import Rows
from droidanon.wording import counted

MOST_CHARACTERS = 64_000
"""A comment on GitHub holds 65,536; the rest is left for text around it."""
_NOTE_LENGTH = 120
_TICKS = re.compile("`+")


@dataclass(frozen=True, slots=True)
class MarkdownTable:
    """The lines of a table. Rows can be left out, but not the head and total."""

    head: Sequence[str]
    rows: Sequence[str]
    total: str = ""

    def text(self, count: int) -> str:
        """The table with its first `count` rows, and the number left out."""
        left = len(self.rows) - count
        note = f"\nNot shown: {counted(left, 'row')}; `--top` or `--csv` print fewer or all.\n" if left else ""
        return "".join((*self.head, *self.rows[:count], self.total, note))


def document(parts: Sequence[str | MarkdownTable], most: int = MOST_CHARACTERS) -> str:
    """Paragraphs and tables with blank lines between them; rows are left out if there are more than `most`
    characters.
    """
    least = [part if isinstance(part, str) else part.text(0) for part in parts]
    room = most - sum(map(len, least)) - (_NOTE_LENGTH + 1) * len(parts)
    texts = []
    for part in parts:
        if isinstance(part, MarkdownTable):
            count = 0
            while count < len(part.rows) and len(part.rows[count]) <= room:
                room -= len(part.rows[count])
                count += 1
            texts.append(part.text(count))
        else:
            texts.append(part)
    return "\n".join(texts)


def folded_warnings(warnings: Sequence[Problem]) -> list[str]:
    """Warnings as a collapsed list; nothing if there are none."""
    if not warnings:
        return []
    places = [f"{code(warning.where)}: " if warning.where else "" for warning in warnings]
    lines = [f"- {place}{plain(warning.message)}" for place, warning in zip(places, warnings, strict=True)]
    return [f"<details><summary>Warnings ({len(lines)})</summary>\n\n" + "\n".join(lines) + "\n\n</details>\n"]


def markdown_table(
    rows: Rows,
    numbers: Sequence[str],
    *,
    last: Sequence[str] = (),
    signed: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
    total: Mapping[str, Any] | None = None,
) -> MarkdownTable:
    """Rows with their keys, numbers (right-aligned) and the keys that come `last`; `total` is a last row."""
    keys = [key for key in rows.keys if key not in last]
    head = [(titles or {}).get(key, title(key)) for key in (*keys, *numbers, *last)]
    rule = [*[":--"] * len(keys), *["--:"] * len(numbers), *[":--"] * len(last)]
    body = [
        [
            *(_key(key, rows.keys[key][row]) for key in keys),
            *(number_text(name, rows.number(name, row), signed=name in signed) for name in numbers),
            *(_verdict(rows.keys[key][row]) for key in last),
        ]
        for row in range(len(rows))
    ]
    return MarkdownTable(
        [_line(head), _line(rule)],
        [_line(cells) for cells in body],
        _line(_total(total, len(keys), numbers, last, signed)) if total is not None else "",
    )


def _total(
    total: Mapping[str, Any], keys: int, numbers: Sequence[str], last: Sequence[str], signed: Sequence[str]
) -> list[str]:
    values = [number_text(name, total.get(name), signed=name in signed) for name in numbers]
    cells = ["total", *[""] * (keys - 1), *values, *(_verdict(total.get(key)) for key in last)]
    return [f"**{cell}**" if cell and not cell.startswith("**") else cell for cell in cells]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _key(key: str, value: str | int | None) -> str:
    if value is None:
        return "-"
    return plain(str(value)) if key == "status" else code(str(value))


def _verdict(value: str | int | None) -> str:
    """Format a verdict, in bold if it shows a change."""
    text = "" if value is None else str(value)
    return f"**{text}**" if text in ("higher", "lower", "grows", "shrinks") else plain(text)


def code(text: str) -> str:
    """A name as code, so that it is neither markup nor a mention; bars are escaped even in code within a table.

    A bar after a backslash cannot be escaped: some renderers treat that backslash as escaped, and the bar as the end of
    a cell.
    """
    if not text:
        return ""
    shown = escape_name(text).replace("\\|", "\\\\x7c").replace("|", "\\|")
    fence = "`" * (1 + max(map(len, _TICKS.findall(shown)), default=0))
    pad = " " if "`" in shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def plain(text: str) -> str:
    """Escape text for Markdown and HTML."""
    shown = escape_text(text)
    for sign, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "&#64;")):
        shown = shown.replace(sign, instead)
    return "".join(f"\\{char}" if char in "\\`*_[]|#~" and shown != "~" else char for char in shown)
