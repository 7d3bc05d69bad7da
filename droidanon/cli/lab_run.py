"""`droidanon lab run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli.html_page import Html, OpenPage
from droidanon.cli.options import Json, Rules, output_format

if TYPE_CHECKING:
    from droidanon.cli.html_page import PageFile
    from droidanon.cli.parallel import Outcomes
    from droidanon.fleet.add import AddedCaptures
    from droidanon.lab.journal import LabLog
    from droidanon.lab.plan import LabPlan
    from droidanon.report.output_format import OutputFormat
    from droidanon.taxonomy.rules import RuleSet

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan, a TOML file.", show_default=False)]


class LabRequest(NamedTuple):
    """A plan to run or to report."""

    plan: LabPlan
    rules: RuleSet
    form: OutputFormat
    page: PageFile | None


def run(
    plan: PlanFile, rules: Rules = None, html: Html = None, open_page: OpenPage = False, as_json: Json = False
) -> int:
    """Run a plan on all phones of a lab.

    The plan names apps, scenarios, phones and repetitions. Each phone takes the next run that it qualifies for,
    installs the build, starts the app, runs the scenario and takes a capture. Phones that disconnect continue when
    they return; a phone that fails again and again is set aside. The same command continues after Ctrl-C or a crash.

    Exit code 0: all runs are done, and the plan's budget passes. 3: the budget fails. 1: runs are missing, or the
    budget is undecided. 2: the plan has mistakes.

    \b
    Examples:
      droidanon lab run nightly.toml
      droidanon lab run nightly.toml --html nightly.html --json > nightly.json
      droidanon diff "runs/nightly#build=1.0" "runs/nightly#build=1.1"
    """
    request = lab_request(plan, rules, html, open_page, as_json)
    return _finish(request, run_plan(request))


def lab_request(path: Path, rules: list[Path] | None, html: Path | None, opened: bool, as_json: bool) -> LabRequest:
    """Load a plan file. Prints one line per mistake, then raises PlanError."""
    from droidanon.cli.html_page import html_option
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.lab.plan_file import PlanError, load_plan
    from droidanon.report.narration import say

    form = output_format(json=as_json)
    try:
        return LabRequest(load_plan(path), chosen_rules(rules), form, html_option(html, opened=opened))
    except PlanError as error:
        for mistake in error.mistakes:
            say(mistake)
        raise


def run_plan(request: LabRequest) -> Outcomes[LabLog]:
    """Run the remaining runs of a plan, until they are done or Ctrl-C is pressed."""
    from droidanon.cli.parallel import run_at_once
    from droidanon.cli.progress import progress
    from droidanon.lab.session import LabSession
    from droidanon.lab.worker import LabCallbacks

    name = request.plan.name
    now: dict[str, tuple[int, int | None, str]] = {}
    with progress([name]) as lines:

        def say(phone: str, text: str) -> None:
            lines.say("", f"{phone}: {text}" if phone else text)
            for other in sorted(now):  # a message erases the lines
                lines.show(other, *now[other])

        def show(phone: str, done: int, total: int | None, text: str) -> None:
            now[phone] = done, total, text
            lines.show(phone, done, total, text)

        lab = LabSession(request.plan, LabCallbacks(say, show))
        return run_at_once({name: lab.run}, lines, lab.stop)


def _finish(request: LabRequest, outcomes: Outcomes[LabLog]) -> int:
    """Print the result and return the exit code."""
    from droidanon.cli.signals import interrupted_code
    from droidanon.escape import escape_text
    from droidanon.report.narration import say

    for error in outcomes.errors.values():
        raise error
    if outcomes.interrupted:
        say(f"interrupted; to continue: droidanon lab run {escape_text(str(request.plan.path))}")
        return interrupted_code()
    (log,) = outcomes.results.values()
    return print_result(request, log, _added(request, log))


def _added(request: LabRequest, log: LabLog) -> AddedCaptures | None:
    """Add the captures to the plan's dataset, if it has one."""
    if not request.plan.dataset:
        return None
    from droidanon.cli.progress import progress
    from droidanon.lab.dataset import add_to_dataset

    with progress() as line:
        return add_to_dataset(request.plan, log, line)


def print_result(request: LabRequest, log: LabLog, added: AddedCaptures | None = None) -> int:
    """Print the progress so far and return the exit code."""
    from droidanon.analysis.view import View
    from droidanon.cli.progress import progress
    from droidanon.lab.check import judge_of
    from droidanon.lab.results import lab_result
    from droidanon.report.lab import print_lab
    from droidanon.store.parquet import load_capture

    identity = request.rules.identity()
    with progress() as line:

        def view_of(path: Path) -> View:
            line(0, None, path.name)
            return View(load_capture(path), None, request.rules)

        judge = judge_of(request.plan, view_of, f"{identity['version']}:{identity['digest']}")
        result = lab_result(request.plan, log, view_of, judge)
    print_lab(result, request.form, added)
    if request.page is not None:
        from droidanon.html_report.lab_page import lab_page

        request.page.write(lab_page(result))
    return result.exit_code
