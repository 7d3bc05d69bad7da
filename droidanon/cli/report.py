"""`droidanon report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli.options import Access, Android, App, Pid, Rules, SampleCapture, Serial, SourceOrSample, User

if TYPE_CHECKING:
    from droidanon.sources.resolve import Resolved
    from droidanon.sources.selection import Selection
    from droidanon.taxonomy.rules import RuleSet


class ReportRequest(NamedTuple):
    """What to write a page about, and the file to write."""

    source: Resolved
    selection: Selection
    output: Path
    android: int | None
    rules: RuleSet
    open: bool


def report(
    source: SourceOrSample = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="The HTML file to write.", show_default=True)
    ] = Path("report.html"),
    open_: Annotated[bool, typer.Option("--open", help="Open the file in the browser.")] = False,
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

    It has the headline numbers, findings, a treemap and an icicle to drill down in, and tables to sort and filter: by
    name, and by VMA for one app. The file works offline and loads nothing from the network. Serial numbers and folders
    are left out. Needs the packages of droidanon[report].

    \b
    Examples:
      droidanon report --sample --open
      droidanon report cold.parquet -o cold.html
      droidanon report adb: --app com.example.app -o app.html
    """
    from droidanon.cli.loading import sample_or, with_serial
    from droidanon.cli.options import not_stdout, phone_options
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.html_report.assets import check_installed
    from droidanon.sources.resolve import resolve
    from droidanon.sources.selection import Selection
    from droidanon.store.atomic_file import writable

    not_stdout(output, "name a file that ends in .html")
    writable(output)
    check_installed()
    run(
        ReportRequest(
            resolve(with_serial(sample_or(source, 1, sample=sample), serial), phone_options(access)),
            Selection(app, pid, user=user),
            output,
            android,
            chosen_rules(rules),
            open_,
        )
    )


def run(request: ReportRequest) -> None:
    """Read the source, and write its page."""
    from droidanon.analysis.view import View
    from droidanon.cli.progress import progress
    from droidanon.html_report.capture_page import capture_page
    from droidanon.html_report.render import render
    from droidanon.report.narration import say, say_problems
    from droidanon.store.atomic_file import atomic_file

    with progress() as line:
        capture = request.source.read(request.selection, line)
    view = View(capture, request.android, request.rules)
    page = capture_page(view, request.source.text, request.rules)
    with atomic_file(request.output) as file:
        file.write(render(page).encode())
    say_problems(capture.problems, notes=capture.notes, warnings=view.warnings)
    say(f"wrote {request.output}")
    if request.open:
        import webbrowser

        webbrowser.open(request.output.resolve().as_uri())
