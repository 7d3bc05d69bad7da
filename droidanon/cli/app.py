"""`droidanon app`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import Access, Json, Serial, SourceOrSample, User, output_format


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
    serial: Serial = None,
    access: Access = None,
    sample: Annotated[bool, typer.Option("--sample", help="Use a capture bundled with droidanon.")] = False,
    as_json: Json = False,
) -> None:
    """Sum all processes of an app.

    All processes of an app together: its own, and the isolated and WebView processes that it has bound. The memory that
    is freed if all of them are killed lies between the sum of USS and the sum of PSS. Memory in mappings inherited from
    the zygote is listed separately, if the zygote was captured too.

    \b
    Examples:
      droidanon app --sample
      droidanon app adb: --app com.example.app
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
    chosen = sample_or(source, 0, sample=sample)
    selection = Selection(app, user=user, foreground=app is None)
    with progress() as line:
        capture = resolve(with_serial(chosen, serial), phone_options(access)).read(selection, line)
    print_app(AppReport(chosen, capture, whole_app(View(capture), app, user)), output)
