"""Every format of a check, read by the parser of its consumer or by its rules; device text does no harm in any."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import junitparser
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from droidanon.analysis.budgets.file import load_budget
from droidanon.analysis.budgets.judge import judge_budget
from droidanon.analysis.budgets.measure import measure
from droidanon.analysis.view import View
from droidanon.errors import UsageError
from droidanon.report.check.report import CheckReport
from droidanon.report.check.write import FORMATS, parse_outputs, render_check, write_check
from droidanon.report.markdown import MOST_CHARACTERS
from droidanon.taxonomy.rules import load_rules
from tests.builders import capture, text

APP = "com.example.app"
EVIL = 'a\x1b[2J\x00\x0b <b>"|`@me` %0A::error::x, # \ufffe\ud800'
BUDGET = """\
[budget]
app = "com.example.app"

[[budget.row]]
id = "whole app"
max = "2MB"

[[budget.row]]
category = "native"
max_growth = "1%"

[[budget.row]]
max = "1052kB"

[[budget.row]]
name = "nothing"
max = "1MB"
optional = true

[[budget.row]]
count = "vmas"
max = 5
"""


def report(tmp_path: Path, budget: str = BUDGET, **options: Any) -> CheckReport:
    """A check with a row of each outcome."""
    path = tmp_path / "droidanon.toml"
    path.write_text(budget, "utf-8")
    read = load_budget(path)
    device: dict[str, str | int] = {
        "model": "Pixel",
        "android": "16",
        "sdk": 36,
        "build": "google/oriole/oriole:16/BP4A/1:user/x",
    }
    sides = []
    for grown, build in ((0, "1.0.0"), (40, "1.1.0")):
        made = [
            capture({APP: text(("[anon:scudo:primary]", 1000 + noise + grown), ("[anon:v8]", 10))}, device=device)
            for noise in (0, 3, 1, 2)
        ]
        sides.append(measure((View(replace(one, labels={"build": build})) for one in made), read))
    return CheckReport(judge_budget(read, sides[1], sides[0]), "new/", "label:build=1.0.0", load_rules(), **options)


@pytest.fixture
def made(tmp_path: Path) -> CheckReport:
    found = report(tmp_path)
    assert [one.outcome for one in found.verdict.rows] == ["pass", "fail", "undecided", "skipped", "pass"]
    return found


@pytest.fixture
def evil(tmp_path: Path) -> CheckReport:
    """Rows and captures with text that means something to every format."""
    name = EVIL.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    found = report(tmp_path, BUDGET)
    rows = tuple(
        replace(one, row=replace(one.row, title=f"{name}{place}"), reasons=(name, "two\nlines"))
        for place, one in enumerate(found.verdict.rows)
    )
    return replace(found, new=name, verdict=replace(found.verdict, rows=rows))


def test_junit(made: CheckReport, tmp_path: Path) -> None:
    """As junitparser reads it."""
    text = render_check(made, "junit")
    (tmp_path / "memory.xml").write_text(text, "utf-8")
    (suite,) = junitparser.JUnitXml.fromfile(str(tmp_path / "memory.xml"))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (5, 1, 1, 1)
    cases = list(suite)
    assert [case.name for case in cases] == [one.row.title for one in made.verdict.rows]
    assert {case.classname for case in cases} == {APP}
    kinds = [[type(result).__name__ for result in case.result] for case in cases]
    assert kinds == [[], ["Failure"], ["Error"], ["Skipped"], []]
    assert cases[1].result[0].type == "budget"
    assert "+40" in cases[1].result[0].message


def test_ten_thousand_rows(made: CheckReport) -> None:
    rows = tuple(
        replace(one, row=replace(one.row, title=f"row {place}"), reasons=("a reason of some length" * 4,))
        for place in range(2000)
        for one in made.verdict.rows
    )
    large = replace(made, verdict=replace(made.verdict, rows=rows))
    comment = render_check(large, "markdown")
    assert len(comment) <= MOST_CHARACTERS
    assert comment.count("a reason") < 1000
    assert "`row 0`" in comment.split("| judged by |")[1].partition("\n- ")[0]
    assert ElementTree.fromstring(render_check(large, "junit"))[0].get("tests") == "10000"
    assert render_check(large, "github").count("\n") == 4000
    assert len(json.loads(render_check(large, "json"))["rows"]) == 10_000


def test_json_of_a_row_without_a_name(made: CheckReport) -> None:
    names = {row["row"]: (row["name"], row["normal_name"]) for row in json.loads(render_check(made, "json"))["rows"]}
    assert names["whole app"] == (None, None)
    assert names["nothing total PSS"] == ("nothing", "nothing")


def test_junit_has_the_elements_and_attributes_of_the_schema(made: CheckReport) -> None:
    """Those of Jenkins' junit-10.xsd."""
    allowed = {
        "testsuites": set(),
        "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        "testcase": {"name", "classname", "time"},
        "failure": {"message", "type"},
        "error": {"message", "type"},
        "skipped": {"message"},
        "system-out": set(),
    }
    for element in ElementTree.fromstring(render_check(made, "junit")).iter():
        assert set(element.attrib) <= allowed[element.tag]


def test_junit_skips_what_is_allowed_to_be_undecided(tmp_path: Path) -> None:
    suite = ElementTree.fromstring(render_check(report(tmp_path, allow_undecided=True), "junit"))[0]
    assert (suite.get("errors"), suite.get("skipped")) == ("0", "2")


def test_gitlab(made: CheckReport) -> None:
    """As the reference parser of OpenMetrics reads it, and as GitLab's own splits its lines."""
    text = render_check(made, "gitlab")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert set(families) == {"droidanon_value", "droidanon_limit"}
    assert {sample.labels["row"]: sample.value for sample in families["droidanon_value"].samples} == {
        "whole app": 1051.5,
        "native total PSS growth": 40,
        "total PSS": 1051.5,
        "vmas": 2,
    }
    lines = [shlex.split(re.sub("#.*$", "", line)) for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) == 8
    for name, value in lines:
        assert name.startswith(("droidanon_value{row=", "droidanon_limit{row="))
        float(value)


def test_bencher(made: CheckReport) -> None:
    """Names of 1 to 1024 characters, measures of 1 to 64, and numbers: value, lower_value, upper_value."""
    found = json.loads(render_check(made, "bencher"))
    assert set(found) == {f"{APP} {title}" for title in ("whole app", "native total PSS growth", "total PSS", "vmas")}
    for name, measures in found.items():
        assert 0 < len(name) <= 1024
        for measure_name, metric in measures.items():
            assert 0 < len(measure_name) <= 64
            assert {"value"} <= set(metric) <= {"value", "lower_value", "upper_value"}
            assert all(isinstance(number, float) for number in metric.values())
    whole = found[f"{APP} whole app"]["total_pss_kb"]
    assert whole["lower_value"] < whole["value"] == 1051.5 < whole["upper_value"]
    assert set(found[f"{APP} native total PSS growth"]["total_pss_kb"]) == {"value"}, (
        "the interval is of the difference"
    )


def test_github_action_benchmark(made: CheckReport) -> None:
    found = json.loads(render_check(made, "github-action-benchmark"))
    assert [entry["name"] for entry in found] == [
        f"{APP} {title}" for title in ("whole app", "native total PSS growth", "total PSS", "vmas")
    ]
    for entry in found:
        assert {"name", "unit", "value", "extra"} <= set(entry) <= {"name", "unit", "value", "range", "extra"}
        assert isinstance(entry["value"], float)
    assert re.fullmatch(r"± [\d,.]+", found[0]["range"])


def test_androidx(made: CheckReport) -> None:
    """The fields of androidx.benchmark's BenchmarkData with their types."""
    found = json.loads(render_check(made, "androidx"))
    context = found["context"]
    for key, kind in (("cpuCoreCount", int), ("cpuLocked", bool), ("cpuMaxFreqHz", int), ("memTotalBytes", int),
                      ("sustainedPerformanceModeEnabled", bool), ("artMainlineVersion", int),
                      ("osCodenameAbbreviated", str), ("compilationMode", str), ("payload", dict)):  # fmt: skip
        assert isinstance(context[key], kind), key
    assert context["build"] == {
        "brand": "google", "device": "oriole", "fingerprint": "google/oriole/oriole:16/BP4A/1:user/x", "id": "BP4A",
        "model": "Pixel", "type": "", "version": {"codename": "REL", "sdk": 36},
    }  # fmt: skip
    first = found["benchmarks"][0]
    assert (first["name"], first["className"], first["repeatIterations"]) == ("whole app", APP, 4)
    metric = first["metrics"]["memoryTotalPssLastKb"]
    assert (metric["minimum"], metric["median"], metric["maximum"]) == (1050, 1051.5, 1053)
    assert metric["runs"] == [1050, 1053, 1051, 1052]


def test_androidx_uses_macrobenchmarks_names(tmp_path: Path) -> None:
    budget = '[budget]\n[[budget.row]]\ncounter = "anonymous"\nmax = "1MB"\n[[budget.row]]\ncounter = "anonymous"\ncategory = "native"\nmax = "1MB"\n'
    made = report(tmp_path, budget)
    names = [name for one in json.loads(render_check(made, "androidx"))["benchmarks"] for name in one["metrics"]]
    assert names == ["memoryRssAnonLastKb", "memoryAnonymousLastKb"]
    highest = replace(made.verdict, rows=tuple(replace(one, judged_by="highest") for one in made.verdict.rows))
    found = json.loads(render_check(replace(made, verdict=highest), "androidx"))
    assert list(found["benchmarks"][0]["metrics"]) == ["memoryRssAnonMaxKb"]


def test_github_annotations(made: CheckReport) -> None:
    lines = render_check(made, "github").splitlines()
    assert len(lines) == 2
    command = re.compile(r"::(error|warning) file=([^,:]+),line=(\d+),title=([^,:]+)::(.+)")
    levels = [(match[1], int(match[3])) for line in lines if (match := command.fullmatch(line))]
    assert levels == [("error", 8), ("warning", 12)]


def test_the_summary_of_a_job_is_appended(
    made: CheckReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    write_check(made, parse_outputs(["github"]))
    assert summary.read_text("utf-8").startswith("before\n### ")
    out = capsys.readouterr().out
    assert "::error " in out
    assert out.splitlines()[-1] == made.verdict.line


def test_markdown(made: CheckReport) -> None:
    lines = render_check(made, "markdown").splitlines()
    assert lines[0] == "### ❌ Memory of `com.example.app` `1.0.0` → `1.1.0`"
    assert "Base: `label:build=1.0.0` (4 captures, `Pixel (Android 16)`)" in lines[4]
    head = next(place for place, line in enumerate(lines) if line.startswith("|  | row"))
    assert lines[head].split(" | ")[2:8] == ["counter", "base", "new", "value", "interval", "limit"]
    growth = [cell.strip() for cell in lines[head + 3].strip("|").split(" | ")]
    assert growth[1:6] == ["`native total PSS growth`", "total PSS", "1,002", "1,042", "+40 (+4.0 %)"]


def test_json(made: CheckReport) -> None:
    found = json.loads(render_check(made, "json"))
    assert (found["outcome"], found["exit_code"], found["replicates"], found["joint_rows"]) == ("fail", 3, [4, 4], 4)
    assert [row["outcome"] for row in found["rows"]] == ["pass", "fail", "undecided", "skipped", "pass"]
    assert found["rows"][1]["value"] == 40


def test_text_of_a_device_does_no_harm(evil: CheckReport, capsys: pytest.CaptureFixture[str]) -> None:
    for name in FORMATS:
        if name == "text":
            write_check(evil, ())
            text = capsys.readouterr().out
        else:
            text = render_check(evil, name)
        assert "\x1b" not in text and "\x00" not in text, name
        if name == "github":
            assert all(line.startswith(("::error file=", "::warning file=")) for line in text.splitlines())
            assert "%250A" in text
        if name == "markdown":
            assert "<b>" not in re.sub("``.*?``", "", text)
        if name == "junit":
            assert "\ufffe" not in text
            ElementTree.fromstring(text)
        if name == "gitlab":
            assert len(list(text_string_to_metric_families(text))) == 2
        if name in ("json", "bencher", "github-action-benchmark", "androidx"):
            json.loads(text)


@pytest.mark.parametrize(
    "texts", [["xml"], ["junit="], ["text=a"], ["json", "junit"], ["json", "github"], ["json", "markdown"]]
)
def test_outputs_that_are_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError):
        parse_outputs(texts)


def test_several_formats_in_one_run(made: CheckReport, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [f"{name}={tmp_path / name}" for name in FORMATS if name != "text"]
    write_check(made, parse_outputs([*files, "json"]))
    assert json.loads(capsys.readouterr().out)["outcome"] == "fail"
    for name in FORMATS:
        assert name == "text" or (tmp_path / name).read_text("utf-8") == render_check(made, name)
