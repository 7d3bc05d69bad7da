"""The page for a check: the rows of the budget, failures first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.analysis.capture_facts import CaptureFacts
from droidanon.columns import BoolArray, Coded
from droidanon.html_report.capture_origin import source_text, time_text
from droidanon.html_report.figures.courses import Course, courses_figure
from droidanon.html_report.figures.limits import drawable, limits_figure
from droidanon.html_report.page import (
    Findings,
    HeadlineNumber,
    Headlines,
    Page,
    PageColumn,
    PageFinding,
    PageSection,
    Prose,
    SortableTable,
    Tone,
)
from droidanon.html_report.words import caveats, figure_section, made_facts, minus_signs
from droidanon.report.check.report import (
    CheckReport,
    amount,
    basis_of,
    builds_of,
    devices_of,
    has_interval,
    interval_of,
    limit_of,
    reasons_of,
    sentence,
    unit_of,
    value_of,
)
from droidanon.wording import counted

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_ORDER = (CheckOutcome.FAIL, CheckOutcome.UNDECIDED, CheckOutcome.PASS, CheckOutcome.SKIPPED)
_TONES: Mapping[CheckOutcome, Tone] = {
    CheckOutcome.PASS: "good",
    CheckOutcome.FAIL: "bad",
    CheckOutcome.UNDECIDED: "warning",
}
_MOST_COURSES = 6


def check_page(report: CheckReport) -> Page:
    """The page for a check."""
    verdict = report.verdict
    rows = sorted(verdict.rows, key=lambda one: _ORDER.index(one.outcome))
    base, new = (builds_of(side, report.app) for side in (verdict.base, verdict.new))
    builds = " → ".join(filter(None, (base, new)))
    of = f" of {report.app}" if report.app else ""
    captures = " against ".join(counted(len(side), "capture") for side in (verdict.base, verdict.new) if side)
    return Page(
        f"Memory budget{of}: {verdict.outcome}",
        " · ".join(filter(None, (builds, captures, verdict.budget.path.name))),
        [
            Headlines(_counts(rows), _sentence(verdict.line), _TONES[verdict.outcome]),
            _table(rows),
            _reasons(rows),
            *_figures(rows, is_series=any(one.judged_by == "highest" for one in rows)),
            _explained(report),
            *caveats(report.problems, verdict.warnings, report.notes),
            made_facts(
                [
                    ("Budget", verdict.budget.path.name),
                    ("New", " ".join(map(source_text, report.new.split(" ")))),
                    ("Base", source_text(report.base or "")),
                    ("Captures of new", _captures(verdict.new)),
                    ("Captures of base", _captures(verdict.base)),
                    ("App", report.app),
                ],
                report.rules.identity(),
            ),
        ],
    )


def _sentence(line: str) -> str:
    return f"{line[0].upper()}{line[1:]}."


def _counts(rows: Sequence[RowVerdict]) -> list[HeadlineNumber]:
    """The number of rows with each outcome, and the row nearest to its limit."""
    found = []
    for outcome in _ORDER:
        count = sum(one.outcome is outcome for one in rows)
        if count:
            found.append(HeadlineNumber(str(outcome), f"{count:,}", tone=_TONES.get(outcome, "")))
    nearest = max(drawable(rows), key=lambda one: (one.number or 0.0) / (one.limit or 1.0), default=None)
    if nearest is not None and nearest.number is not None and nearest.limit:
        share = nearest.number / nearest.limit
        detail = minus_signs(
            f"{nearest.row.title}: {_with_unit(value_of(nearest), nearest)} of {_with_unit(limit_of(nearest), nearest)}"
        )
        found.append(HeadlineNumber("largest share of a limit", f"{100 * share:,.0f} %", detail, share=max(share, 0.0)))
    return found


def _table(rows: Sequence[RowVerdict]) -> SortableTable:
    """One row per limit, as in the text output of `check`."""
    with_base = any(one.base is not None for one in rows)
    cells = {
        "outcome": [str(one.outcome) for one in rows],
        "row": [one.row.title for one in rows],
        "measure": [one.row.measure for one in rows],
        **({"base": [amount(one.base, one) for one in rows]} if with_base else {}),
        **({"new": [amount(one.new, one) if one.base_count else "-" for one in rows]} if with_base else {}),
        "value": [minus_signs(value_of(one)) for one in rows],
        "interval": [minus_signs(interval_of(one) or "-") for one in rows],
        "limit": [minus_signs(limit_of(one)) for one in rows],
        "unit": [unit_of(one) for one in rows],
        "judged by": ["" if one.outcome is CheckOutcome.SKIPPED else basis_of(one) for one in rows],
    }
    columns = [PageColumn(key, key, "text", Coded.of(texts)) for key, texts in cells.items()]
    columns.insert(2, PageColumn("share", "% of limit", "percent", *_shares(rows)))
    return SortableTable("Limits", columns)


def _shares(rows: Sequence[RowVerdict]) -> tuple[Floats, BoolArray]:
    """Each number in percent of its limit; unknown if undefined."""
    judged = set(map(id, drawable(rows)))
    known = np.array([id(one) in judged for one in rows], np.bool_)
    values = [100.0 * (one.number or 0.0) / one.limit if one.limit else 0.0 for one in rows]
    return np.array(values, np.float64), ~known


def _reasons(rows: Sequence[RowVerdict]) -> Findings:
    """The rows that do not pass, with reasons."""
    found = [
        PageFinding(
            one.row.title,
            minus_signs(_with_unit(value_of(one), one)),
            str(one.outcome),
            [minus_signs(sentence(one))],
            _upper(reasons_of(one)),
        )
        for one in rows
        if one.outcome in (CheckOutcome.FAIL, CheckOutcome.UNDECIDED)
    ]
    return Findings("Rows that do not pass", found, "All rows pass.")


def _upper(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _figures(rows: Sequence[RowVerdict], *, is_series: bool) -> list[PageSection]:
    """The rows in percent of their limits, and the number in each capture."""
    drawn = drawable(rows)
    figures: list[PageSection] = []
    if drawn:
        figure = limits_figure(drawn, [sentence(one) for one in drawn])
        words = "; ".join(f"{one.row.title}: {one.outcome}" for one in drawn)
        left = len(rows) - len(drawn)
        note = "A bar is the number in percent of its limit, the line on it its interval."
        if left:
            note += f" Not drawn: {counted(left, 'row')} without a known number or with a limit of 0."
        figures.append(figure_section("Numbers against their limits", figure, words, note))
    courses = [
        Course(f"{one.row.title}, {unit_of(one)}", np.array([np.nan if v is None else v for v in one.values]))
        for one in rows
        if len(one.values) > 1 and one.row.unit == "kB"
    ][:_MOST_COURSES]
    if courses:
        count = max(len(one.values) for one in courses)
        places = list(range(1, count + 1))
        figure = courses_figure(courses, places, places, axis="capture" if is_series else "capture (replicate)")
        figures.append(figure_section("Numbers in each capture", figure, "The number of each row in each capture."))
    return figures


def _explained(report: CheckReport) -> Prose:
    """How to read the numbers."""
    rows = report.verdict.rows
    items = []
    if any(one.base is not None for one in rows):
        items.append("The value of a row with a base is the change: the mean of new − the mean of base.")
    items.append(report.joint or "Single numbers have no interval: another capture will differ.")
    if any(has_interval(one) for one in rows):
        items.append("A row passes if its whole interval is within the limit, and fails if all of it is above.")
    items.append(
        "undecided is not a pass: the captures do not suffice to judge the row, for the reason listed with it."
    )
    return Prose("How to read the numbers", items=items)


def _with_unit(number: str, one: RowVerdict) -> str:
    """The number of a row with its unit: `+900 kB (+9.9 %)`."""
    amount_text, bracket, percent = number.partition(" (")
    return f"{amount_text} {unit_of(one)}".rstrip() + bracket + percent


def _captures(side: Sequence[CaptureFacts]) -> str:
    """The number of captures, when the first and last were made, and on which phones."""
    if not side:
        return ""
    times = [time_text(created) for created in sorted({facts.created for facts in side if facts.created})]
    parts = (str(len(side)), " to ".join(dict.fromkeys((times[0], times[-1]))) if times else "", devices_of(side))
    return ", ".join(filter(None, parts))
