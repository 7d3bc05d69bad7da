"""The page for a diff, of one capture per side or replicates."""

from __future__ import annotations

from dataclasses import replace

from droidanon.analysis.diff.comparison import Diff
from droidanon.analysis.diff.waterfall import waterfall
from droidanon.html_report.capture_origin import source_text
from droidanon.html_report.figures.intervals import intervals_figure, row_intervals, varying_keys
from droidanon.html_report.figures.parts import kb, signed_kb
from droidanon.html_report.figures.treemap import MOST_TILES, change_tiles, change_treemap, full_colour_kb
from droidanon.html_report.figures.waterfall import waterfall_figure
from droidanon.html_report.origins import SideLogs, origin_table, phones
from droidanon.html_report.page import Findings, Headlines, Page, PageFinding, PageSection, Prose, Tone
from droidanon.html_report.row_table import row_table, without_plain_status
from droidanon.html_report.words import (
    caveats,
    figure_section,
    headline_numbers,
    interval_words,
    made_facts,
    number_or_none,
    row_name,
    source_name,
    verdict_tone,
)
from droidanon.report.diff_report import ESTIMATES, DiffReport, changed_off_smaps, shown_numbers
from droidanon.report.families import family_line, headline_titles, rows_title, tops_title
from droidanon.report.titles import title
from droidanon.wording import counted

_LAST = ("status", "verdict", "note")
_MOST_FINDINGS = 5
_VMA_KEYS = ("perms", "base_range", "new_range")
"""Keys of single VMAs, which are not levels of a treemap."""


def diff_page(found: DiffReport, sides: SideLogs) -> Page:
    """The page for a diff, with all of its rows, independent of what the terminal shows."""
    diff = found.diff if found.every_row is None else replace(found.diff, rows=found.every_row)
    app = found.app or _only_app(sides)
    counts = " against ".join(counted(count, "capture") for count in diff.replicates)
    of = f" of {app}" if app else ""
    return Page(
        f"Memory{of}: {source_name(found.base)} → {source_name(found.new)}",
        f"{title(diff.counter)}, {counts}; delta is new − base",
        [
            Headlines(headline_numbers(diff.headline, "delta_kb", sides.new.origins), *_verdict(diff)),
            *change_sections(diff),
            *_tables(diff),
            *_explained(diff),
            *caveats(found.problems, diff.warnings, found.notes),
            made_facts(
                [
                    ("Base", source_text(found.base)),
                    ("New", source_text(found.new)),
                    ("App", found.app),
                    ("Captures", f"{diff.replicates[0]} of base, {diff.replicates[1]} of new"),
                    ("Phones", phones(sides.every)),
                    ("Counter", title(diff.counter)),
                    ("Rows by", ", ".join(map(title, diff.by))),
                ],
                found.rules.identity(),
            ),
            *([origin_table((("Base", sides.base.origins), ("New", sides.new.origins)))] if sides.every else []),
        ],
    )


def change_sections(diff: Diff) -> list[PageSection]:
    """The largest changes, the waterfall, the treemap, and the intervals of replicates."""
    sections: list[PageSection] = [_largest(diff)]
    labelled = replace(diff, by=tuple(varying_keys(diff.rows, diff.by)))
    if (steps := waterfall(labelled, diff.rows)) is not None and steps.steps:
        figure = waterfall_figure(steps)
        words = f"{title(diff.counter)} goes from {round(steps.base_kb):,} kB to {round(steps.new_kb):,} kB."
        sections.append(figure_section("From base to new", figure, words))
    levels = [key for key in diff.by if key not in _VMA_KEYS]
    if (tiles := change_treemap(diff.rows, levels)) is not None:
        full = full_colour_kb(change_tiles(diff.rows, levels))
        words = (
            "The size of a tile is the larger side, its colour the change: orange grew, blue shrank; full colour from "
            f"{kb(full)} on."
        )
        shown = "" if diff.tops is None else " Only changes that the test shows are coloured."
        note = f" The {MOST_TILES} largest rows have a tile." if len(diff.rows) > MOST_TILES else ""
        sections.append(figure_section("Changes by size", tiles, words, words + shown + note))
    if diff.tops is not None and (intervals := row_intervals(diff.rows, diff.by)):
        figure = intervals_figure(intervals, "shift, kB (95 % interval)")
        shown_ones = sum(one.verdict not in ("", "~") for one in intervals)
        words = f"{shown_ones} of {counted(len(intervals), 'row')} changed beyond noise."
        note = (
            "A dot is the shift, a line its 95 % interval. Filled and coloured: the test shows a change. "
            "Open and grey: it does not."
        )
        sections.append(figure_section("Shifts and intervals", figure, words, note))
    return sections


def _only_app(sides: SideLogs) -> str:
    """The app of all captures; empty if there are several."""
    apps = {one.headline.app if one.headline else "" for one in sides.every}
    return apps.pop() if len(apps) == 1 else ""


def _verdict(diff: Diff) -> tuple[str, Tone]:
    """A sentence about the change of the total, and its emphasis."""
    total, name = diff.total, title(diff.counter)
    delta = total.get("delta_kb")
    if not isinstance(delta, int | float):
        return f"{name} is unknown on one side.", ""
    if diff.tops is None:
        change = f"{signed_kb(delta)}{_percent(total.get('delta_percent'))}" if delta else "unchanged"
        return f"{name}: {change}. One capture per side cannot separate a change from noise.", ""
    verdict, interval = str(total["verdict"]), interval_words(total)
    shift = f"shift {signed_kb(number_or_none(total.get('shift_kb')))}, {interval}" if interval else "interval unknown"
    if verdict in ("", "~"):
        return f"No change of {name} is shown: delta {signed_kb(delta)}; {shift}.", ""
    return f"{name} is {verdict}: delta {signed_kb(delta)}{_percent(total.get('delta_percent'))}; {shift}.", (
        verdict_tone(verdict)
    )


def _percent(value: object) -> str:
    return f" ({value:+.1f} %)" if isinstance(value, int | float) else ""


def _largest(diff: Diff) -> Findings:
    """The rows with the largest changes; for replicates, only those with a verdict."""
    rows, tested = diff.rows, diff.tops is not None
    found = []
    for row in range(len(rows)):
        verdict = str(rows.keys["verdict"][row]) if tested else str(rows.keys["status"][row])
        delta = rows.number("delta_kb", row)
        if not delta or (tested and verdict in ("", "~")):
            continue
        found.append(_finding(diff, row, delta, verdict if tested or verdict != "both" else ""))
        if len(found) == _MOST_FINDINGS:
            break
    if tested:
        empty = "The test shows no change of any row. That is not proof that nothing changed."
        return Findings("Changes that the test shows", found, empty)
    return Findings("Largest changes", found, "No row changed.")


def _finding(diff: Diff, row: int, delta: float, badge: str) -> PageFinding:
    rows = diff.rows
    name = row_name(rows, diff.by, row)
    base, new = (rows.number(side, row) for side in ("base_kb", "new_kb"))
    evidence = [f"base {kb(base)}, new {kb(new)}{_percent(rows.number('delta_percent', row))}"]
    if diff.tops is not None:
        numbers = {key: rows.number(key, row) for key in ("low_kb", "high_kb")}
        evidence += filter(None, [interval_words(numbers), str(rows.keys["note"][row])])
    return PageFinding(name, signed_kb(delta), badge, evidence)


def _tables(diff: Diff) -> list[PageSection]:
    """The rows, the rows of higher levels, the headline counters, and memory outside smaps."""
    rows = without_plain_status(diff.rows)
    sections: list[PageSection] = [
        row_table(rows, shown_numbers(rows), rows_title(diff.counter, diff.by), last=_LAST, note=_sum_note(diff))
    ]
    if diff.tops is not None and len(diff.tops) and set(diff.tops.keys) != set(rows.keys):
        sections.append(
            row_table(diff.tops, shown_numbers(diff.tops), tops_title(diff.tops, rows, diff.together), last=_LAST)
        )
    heads = headline_titles(diff.headline)
    sections.append(row_table(heads, shown_numbers(heads), "Headline counters (kB)", last=_LAST))
    for heading, amounts, numbers in changed_off_smaps(diff):
        if len(amounts):
            unit = " (kB)" if numbers[0].endswith("_kb") else ""
            name = heading.capitalize() + unit
            sections.append(row_table(amounts, numbers, name, last=_LAST, titles={"what": heading}, note=_APART))
    return sections


_APART = "In no total."


def _sum_note(diff: Diff) -> str:
    delta = diff.total.get("delta_kb")
    if not isinstance(delta, int | float):
        return ""
    return f"The deltas add up to {signed_kb(delta)}, the delta of the total."


def _explained(diff: Diff) -> list[PageSection]:
    """How to read the numbers."""
    if diff.tops is None:
        text = (
            "Each side is one capture, so the deltas are exact, but memory varies from run to run: compare several "
            "captures per side to see whether a change is more than noise."
        )
        return [Prose("How to read the numbers", [text])]
    items = [ESTIMATES]
    if diff.together:
        items.append(f"{family_line(diff.tops, diff.rows, diff.together)}.")
    items.append("~ means that no change is shown. It is not proof that nothing changed: see detectable.")
    if diff.rows.knows("detectable_kb"):
        items.append("detectable: the smallest change that these captures would show in 4 of 5 comparisons.")
    if diff.rows.knows("replicates_needed"):
        items.append("needed: captures per side to detect the change that matters in 4 of 5 comparisons.")
    return [Prose("How to read the numbers", items=items)]
