"""Findings as text and as JSON of bounded size, whatever a device's names are."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from droidanon.analysis.insights.find import find_insights
from droidanon.analysis.view import View
from droidanon.model import Capture, Problem
from droidanon.report.insights import MOST_BYTES, InsightsReport, insights_json, print_insights
from droidanon.taxonomy.rules import load_rules
from tests.builders import capture, entry
from tests.unit.analysis.insights.builders import app, vmas

HOSTILE = "[anon:\x1b[31m@all|`x`</td>]"


def report(made: Capture, *, source: str = "x.parquet", top: int | None = None) -> InsightsReport:
    view = View(made)
    return InsightsReport(source, view, load_rules(), find_insights(view, top=top))


def large() -> Capture:
    """Many apps with long names, problems and notes."""
    long = "x" * 900
    texts = {f"com.{long}.a{number}": vmas(("[anon:scudo:primary]", 90_000)) for number in range(40)}
    many = tuple(Problem(long, long) for _ in range(50))
    return replace(capture(texts), problems=many, notes=many)


def test_the_json_is_bounded() -> None:
    text = insights_json(report(large(), source="y" * 5000))
    assert len(text.encode()) <= MOST_BYTES
    data = json.loads(text)
    assert len(data["rows"]) + data["left_out"]["rows"] == 40
    assert (len(data["problems"]), data["left_out"]["problems"]) == (2, 48)


def test_rows_that_top_cut_off_are_counted() -> None:
    texts = {f"com.a{number}": vmas(("[anon:scudo:primary]", 90_000)) for number in range(4)}
    data = json.loads(insights_json(report(capture(texts), top=1)))
    assert (len(data["rows"]), data["left_out"]["rows"], data["apps"]) == (1, 3, 4)


@pytest.mark.parametrize("output", ["table", "markdown", "json"])
def test_names_of_a_device_are_made_safe(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = capture({f"com.a{HOSTILE}": entry("[anon:scudo:primary]", size_kb=90_000, Pss=90_000, Anonymous=90_000)})
    print_insights(report(made), output)  # type: ignore[arg-type]
    printed = capsys.readouterr().out
    assert printed.replace("\n", "").isprintable()
    if output == "markdown":
        assert "@all" not in re.sub("``.*?``", "", printed)  # code mentions nobody


def test_a_command_is_quoted_for_the_shell() -> None:
    made = capture({"a; rm -rf /": entry("[anon:scudo:primary]", size_kb=90_000, Pss=90_000, Anonymous=90_000)})
    (finding,) = find_insights(View(made)).findings
    assert finding.commands == ("tools/heap_profile -n 'a; rm -rf /' -i 8192",)


def test_nothing_to_report_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    print_insights(report(app(vmas(("[anon:scudo:primary]", 4)))), "table")
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_a_finding_about_another_process_of_the_app_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = vmas(("[anon:scudo:primary]", 90_000))
    print_insights(report(capture({"com.example.app": vmas(("[heap]", 4)), "com.example.app:remote": text})), "table")
    assert "com.example.app:remote" in capsys.readouterr().out.splitlines()[0]
