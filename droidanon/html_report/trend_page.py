"""The page for a series: its growth, its course over time, and events such as marks and exits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from droidanon.analysis.trend import Trend
from droidanon.columns import Coded
from droidanon.html_report.capture_origin import source_text, time_text
from droidanon.html_report.figures.courses import MOST_LINES, Course, Event, GapOfTime, Moment, courses_figure
from droidanon.html_report.figures.intervals import intervals_figure, row_intervals
from droidanon.html_report.figures.parts import kb
from droidanon.html_report.origins import CaptureOrigin, OriginLog, origin_table, phones
from droidanon.html_report.page import (
    Findings,
    Headlines,
    Page,
    PageColumn,
    PageFinding,
    PageSection,
    Prose,
    SortableTable,
    Tone,
)
from droidanon.html_report.row_table import row_table
from droidanon.html_report.words import (
    caveats,
    figure_section,
    headline_numbers,
    made_facts,
    number_or_none,
    row_name,
    source_name,
    verdict_tone,
)
from droidanon.platform.exit_words import reason_text
from droidanon.report.families import family_line, headline_titles, rows_title, tops_title
from droidanon.report.off_smaps import NOT_IN_SMAPS, OBJECTS, grown_rows
from droidanon.report.titles import title
from droidanon.report.trend_report import LAST, NUMBERS, TrendReport, format_steps
from droidanon.rows import Rows
from droidanon.wording import counted

if TYPE_CHECKING:
    from droidanon.store.series import Mark, Series

_MOST_LINES = 6
_MOST_FINDINGS = 5
_SHORT = {"minute": "min", "capture": "capture"}


def trend_page(found: TrendReport, log: OriginLog, app: str | None = None) -> Page:
    """The page for a series, with all rows of its trend, independent of what the terminal shows."""
    trend = found.trend
    of = f" of {app}" if app else ""
    axis = _TimeAxis.of(trend, log.origins)
    return Page(
        f"Memory{of} over time: {source_name(found.source)}",
        f"{title(trend.counter)}, {counted(len(trend.when), 'capture')}; slopes are kB per {trend.per}",
        [
            Headlines(headline_numbers(trend.headline, "slope_kb", log.origins, per=trend.per), *_verdict(trend)),
            _growing(trend),
            *_figures(found, axis),
            *_tables(found),
            *_happened(found),
            _explained(trend),
            *caveats(found.problems, trend.warnings, found.notes),
            made_facts(
                [
                    ("Series", source_text(found.source)),
                    ("App", app),
                    ("Captures", len(trend.when)),
                    ("Phones", phones(log.origins)),
                    *_series_facts(found.series),
                    ("Counter", title(trend.counter)),
                    ("Rows by", ", ".join(map(title, trend.by))),
                ],
                found.rules.identity(),
            ),
            *([origin_table((("", log.origins),))] if log.origins else []),
        ],
    )


@dataclass(frozen=True, slots=True)
class _TimeAxis:
    """The captures on the time axis: by time if known, else by minutes or number."""

    title: str
    moments: Sequence[Moment]
    is_dated: bool

    @classmethod
    def of(cls, trend: Trend, origins: Sequence[CaptureOrigin]) -> _TimeAxis:
        if trend.per == "minute" and (first := _first_time(origins)) is not None:
            times = [first + timedelta(minutes=minutes) for minutes in trend.when]
            moments = [time.isoformat(timespec="milliseconds") for time in times]
            return cls("time (UTC)", moments, True)
        if trend.per == "minute":
            return cls("minutes", trend.when, False)
        return cls("capture", [place + 1 for place in trend.when], False)


def _first_time(origins: Sequence[CaptureOrigin]) -> datetime | None:
    """The earliest time of the captures, in UTC without a zone, because plotly would convert another zone."""
    times = [time for one in origins if (time := _utc(one.created)) is not None]
    return min(times) if times and len(times) == len(origins) else None


def _utc(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def _verdict(trend: Trend) -> tuple[str, Tone]:
    total, name = trend.total, title(trend.counter)
    verdict, slope = str(total.get("verdict") or "~"), total.get("slope_kb")
    if not isinstance(slope, int | float):
        return f"The course of {name} is unknown.", ""
    rate = f"{_rate(slope)} kB per {trend.per}"
    interval = _interval(total.get("low_kb"), total.get("high_kb"))
    if verdict == "~":
        return f"No growth of {name} is shown: {rate}{interval}.", ""
    return f"{name} {verdict}: {rate}{interval}.", verdict_tone(verdict)


def _interval(low: object, high: object) -> str:
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return ""
    return f" (95 % interval {_rate(low)} to {_rate(high)})"


def _rate(value: float | None) -> str:
    """A slope; small ones have one decimal."""
    if value is None:
        return "unknown"
    return f"{value:+,.1f}" if abs(value) < 10 else f"{value:+,.0f}"


def _growing(trend: Trend) -> Findings:
    """The rows with a verdict or step."""
    rows = trend.rows
    found = []
    for row in range(len(rows)):
        verdict, steps = str(rows.keys["verdict"][row]), trend.steps[row]
        if verdict in ("", "~") and not steps:
            continue
        ends = [rows.number(end, row) for end in ("first_kb", "last_kb")]
        evidence = [f"first {kb(ends[0])}, last {kb(ends[1])}"]
        interval = _interval(rows.number("low_kb", row), rows.number("high_kb", row))
        if interval:
            evidence.append(f"slope{interval}, kB per {trend.per}")
        if steps:
            evidence.append(f"steps: {format_steps(steps)} (kB at the number of the capture)")
        amount = f"{_rate(rows.number('slope_kb', row))} kB/{_SHORT[trend.per]}"
        badge = verdict if verdict not in ("", "~") else "step"
        found.append(PageFinding(row_name(rows, trend.by, row), amount, badge, evidence))
        if len(found) == _MOST_FINDINGS:
            break
    return Findings("Growth and steps", found, "The tests show no growth and no step of any row.")


def _figures(found: TrendReport, axis: _TimeAxis) -> list[PageSection]:
    """The total over time, the rows over time, and the slopes with their intervals."""
    trend = found.trend
    events, gaps = _events(found, axis), _gaps(found, axis)
    total = trend.total
    whole = Course(
        title(trend.counter),
        trend.values.sum(axis=0) if len(trend.values) else np.zeros(len(trend.when)),
        number_or_none(total.get("slope_kb")),
        number_or_none(total.get("low_kb")),
        number_or_none(total.get("high_kb")),
        "total",
    )
    figures: list[PageSection] = []
    for heading, courses in (("Total over time", [whole]), ("Rows over time", _row_courses(trend))):
        if courses:
            drawn = courses_figure(courses, axis.moments, trend.when, axis=axis.title, events=events, gaps=gaps)
            figures.append(figure_section(heading, drawn, _course_words(courses), _figure_note(courses, events, gaps)))
    if intervals := row_intervals(trend.rows, trend.by, "slope_kb"):
        drawn = intervals_figure(intervals, f"kB per {trend.per} (95 % interval)")
        words = (
            "A dot is the slope, a line its interval. Filled and coloured: the test shows growth. Open and grey: not."
        )
        figures.append(figure_section("Slopes and intervals", drawn, words, words))
    return figures


def _row_courses(trend: Trend) -> list[Course]:
    """The rows with a verdict first, then the largest."""
    rows = trend.rows
    verdicts = [str(one) for one in rows.keys["verdict"]]
    last = rows.numbers["last_kb"]
    order = sorted(range(len(rows)), key=lambda row: (verdicts[row] in ("", "~"), -float(last[row])))
    return [
        Course(
            row_name(rows, trend.by, row),
            trend.values[row],
            rows.number("slope_kb", row),
            rows.number("low_kb", row),
            rows.number("high_kb", row),
            verdicts[row],
        )
        for row in order[:_MOST_LINES]
    ]


def _course_words(courses: Sequence[Course]) -> str:
    return "; ".join(f"{one.label} from {kb(_known(one.values[0]))} to {kb(_known(one.values[-1]))}" for one in courses)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _figure_note(courses: Sequence[Course], events: Sequence[Event], gaps: Sequence[GapOfTime]) -> str:
    parts = []
    if any(one.shows_slope for one in courses):
        parts.append("Dashed: the slope.")
    if any(one.shows_interval for one in courses):
        parts.append("Shaded around it: the slopes of its 95 % interval.")
    if events:
        what = "Vertical lines" if len(events) <= MOST_LINES else "Signs at the top"
        parts.append(f"{what}: marks and exits.")
    if gaps:
        parts.append("Shaded: no data.")
    return " ".join(parts)


def _events(found: TrendReport, axis: _TimeAxis) -> list[Event]:
    """Marks and exits by time, if the axis has times."""
    if not axis.is_dated:
        return []
    events = [(mark.time, Event(mark.time, mark.note or "mark")) for mark in _marks(found)]
    for one in found.exits:
        label = f"{one.exit.process}: {reason_text(one.exit)}"
        events.append((one.time, Event(one.time, label, is_exit=True)))
    dated = [(time, event) for text, event in events if (time := _utc(text)) is not None]
    return [
        Event(time.isoformat(timespec="milliseconds"), event.label, event.is_exit)
        for time, event in sorted(dated, key=lambda pair: pair[0])
    ]


def _gaps(found: TrendReport, axis: _TimeAxis) -> list[GapOfTime]:
    """Periods without captures; one that has not ended extends to the end of the axis."""
    if not axis.is_dated:
        return []
    shaded = []
    for gap in found.series.gaps if found.series else ():
        begin, end = _utc(gap.begin), _utc(gap.end)
        if gap.what == "captures" and begin is not None:
            last = axis.moments[-1] if end is None else end.isoformat(timespec="milliseconds")
            shaded.append(GapOfTime(begin.isoformat(timespec="milliseconds"), last, gap.reason))
    return shaded


def _tables(found: TrendReport) -> list[PageSection]:
    """The rows with their steps, the rows of higher levels, the headline counters, and memory outside smaps."""
    trend = found.trend
    rows = trend.rows
    steps = Coded.of([format_steps(one) for one in trend.steps])
    stepped = Rows({**rows.keys, "steps": steps}, rows.numbers, rows.missing)
    last = (*LAST, "steps")
    sections: list[PageSection] = [row_table(stepped, NUMBERS, rows_title(trend.counter, trend.by), last=last)]
    if set(trend.tops.keys) != set(rows.keys) and len(trend.tops):
        sections.append(row_table(trend.tops, NUMBERS, tops_title(trend.tops, rows, trend.together), last=LAST))
    sections.append(row_table(headline_titles(trend.headline), NUMBERS, "Headline counters (kB)", last=LAST))
    for heading, amounts, unit in ((NOT_IN_SMAPS, trend.not_in_smaps, "_kb"), (OBJECTS, trend.objects, "")):
        grown = grown_rows(amounts, unit)
        if len(grown):
            numbers = [f"{name}{unit}" for name in ("first", "last", "slope", "low", "high")]
            name = heading.capitalize() + (" (kB)" if unit else "")
            sections.append(row_table(grown, numbers, name, titles={"what": heading}, note="In no total."))
    return sections


def _happened(found: TrendReport) -> list[PageSection]:
    """Marks, exits and gaps as a table."""
    rows = [("mark", mark.time, "", mark.note) for mark in _marks(found)]
    rows += [
        ("exit", one.time, one.exit.process, f"{reason_text(one.exit)} {one.exit.description}".strip())
        for one in found.exits
    ]
    rows += [
        (f"gap of {gap.what}", gap.begin, f"to {gap.end or 'the end'}", gap.reason)
        for gap in (found.series.gaps if found.series else ())
    ]
    if not rows:
        return []
    rows.sort(key=lambda row: row[1])
    columns = []
    for place, key in enumerate(("event", "time", "what", "note")):
        texts = Coded.of([row[place] for row in rows])
        columns.append(PageColumn(key, key, "note" if key == "note" else "text", texts))
    return [SortableTable("Marks, exits and gaps", columns, sort="time", descending=False)]


def _marks(found: TrendReport) -> Sequence[Mark]:
    return found.series.marks if found.series else ()


def _series_facts(series: Series | None) -> list[tuple[str, object]]:
    """How a series was recorded; nothing for a folder of captures."""
    if series is None:
        return []
    return [
        ("Recorded from", source_text(series.source)),
        ("Started", time_text(series.started)),
        ("Ended", time_text(series.ended)),
        ("State", series.state),
        ("Interval", None if series.every_s is None else f"{series.every_s:g} s"),
        ("Missed captures", series.missed or None),
        ("Recorded by", f"droidanon {series.tool_version}" if series.tool_version else ""),
    ]


def _explained(trend: Trend) -> Prose:
    """How to read the numbers."""
    items = [
        f"slope, low and high are kB per {trend.per}: the median of the slopes of all pairs of captures (Theil-Sen), "
        "and its 95 % interval.",
        "~ means that no growth is shown. It is not proof that nothing grows.",
    ]
    if trend.together:
        items.append(f"{family_line(trend.tops, trend.rows, trend.together)}.")
        items.append("needed: captures at this interval that would show the slope in 4 of 5 series, if it continues.")
    items.append("steps: from a capture on, the row is higher or lower by this amount, apart from steady growth.")
    return Prose("How to read the numbers", items=items)
