"""The page for one capture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from droidanon.analysis.fidelity import debuggable_warnings
from droidanon.analysis.insights.find import find_insights
from droidanon.analysis.limits.anon_swap import Basis
from droidanon.analysis.limits.headline import Headline, headline, nearest_use
from droidanon.analysis.limits.judge import judge
from droidanon.analysis.limits.wording import share_text
from droidanon.counters import DEFAULT_COUNTER
from droidanon.html_report.capture_origin import capture_facts, phone_text, time_text
from droidanon.html_report.capture_rows import explorer, named_rows, names_table, vmas_table
from droidanon.html_report.page import (
    Findings,
    HeadlineNumber,
    Headlines,
    Page,
    PageFinding,
    PageSection,
    Tone,
)
from droidanon.html_report.process_tables import off_smaps_table, processes_table
from droidanon.html_report.words import caveats
from droidanon.report.insights import evidence_texts
from droidanon.units import format_kb, format_mib
from droidanon.wording import counted

if TYPE_CHECKING:
    from droidanon.analysis.insights.insight import Insight
    from droidanon.analysis.view import View
    from droidanon.taxonomy.rules import RuleSet

_FINDINGS = 10
_NEAR = 0.8
"""The share of a limit from which it is highlighted."""
_UNKNOWN = "unknown"


def capture_page(view: View, source: str, rules: RuleSet) -> Page:
    """The page of a capture: headline numbers, findings, explorer, tables, caveats, and how it was made.

    `source` is the source as typed by the user.
    """
    capture = view.capture
    app = capture.only_app
    whole = app or "All apps"
    rows = named_rows(view)
    sections: list[PageSection | None] = [
        _headlines(view),
        _findings(view),
        explorer(rows, whole),
        names_table(rows),
        vmas_table(view, rows),
        processes_table(view),
        off_smaps_table(view),
        *caveats(capture.problems, (*view.warnings, *debuggable_warnings(capture)), capture.notes),
        capture_facts(view, source, rules),
    ]
    subtitle = " · ".join(filter(None, (phone_text(capture), time_text(capture.created))))
    title = f"Memory of {app}" if app else "Memory of all apps"
    return Page(title, subtitle, [section for section in sections if section is not None])


def _headlines(view: View) -> Headlines:
    found = headline(view)
    if found is not None:
        return Headlines([_anon_swap(found), _total_pss(view, found.total_pss_kb), *_counts(view)])
    if not any(process.rows or process.status_kb for process in view.capture.counted):
        return Headlines([*_counts(view)], "This capture has no memory of any process.", "warning")
    use = nearest_use(judge(view).uses)
    numbers = [_total_pss(view, view.total(DEFAULT_COUNTER)), *_counts(view)]
    if use is not None and use.play_share is not None:
        detail = share_text(use, alone=False)
        share = use.play_share
        numbers.append(HeadlineNumber("Nearest to its limit", use.process.app, detail, _tone(share), share))
    return Headlines(numbers)


def _anon_swap(found: Headline) -> HeadlineNumber:
    if found.anon_swap_kb is None:
        return HeadlineNumber("Anon + swap", _UNKNOWN)
    use = found.nearest
    words = ["" if use is None else share_text(use, alone=found.processes == 1), _basis(found)]
    share = None if use is None or use.play_share is None else use.play_share
    value = f"{format_kb(found.anon_swap_kb)} kB"
    return HeadlineNumber("Anon + swap", value, "; ".join(filter(None, words)), _tone(share), share)


def _basis(found: Headline) -> str:
    read = found.judged + found.upper_bounds
    if found.basis is Basis.JUDGED:
        words = "the number that Google Play judges" if found.limited else "from /proc/PID/status"
    else:
        words = f"upper bound: status of {counted(found.upper_bounds, 'process')} is missing"
    return f"{words}; {read} of {found.processes} processes" if read < found.processes else words


def _tone(share: float | None) -> Tone:
    """The emphasis for a share of a limit."""
    if share is None or share <= _NEAR:
        return ""
    return "bad" if share > 1 else "warning"


def _total_pss(view: View, kb: int | None) -> HeadlineNumber:
    if kb is None:
        return HeadlineNumber("Total PSS", _UNKNOWN)
    formula = "PSS + swap PSS" if "swap_pss_kb" in view.counters else ""
    detail = "; ".join(filter(None, (f"{format_mib(kb)} MiB", formula)))
    return HeadlineNumber("Total PSS", f"{format_kb(kb)} kB", detail)


def _counts(view: View) -> list[HeadlineNumber]:
    capture = view.capture
    apps = len({process.app for process in capture.counted if process.rows})
    numbers = [HeadlineNumber("Apps", f"{apps:,}")] if apps > 1 else []
    read = sum(1 for process in capture.counted if process.rows)
    unread = sum(1 for process in capture.counted if process.fidelity == "none")
    detail = f"{unread:,} more could not be read" if unread else ""
    numbers.append(HeadlineNumber("Processes", f"{read:,}", detail))
    if capture.counted_vmas:
        numbers.append(HeadlineNumber("VMAs", f"{capture.counted_vmas:,}", "mappings"))
    return numbers


def _findings(view: View) -> Findings:
    ranked = find_insights(view, top=_FINDINGS)
    title = f"Findings, the first {_FINDINGS}" if ranked.left_out else "Findings"
    several = ranked.apps > 1
    found = [_finding(one, several_apps=several) for one in ranked.findings]
    return Findings(title, found, "No rule applies to the memory that was read.")


def _finding(one: Insight, *, several_apps: bool) -> PageFinding:
    return PageFinding(
        f"{one.app}: {one.title}" if several_apps else one.title,
        "" if one.kb is None else f"{format_kb(one.kb)} kB",
        str(one.certainty),
        evidence_texts(one),
        one.why,
        one.action,
        one.commands,
        one.link,
    )
