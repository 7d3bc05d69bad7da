"""A check as JUnit XML with one test case per row, for GitLab, GitHub Actions and Jenkins.

The format is that of Jenkins' xunit plugin (junit-10.xsd), which other consumers follow.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from droidanon.analysis.budgets.outcome import CheckOutcome
from droidanon.analysis.budgets.verdict import RowVerdict
from droidanon.escape import escape_text
from droidanon.report.check.report import CheckReport, reasons_of, sentence

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""
_SUITE = "droidanon check"


def render(report: CheckReport) -> str:
    """Failed rows are failures, undecided ones errors (skipped if they are allowed)."""
    cases = [_case(one, report) for one in report.verdict.rows]
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    attributes = {"name": _SUITE, **{key: str(count) for key, count in counts.items()}, "time": "0"}
    newest = max((facts.created for facts in report.verdict.new), default="")
    suite = ElementTree.Element("testsuite", attributes)
    if newest:
        suite.set("timestamp", newest.removesuffix("Z"))
    suite.extend(cases)
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _case(one: RowVerdict, report: CheckReport) -> ElementTree.Element:
    name = _clean(one.row.title)
    case = ElementTree.Element("testcase", {"classname": _clean(report.app or "memory"), "name": name, "time": "0"})
    if one.outcome is CheckOutcome.FAIL:
        _child(case, "failure", "budget", one)
    elif one.outcome is CheckOutcome.UNDECIDED:
        _child(case, "skipped" if report.allow_undecided else "error", "undecided", one)
    elif one.outcome is CheckOutcome.SKIPPED:
        ElementTree.SubElement(case, "skipped", {"message": _clean(reasons_of(one))})
    ElementTree.SubElement(case, "system-out").text = _clean(sentence(one))
    return case


def _child(case: ElementTree.Element, tag: str, type_: str, one: RowVerdict) -> None:
    attributes = {"message": _clean(sentence(one))}
    if tag != "skipped":
        attributes["type"] = type_
    ElementTree.SubElement(case, tag, attributes)


def _clean(text: str) -> str:
    """Device text without escape sequences and characters that XML forbids."""
    return _FORBIDDEN.sub("", escape_text(text))
