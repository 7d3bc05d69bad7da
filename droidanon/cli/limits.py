"""`droidanon limits`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli import completion
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
    output_format,
    size_option,
)

if TYPE_CHECKING:
    from droidanon.analysis.limits.states import PlayState
    from droidanon.report.limits import LimitsReport
    from droidanon.report.limits_over_time import SeriesLimitsReport
    from droidanon.sources.resolve import Resolved, SeriesOfCaptures
    from droidanon.taxonomy.rules import RuleSet

LEAST_RAM_KB = 256 * 1024
TOP = 10


class LimitsRequest(NamedTuple):
    """What to judge, and the assumptions to judge it by."""

    source: Resolved
    app: str | None
    pid: int | None
    total_kb: int | None
    state: PlayState | None
    game: bool
    top: int | None
    rules: RuleSet


def limits(
    source: SourceOrSample = None,
    app: App = None,
    pid: Pid = None,
    ram: Annotated[
        str | None,
        typer.Option("--ram", metavar="SIZE", help="Judge as on a phone with this much RAM, e.g. 6GB."),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option(
            "--state",
            metavar="STATE",
            autocompletion=completion.states,
            help="Judge as in this state: foreground, service, background or cached.",
        ),
    ] = None,
    game: Annotated[bool, typer.Option("--game", help="Use the thresholds for games.")] = False,
    top: Annotated[
        int | None,
        typer.Option(
            "--top", metavar="N", min=1, help=f"Names to list per process; one row sums the others (default {TOP})."
        ),
    ] = None,
    rules: Rules = None,
    serial: Serial = None,
    access: Access = None,
    sample: SampleCapture = False,
    as_json: Json = False,
    as_markdown: Markdown = False,
) -> None:
    """Compare anon + swap with its limits.

    From February 2027 Google Play judges apps by anonymous RSS + swap of each process, with thresholds by app state and
    RAM. The memory limiter of Android 17 kills processes by nearly the same number. This command shows the number per
    process, the thresholds, the headroom, and the names that make up the number.

    The number is RssAnon + VmSwap of /proc/PID/status (`judged`), or Anonymous + Swap of smaps if the source has no
    status (`upper bound`: smaps counts swapped shared memory too). The state is derived from the
    activity manager's list of processes, else from the OOM adjustment. It approximates the state that Google Play
    counts by.

    Further limits: the limiter's, by the phone's own numbers if they were read; the Java heap, the number of VMAs,
    the addresses of 32-bit processes, and Google Play's limit for bitmaps, as an upper bound. Each number says where it
    comes from, and whether it is an estimate.

    For a series, the rows are P50, P90 and maximum over its samples and captures, by process and state, with Google
    Play's rule for likely leaks: P90 / P50 above 3.5.

    \b
    Examples:
      droidanon limits --sample
      droidanon limits adb: --app com.example.app
      droidanon limits runs/leak
      droidanon limits cold.parquet --ram 6GB --state background --game
    """
    from droidanon.cli.loading import sample_or, with_serial
    from droidanon.cli.options import phone_options
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.sources.resolve import SeriesOfCaptures, resolve

    output = output_format(json=as_json, markdown=as_markdown)
    chosen = sample_or(source, 1, sample=sample)
    request = LimitsRequest(
        resolve(with_serial(chosen, serial), phone_options(access)),
        app,
        pid,
        None if ram is None else _ram_kb(ram),
        _state(state),
        game,
        top,
        chosen_rules(rules),
    )
    if isinstance(request.source, SeriesOfCaptures):
        from droidanon.report.limits_over_time import print_series_limits

        print_series_limits(run_series(request, request.source), output)
    else:
        from droidanon.report.limits import print_limits

        print_limits(run(request), output)


def run(request: LimitsRequest) -> LimitsReport:
    """Compare the processes of one capture with the limits."""
    from droidanon.analysis.limits.ceilings import ceilings
    from droidanon.analysis.limits.judge import compose, judge, shortened
    from droidanon.analysis.view import View
    from droidanon.cli.loading import load
    from droidanon.report.limits import LimitsReport

    capture = load(request.source, app=request.app, pid=request.pid)
    view = View(capture, None, request.rules)
    found = judge(view, total_kb=request.total_kb, state=request.state, game=request.game)
    parts = [shortened(compose(view, use), request.top or TOP) for use in found.uses]
    others = [ceilings(view, use.process, use.state) for use in found.uses]
    return LimitsReport(request.source.text, capture, request.rules, found, parts, others)


def run_series(request: LimitsRequest, found: SeriesOfCaptures) -> SeriesLimitsReport:
    """Compare the samples and captures of a series with the limits."""
    from droidanon.cli.loading import series_views
    from droidanon.cli.progress import progress
    from droidanon.errors import UsageError
    from droidanon.model import Problem
    from droidanon.record.series_limits import series_limits
    from droidanon.report.limits_over_time import SeriesLimitsReport
    from droidanon.sources.selection import Selection

    if request.top is not None:
        raise UsageError("--top: a series has no list of names; --top works on one of its captures, SERIES#N")
    left_out: list[Problem] = []
    selection = Selection(request.app, request.pid)
    with progress() as line:
        views = series_views(found, line, left_out, selection=selection, android=None, rules=request.rules)
        result = series_limits(
            found.series,
            views,
            selection,
            total_kb=request.total_kb,
            state=request.state,
            game=request.game,
        )
    return SeriesLimitsReport(found.text, found.series, result, [*found.series.problems, *left_out])


def _ram_kb(text: str) -> int:
    from droidanon.errors import UsageError

    kb = round(size_option("--ram", text))
    if kb < LEAST_RAM_KB:
        raise UsageError(f"--ram {text}: too small for a phone; write it like 6GB")
    return kb


def _state(text: str | None) -> PlayState | None:
    from droidanon.analysis.limits.states import PlayState
    from droidanon.errors import UsageError

    if text is None:
        return None
    try:
        return PlayState(text)
    except ValueError:
        raise UsageError(f"--state {text}: choose from {', '.join(PlayState)}") from None
