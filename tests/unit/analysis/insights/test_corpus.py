"""Findings about real phones: few, each about memory that is there, and small as JSON."""

from __future__ import annotations

import json

import pytest

from droidanon.analysis.insights.find import find_insights
from droidanon.analysis.insights.insight import Order
from droidanon.analysis.view import View
from droidanon.report.insights import MOST_BYTES, InsightsReport, insights_json
from droidanon.sources.capture_file import select_processes
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import Selection
from droidanon.taxonomy.rules import load_rules
from tests.corpus import corpus

SOURCES = {
    "pixel4-10-chrome.tar.xz": {"javascript-heap", "native-heap", "large-bss"},
    "pixel4-10-youtube.tar.xz": {"native-heap", "java-heap", "large-bss"},
    "bugreport-rk3399-9-userdebug.tar.xz": {"native-heap", "allocator-retention"},
    "oppo-10-launcher/smaps": {"native-heap"},
    "meminfo/system-emulator-10.txt": {"native-heap", "java-heap"},
    "reports/diff-gl-b.txt": {"graphics-not-in-smaps"},
    "tombstone-maps/quest2-10.txt": set(),
}
MOST = 10


@pytest.mark.parametrize("source", SOURCES)
def test_the_findings_of_a_real_capture(source: str) -> None:
    made = load_source(str(corpus() / source))
    found = find_insights(View(made)).findings
    assert {one.rule for one in found} == SOURCES[source]
    assert len(found) <= MOST
    for one in found:
        shown = [item.kb for item in one.evidence if item.kb is not None]
        if one.order is Order.MEMORY and one.kb is not None and one.rule != "allocator-retention":
            assert sum(shown) <= one.kb


@pytest.mark.parametrize("source", SOURCES)
def test_the_json_of_every_app_is_bounded(source: str) -> None:
    made = load_source(str(corpus() / source))
    rules = load_rules()
    for app in sorted({process.app for process in made.counted if process.rows})[:40]:
        view = View(select_processes(made, Selection(app)), None, rules)
        text = insights_json(InsightsReport(source, view, rules, find_insights(view)))
        assert len(text.encode()) <= MOST_BYTES, app
        assert json.loads(text)["left_out"]["rows"] == 0
