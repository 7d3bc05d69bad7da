"""`droidanon lab status`."""

from __future__ import annotations

from droidanon.cli.html_page import Html, OpenPage
from droidanon.cli.lab_run import PlanFile, lab_request, print_result
from droidanon.cli.options import Json, Rules


def status(
    plan: PlanFile, rules: Rules = None, html: Html = None, open_page: OpenPage = False, as_json: Json = False
) -> int:
    """Show what a lab has done so far.

    Prints the report of `lab run` without running anything, also while another process runs the plan. The exit codes
    are those of `lab run`.

    \b
    Examples:
      droidanon lab status nightly.toml
    """
    from droidanon.lab.journal import read_journal

    request = lab_request(plan, rules, html, open_page, as_json)
    return print_result(request, read_journal(request.plan.output))
