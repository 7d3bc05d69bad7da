"""A diff as Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from droidanon.analysis.diff.comparison import Diff
from droidanon.escape import escape_text
from droidanon.report.diff import ESTIMATES, SHIFT, SIGNED, shown_numbers
from droidanon.report.rows import number_text, title
from droidanon.report.titles import family_line
from droidanon.rows import Rows


def format_markdown(change: Diff, rows: Rows) -> str:
    """The headline counters, the rows with their total, and the doubts folded away. Device text can make no markup."""
    estimated = change.tops is not None
    last, titles = (("verdict", "note"), SHIFT) if estimated else ((), {})
    counts = f", {change.replicates[0]} captures against {change.replicates[1]}" if estimated else ""
    by = ", ".join(change.by)
    parts = [
        f"### Memory{counts}\n",
        _table(change.headline, ("counter",), last, titles),
        f"#### {change.counter} by {by} (kB)\n",
        _table(rows, tuple(key for key in rows.keys if key not in last), last, titles, change),
    ]
    if estimated:
        parts.append(f"{_plain(ESTIMATES)}.\n")
    if change.tops is not None and change.together:
        parts.append(f"{_plain(family_line(change.tops, change.rows, change.together))}.\n")
    if change.warnings:
        lines = [f"- {_code(warning.where)}: {_plain(warning.message)}" for warning in change.warnings]
        parts.append(f"<details><summary>Doubts ({len(lines)})</summary>\n\n" + "\n".join(lines) + "\n\n</details>\n")
    return "\n".join(parts)


def _table(
    rows: Rows, keys: Sequence[str], last: Sequence[str], titles: Mapping[str, str], change: Diff | None = None
) -> str:
    numbers = shown_numbers(rows)
    lines = [[*(title(key) for key in keys), *(titles.get(name, title(name)) for name in numbers), *last]]
    for row in range(len(rows)):
        lines.append(
            [
                *(_key(key, rows.keys[key][row]) for key in keys),
                *(number_text(name, rows.number(name, row), signed=name in SIGNED) for name in numbers),
                *(_word(str(rows.keys[key][row])) for key in last),
            ]
        )
    if change is not None:
        totals = [
            number_text(name, value if isinstance(value, int | float) else None, signed=name in SIGNED)
            for name, value in ((name, change.total.get(name)) for name in numbers)
        ]
        total = ["total", *[""] * (len(keys) - 1), *totals, *(_word(str(change.total[key])) for key in last)]
        lines.append([f"**{cell}**" if cell and not cell.startswith("**") else cell for cell in total])
    lines.insert(1, [*[":--"] * len(keys), *["--:"] * len(numbers), *[":--"] * len(last)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _key(key: str, value: str | int | None) -> str:
    if value is None:
        return "-"
    return _plain(str(value)) if key == "status" else _code(str(value))


def _word(text: str) -> str:
    """A verdict, set off where there is one."""
    return f"**{text}**" if text in ("higher", "lower") else _plain(text)


def _code(text: str) -> str:
    """Device text as code: it mentions nobody and is no markup; a table's bars are escaped even there."""
    if not text:
        return ""
    shown = escape_text(text).replace("|", "\\|")
    fence = "``" if "`" in shown else "`"
    pad = " " if "`" in shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _plain(text: str) -> str:
    """Text without a meaning to Markdown or HTML."""
    shown = escape_text(text)
    for sign, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "&#64;")):
        shown = shown.replace(sign, instead)
    return "".join(f"\\{char}" if char in "\\`*_[]|#~" and shown != "~" else char for char in shown)
