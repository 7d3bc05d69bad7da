"""A diff as Markdown, for a pull request."""

from __future__ import annotations

from droidanon.analysis.diff.row_filter import with_unchanged
from droidanon.report.diff_report import ESTIMATES, SIGNED, DiffReport, changed_off_smaps, shown_numbers
from droidanon.report.families import family_line, headline_titles, rows_title
from droidanon.report.markdown import MarkdownTable, code, document, folded_warnings, markdown_table, plain
from droidanon.rows import Rows

_LAST = ("verdict", "note")


def format_diff(found: DiffReport) -> str:
    """The headline counters, the rows with their total, off-smaps memory, and collapsed warnings."""
    diff = found.diff
    estimated = diff.tops is not None
    counts = f", {diff.replicates[0]} captures against {diff.replicates[1]}" if estimated else ""
    app = f" of {code(found.app)}" if found.app else ""
    parts: list[str | MarkdownTable] = [
        f"### Memory{app}{counts}\n",
        f"Base: {code(found.base)}, new: {code(found.new)}\n",
        _table(headline_titles(diff.headline)),
        f"#### {rows_title(diff.counter, diff.by)}\n",
        markdown_table(
            with_unchanged(diff, found.rows),
            shown_numbers(found.rows),
            last=_last(found.rows),
            signed=SIGNED,
            total=diff.total,
        ),
        *_off_smaps(found),
    ]
    if estimated:
        parts.append(f"{plain(ESTIMATES)}\n")
    if diff.tops is not None and diff.together:
        parts.append(f"{plain(family_line(diff.tops, diff.rows, diff.together))}.\n")
    parts += folded_warnings(diff.warnings)
    return document(parts)


def _table(rows: Rows) -> MarkdownTable:
    return markdown_table(rows, shown_numbers(rows), last=_last(rows), signed=SIGNED)


def _last(rows: Rows) -> tuple[str, ...]:
    return tuple(key for key in _LAST if key in rows.keys)


def _off_smaps(found: DiffReport) -> list[str | MarkdownTable]:
    """Tables of memory outside smaps and of objects, if any changed."""
    parts: list[str | MarkdownTable] = []
    headings = ("Not in smaps (kB)", "Objects")
    for heading, (_, rows, numbers) in zip(headings, changed_off_smaps(found.diff), strict=True):
        if len(rows):
            table = markdown_table(rows, numbers, last=_last(rows), signed=SIGNED)
            parts += [f"#### {heading}\n", table]
    return parts
