"""Makes the page of a screen's content, writes it to a private file, and opens it in the browser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from droidanon_tui.daemon_worker import whole_write
from droidanon_tui.errors import one_line
from droidanon_tui.numbered_file import file_stem, numbered_file
from droidanon_tui.pages.content import PageContent
from droidanon_tui.pages.messages import PageWritten

if TYPE_CHECKING:
    from droidanon.analysis.view import View
    from droidanon.html_report.page import Page
    from droidanon.sources.resolve import SeriesOfCaptures
    from droidanon.taxonomy.rules import RuleSet
    from droidanon_tui.explore.jobs import SideReader
    from droidanon_tui.explore.sides import Side


def write_page(content: PageContent, folder: Path, reader: SideReader, *, opened: bool) -> PageWritten:
    """Write the page of some content into a folder. `opened`: show it in the browser."""
    from droidanon.html_report.assets import check_installed
    from droidanon.html_report.browser import show_in_browser
    from droidanon.html_report.render import render

    try:
        check_installed()
        text = render(_page(content, reader))
        with whole_write():
            path = numbered_file(folder, file_stem(content.title, "droidanon"), ".html")
            path.write_text(text, "utf-8")
    except Exception as error:  # a damaged source must not end the session
        return PageWritten(f"no page: {one_line(error)}", error=True)
    shown = opened and show_in_browser(path)
    return PageWritten(f"wrote {path}{'' if shown or not opened else '; no browser was found to open it'}")


def _page(content: PageContent, reader: SideReader) -> Page:
    from droidanon.taxonomy.rules import load_rules

    rules = reader.rules if reader.rules is not None else load_rules(())
    if content.side is None:
        return _page_of_source(content, rules, reader)
    if content.base is not None:
        return _diff_page(content, content.base, content.side, rules)
    from droidanon.html_report.capture_page import capture_page

    (view, *_) = _views(content.side, content.app, rules)
    return capture_page(view, content.side.source, rules)


def _views(side: Side, app: str, rules: RuleSet) -> Sequence[View]:
    """The captures of a side, or one app of them."""
    if not app:
        return side.views
    from droidanon.analysis.view import View
    from droidanon.sources.capture_file import select_processes
    from droidanon.sources.selection import Selection

    return [View(select_processes(view.capture, Selection(app)), view.android, rules) for view in side.views]


def _diff_page(content: PageContent, base: Side, new: Side, rules: RuleSet) -> Page:
    from droidanon.analysis.diff.comparison import diff
    from droidanon.html_report.diff_page import diff_page
    from droidanon.html_report.origins import SideLogs
    from droidanon.report.diff_report import DiffReport

    logs = SideLogs()
    sides = [_views(side, content.app, rules) for side in (base, new)]
    found = diff(
        logs.base.watch(sides[0], base.sources),
        logs.new.watch(sides[1], new.sources),
        by=("app", content.by),
        counter=content.counter,
        all_rows=True,
    )
    captures = [view.capture for side in sides for view in side]
    report = DiffReport(
        base.title,
        new.title,
        content.app or None,
        found,
        found.rows,
        found.tops,
        0,
        rules,
        [problem for one in captures for problem in one.problems],
        [note for one in captures for note in one.notes],
        every_row=found.rows,
    )
    return diff_page(report, logs)


def _page_of_source(content: PageContent, rules: RuleSet, reader: SideReader) -> Page:
    """The trend of a series with enough captures, otherwise the page of a capture."""
    from droidanon.analysis.trend import LEAST
    from droidanon.analysis.view import View
    from droidanon.html_report.capture_page import capture_page
    from droidanon.sources.resolve import SeriesOfCaptures, resolve
    from droidanon.sources.selection import Selection

    found = resolve(content.source)
    if isinstance(found, SeriesOfCaptures) and len(found.members) >= LEAST:
        return _trend_page(found, content.app, rules, reader)
    capture = found.read(Selection(content.app or None))
    reader.try_rules(capture)
    return capture_page(View(capture, None, rules), content.source, rules)


def _trend_page(found: SeriesOfCaptures, app: str, rules: RuleSet, reader: SideReader) -> Page:
    from droidanon.analysis.trend import trend
    from droidanon.analysis.view import View
    from droidanon.html_report.origins import OriginLog
    from droidanon.html_report.trend_page import trend_page
    from droidanon.report.trend_report import TrendReport
    from droidanon.sources.selection import Selection

    log, series = OriginLog(), found.series
    problems, notes = [*series.problems], [*series.notes]

    def views() -> Iterator[View]:
        for member in found.members:
            capture = member.read(Selection(app or None))
            problems.extend(capture.problems)
            notes.extend(capture.notes)
            reader.try_rules(capture)
            yield View(capture, None, rules)

    grown = trend(log.watch(views(), [member.text for member in found.members]), by=("app", "category"))
    exits = [one for one in series.exits if app in ("", one.exit.package)]
    places = range(len(grown.rows))
    report = TrendReport(found.text, grown, places, grown.tops, rules, problems, notes, exits, None, series)
    return trend_page(report, log, app or None)
