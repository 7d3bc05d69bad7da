"""`droidanon app`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli.options import Access, Json, SampleCapture, Serial, SourceOrSample, User, output_format

if TYPE_CHECKING:
    from droidanon.analysis.view import View
    from droidanon.model import Capture
    from droidanon.report.app import ExactReport
    from droidanon.sources.resolve import Resolved
    from droidanon.sources.selection import Selection
    from droidanon.sources.source import Progress


def app(
    source: SourceOrSample = None,
    app: Annotated[
        str | None,
        typer.Option(
            "--app",
            metavar="PACKAGE",
            help="The app (default: the phone's foreground app, or a capture's only one).",
        ),
    ] = None,
    user: User = None,
    exact: Annotated[
        bool,
        typer.Option("--exact", help="Count the page frames that a kill frees, from page tables (needs root)."),
    ] = False,
    serial: Serial = None,
    access: Access = None,
    sample: SampleCapture = False,
    as_json: Json = False,
) -> None:
    """Sum all processes of an app.

    All processes of an app together: its own, and the isolated and WebView processes that it has bound. The memory that
    is freed if all of them are killed lies between the sum of USS and the sum of PSS; --exact counts it, with root.
    Memory in mappings inherited from the zygote is listed separately, if the zygote was captured too.

    \b
    Examples:
      droidanon app --sample
      droidanon app adb: --app com.example.app
      droidanon app adb: --app com.example.app --exact
    """
    from droidanon.analysis.view import View
    from droidanon.analysis.whole_app import whole_app
    from droidanon.cli.loading import sample_or, with_serial
    from droidanon.cli.options import phone_options
    from droidanon.cli.progress import progress
    from droidanon.report.app import AppReport, print_app
    from droidanon.sources.resolve import resolve
    from droidanon.sources.selection import Selection

    output = output_format(json=as_json)
    chosen = with_serial(sample_or(source, 1, sample=sample), serial)
    found = resolve(chosen, phone_options(access))
    selection = Selection(app, user=user, foreground=app is None)
    with progress() as line:
        if exact:
            capture, counted = _counted(found, selection, line)
        else:
            capture, counted = found.read(selection, line), None
    view = View(capture)
    print_app(AppReport(chosen, capture, whole_app(view, app, user), counted and counted(view)), output)


def _counted(found: Resolved, selection: Selection, line: Progress) -> tuple[Capture, Callable[[View], ExactReport]]:
    """Capture a phone, and count the pages that would be freed."""
    from droidanon.analysis.freed_pages import freed_pages
    from droidanon.errors import UsageError
    from droidanon.report.app import ExactReport
    from droidanon.sources.phone.page_tables import read_with_page_tables
    from droidanon.sources.phone.source import AdbSource

    source = getattr(found, "source", None)
    if not isinstance(source, AdbSource):
        raise UsageError(f"--exact reads the page tables of a phone (adb: or adb:SERIAL), not of {found.text}")
    capture, read = read_with_page_tables(source, selection, line)

    def count(view: View) -> ExactReport:
        freed = freed_pages(view, read.tables, read.zygotes, read.counts, read.page_kb)
        return ExactReport(freed, read.problems)

    return capture, count
