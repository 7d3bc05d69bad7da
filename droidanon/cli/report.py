"""`droidanon report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from droidanon.cli.options import Access, Android, App, Pid, Rules, SampleCapture, Serial, User


def report(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[SOURCE]",
            help="A capture, a series, the folder of an experiment, or the base of a diff.",
            show_default=False,
        ),
    ] = None,
    new: Annotated[
        str | None,
        typer.Argument(metavar="[NEW]", help="The new side of a diff, in the same forms.", show_default=False),
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The HTML file to write.", show_default=True)
    ] = Path("report.html"),
    open_: Annotated[bool, typer.Option("--open", help="Open the file in the browser.")] = False,
    budget: Annotated[
        Path | None,
        typer.Option(
            "--budget",
            metavar="FILE",
            help="Judge SOURCE (or NEW, with SOURCE as its baseline) by this budget.",
            show_default=False,
        ),
    ] = None,
    app: App = None,
    pid: Pid = None,
    user: User = None,
    rules: Rules = None,
    android: Android = None,
    serial: Serial = None,
    access: Access = None,
    sample: SampleCapture = False,
) -> None:
    """Write a report as one HTML file.

    For one capture: headline numbers, findings, a treemap and an icicle to drill down in, tables to sort and filter.
    For two sides, each a capture or replicates: the diff. For a series: its trend. For the folder of an experiment:
    its result. With --budget: the check. The file works offline and loads nothing from the network. Serial numbers and
    folders are left out. Needs the packages of droidanon[report].

    \b
    Examples:
      droidanon report --sample --open
      droidanon report adb: --app com.example.app -o app.html
      droidanon report before/ after/ -o diff.html
      droidanon report nightly/ --budget droidanon.toml -o memory.html
    """
    from droidanon.cli.html_page import page_file
    from droidanon.cli.loading import sample_or, with_serial
    from droidanon.cli.report_pages import PageRequest, make_page
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.errors import UsageError
    from droidanon.report.narration import say_problems
    from droidanon.sources.selection import Selection

    file = page_file(output, opened=open_, option="-o")
    known = chosen_rules(rules)
    first = with_serial(sample_or(source, 1, sample=sample), serial)
    if pid is not None and (new is not None or budget is not None):
        raise UsageError("--pid needs one capture")
    if budget is not None and (app, user) != (None, None):
        raise UsageError("--budget names the app of each row: leave out --app and --user")
    sources = (first,) if new is None else (first, new)
    made = make_page(PageRequest(sources, budget, Selection(app, pid, user=user), access, android, known))
    say_problems(made.problems, notes=made.notes, warnings=made.warnings)
    file.write(made.page)
