"""`droidanon record`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli.options import (
    Access,
    AllDevices,
    App,
    Captures,
    Freeze,
    Gc,
    Json,
    Labels,
    LiveSource,
    Pid,
    Serials,
    Settle,
    Transfer,
    Trim,
    User,
    not_stdout,
    prepare_options,
)
from droidanon.wording import counted

if TYPE_CHECKING:
    from droidanon.cli.parallel import Outcomes
    from droidanon.record.schedule import Schedule
    from droidanon.sources.phone.options import PhoneOptions
    from droidanon.sources.selection import Selection
    from droidanon.store.series import Series


class RecordRequest(NamedTuple):
    """What to record from each source, when, and where. `sample_s`: seconds between samples, 0 for none."""

    sources: Sequence[str]
    selection: Selection
    schedule: Schedule
    sample_s: float
    output: Path | None
    folder: Path
    labels: Mapping[str, str]
    options: PhoneOptions
    quiet: bool
    """Print no paths, since JSON about all series follows."""
    piped_marks: bool = False
    """Lines of stdin are marks even if it is not a terminal."""
    wait: bool = False
    """Wait until a selected process runs."""


def record(
    source: LiveSource = "adb:",
    app: App = None,
    pid: Pid = None,
    user: User = None,
    everything: Annotated[bool, typer.Option("--all", help="Every process of the phone.")] = False,
    every: Annotated[str, typer.Option("--every", metavar="TIME", help="Time between captures: 30s, 5m, 1h.")] = "60s",
    duration: Annotated[str | None, typer.Option("--for", metavar="TIME", help="Stop after TIME, e.g. 10m.")] = None,
    count: Annotated[
        int | None, typer.Option("-n", "--count", metavar="N", min=1, help="Stop after N complete captures.")
    ] = None,
    sample: Annotated[
        str,
        typer.Option("--sample", metavar="TIME", help="Time between quick samples of /proc/PID/status; 0 for none."),
    ] = "10s",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FOLDER", help="Create this folder for the series.")
    ] = None,
    captures: Captures = None,
    label: Labels = None,
    serial: Serials = None,
    all_devices: AllDevices = False,
    access: Access = None,
    transfer: Transfer = "auto",
    freeze: Freeze = False,
    gc: Gc = False,
    trim: Trim = None,
    settle: Settle = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for the app (--app) to start, then record it from its start.")
    ] = False,
    stdin_marks: Annotated[
        bool, typer.Option("--stdin-marks", help="Lines of stdin are marks even if it is not a terminal.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Record a series of captures.

    A series is a folder of captures with a manifest. Prints the path of the folder.

    Without --app, --pid, --user or --all, records the app in the foreground at the start. Stops on Ctrl-C, --for or -n.
    Type a note and press Enter to add a mark; `droidanon mark` and the signal SIGUSR1 add marks too. If the phone
    disconnects, recording resumes when it returns, even if its Wi-Fi port has changed. The exit code is 1 if most
    captures were missed.

    \b
    Examples:
      droidanon record --app com.example.app --every 30s --for 10m
      droidanon record --app com.example.app --wait --every 1s -n 30
      droidanon record --all --all-devices --every 5m -o soak/
    """
    from dataclasses import replace

    from droidanon.cli.options import duration_option, label_option
    from droidanon.cli.parallel import chosen_sources
    from droidanon.errors import UsageError
    from droidanon.record.schedule import Schedule
    from droidanon.report.narration import say
    from droidanon.sources.phone.options import PhoneOptions
    from droidanon.sources.selection import Selection
    from droidanon.store.library import captures_folder

    selection = Selection(app, pid, user=user)
    if everything and not selection.everything:
        raise UsageError("--all excludes --app, --pid and --user")
    if wait and app is None:
        raise UsageError("--wait needs --app: the app to wait for")
    not_stdout(output, "a series is a folder; give its name")
    every_s = duration_option("--every", every, least=1.0)
    duration_s = None if duration is None else duration_option("--for", duration, least=1.0)
    request = RecordRequest(
        chosen_sources(source, serial or (), all_devices, say),
        replace(selection, foreground=not everything and selection.everything),
        Schedule(every_s, count, duration_s),
        duration_option("--sample", sample, least=0.0),
        output,
        captures_folder(captures),
        label_option(label),
        PhoneOptions(access=access or "", transfer=transfer, prepare=prepare_options(freeze, gc, trim, settle)),
        as_json,
        stdin_marks,
        wait,
    )
    return _report(request, run(request))


def run(request: RecordRequest) -> Outcomes[Series]:
    """Record each source into its series until the schedule ends or Ctrl-C."""
    from dataclasses import replace

    from droidanon.cli.parallel import run_at_once
    from droidanon.cli.progress import progress
    from droidanon.cli.stdin_marks import hear
    from droidanon.record.marks import Marks
    from droidanon.record.recorder import Recorder, Request
    from droidanon.record.schedule import Clock

    clock = Clock()
    marks = Marks(time.time)
    with progress(request.sources) as lines:

        def recorder(source: str) -> Callable[[], Series]:
            def begun(folder: Path) -> None:
                marks.begin(folder)
                if not request.quiet:
                    lines.clear()
                    typer.echo(str(folder))
                lines.say(
                    source, f"recording every {request.schedule.every_s:g} s into {folder}; {_end(request.schedule)}"
                )

            folder = _folder(request.output, source, several=len(request.sources) > 1)
            options = replace(request.options, say=_once(lambda text: lines.say(source, text)))
            wanted = Request(
                source,
                request.folder,
                folder,
                request.selection,
                request.sample_s,
                request.labels,
                options,
                request.wait,
            )
            return Recorder(
                wanted,
                replace(request.schedule),
                clock,
                report=lambda text: lines.say(source, text),
                begun=begun,
                progress=lambda done, total, text: lines.show(source, done, total, text),
            ).run

        with hear(lambda note: lines.say("", marks.make(note)), piped=request.piped_marks):
            return run_at_once({source: recorder(source) for source in request.sources}, lines, clock.stop)


def _report(request: RecordRequest, outcomes: Outcomes[Series]) -> int:
    """Print the series and return the exit code. If the only source failed, its error is raised."""
    from droidanon.cli.signals import interrupted_code
    from droidanon.report.captures import series_record, series_summary
    from droidanon.report.json import print_json
    from droidanon.report.narration import say
    from droidanon.store.series import FAILED

    several = len(request.sources) > 1
    for source, series in outcomes.results.items():
        say(f"{source}: {series_summary(series)}" if several else series_summary(series))
    if request.quiet:
        print_json([series_record(series) for series in outcomes.results.values()], source=request.sources)
    if not several:
        for error in outcomes.errors.values():
            raise error
    if outcomes.errors or any(series.state == FAILED for series in outcomes.results.values()):
        return 1
    endless = request.schedule.duration_s is None and request.schedule.count is None
    if outcomes.interrupted and (not endless or len(outcomes.results) < len(request.sources)):
        return interrupted_code()
    if any(_is_mostly_missed(series, request.schedule.count) for series in outcomes.results.values()):
        say("most captures were missed")
        return 0 if outcomes.interrupted else 1
    return 0


def _is_mostly_missed(series: Series, count: int | None) -> bool:
    """Whether more captures were missed than made, and fewer were made than requested, if a number was given."""
    captures = len(series.captures)
    return series.missed > captures and (count is None or captures < count)


def _once(say: Callable[[str], None]) -> Callable[[str], None]:
    """Print each line only once, because messages about a phone repeat at every capture."""
    known: set[str] = set()

    def say_once(text: str) -> None:
        if text not in known:
            known.add(text)
            say(text)

    return say_once


def _end(schedule: Schedule) -> str:
    ends = []
    if schedule.count is not None:
        ends.append(f"after {counted(schedule.count, 'capture')}")
    if schedule.duration_s is not None:
        ends.append(f"after {schedule.duration_s:g} s")
    return f"stops {' or '.join(ends)}" if ends else "Ctrl-C stops it"


def _folder(output: Path | None, source: str, *, several: bool) -> Path | None:
    """The folder of a series; each of several series has its own folder in `output`."""
    if output is None or not several:
        return output
    from droidanon.store.library import safe_word

    return output / safe_word(source.partition(":")[2])
