"""`droidanon insights`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import (
    Access,
    App,
    Json,
    Markdown,
    Pid,
    Rules,
    SampleCapture,
    Serial,
    SourceOrSample,
    User,
    output_format,
)

_TOP = 10


def insights(
    source: SourceOrSample = None,
    app: App = None,
    pid: Pid = None,
    user: User = None,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="Only the first N findings.")] = _TOP,
    rules: Rules = None,
    serial: Serial = None,
    access: Access = None,
    sample: SampleCapture = False,
    as_json: Json = False,
    as_markdown: Markdown = False,
) -> None:
    """List findings, with evidence and advice.

    Each finding has a size, evidence, a certainty and one suggestion. Limits come first, then memory by size, then
    facts that qualify the numbers. Rules without their input are skipped: those about dumpsys meminfo need a source
    that includes it.

    For a series, the findings are about its newest capture, compared with the one before it and with the first.

    \b
    Examples:
      droidanon insights --sample
      droidanon insights adb: --app com.example.app
      droidanon insights cold.parquet --json
    """
    from droidanon.analysis.insights.find import find_insights
    from droidanon.analysis.view import View
    from droidanon.cli.loading import sample_or, with_serial
    from droidanon.cli.options import phone_options
    from droidanon.cli.progress import progress
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.report.insights import InsightsReport, print_insights
    from droidanon.sources.resolve import resolve
    from droidanon.sources.selection import Selection
    from droidanon.sources.series_ends import read_ends

    output = output_format(json=as_json, markdown=as_markdown)
    known = chosen_rules(rules)
    found = resolve(with_serial(sample_or(source, 1, sample=sample), serial), phone_options(access))
    with progress() as line:
        ends = read_ends(found, Selection(app, pid, user=user), line)
    newest, previous, oldest = (
        None if one is None else View(one, None, known) for one in (ends.newest, ends.previous, ends.oldest)
    )
    assert newest is not None
    ranked = find_insights(newest, previous=previous, oldest=oldest, top=top)
    print_insights(InsightsReport(found.text, newest, known, ranked), output)
