"""`droidanon record`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    not_stdout,
    prepare_options,
)

if TYPE_CHECKING:
    from droidanon.store.series import Series


def record(
    source: LiveSource = "adb:",
    app: App = None,
    pid: Pid = None,
    everything: Annotated[bool, typer.Option("--all", help="Every process of the phone.")] = False,
    every: Annotated[str, typer.Option("--every", metavar="TIME", help="Time between captures: 30s, 5m, 1h.")] = "60s",
    duration: Annotated[str | None, typer.Option("--for", metavar="TIME", help="End after so long.")] = None,
    count: Annotated[
        int | None, typer.Option("-n", "--count", metavar="N", min=1, help="End after N whole captures.")
    ] = None,
    sample: Annotated[
        str, typer.Option("--sample", metavar="TIME", help="Time between cheap samples of /proc/PID/status; 0: none.")
    ] = "10s",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FOLDER", help="The series' folder, which is made.")
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
    as_json: Json = False,
) -> int:
    """Record a series of captures.

    A series is a folder of captures with a manifest. Prints the path of the folder.

    Without --app, --pid or --all it is the app that is in the foreground when it begins. Ends with Ctrl-C, or as --for or
    -n says. A line typed meanwhile is a mark with that note; so are `droidanon mark` and the signal SIGUSR1. A phone that
    goes away is waited for.

    \b
    Examples:
      droidanon record --app com.example.app --every 30s --for 10m
      droidanon record --all --all-devices --every 5m -o soak/
    """
    from dataclasses import replace

    from droidanon.cli.multi_progress import lines
    from droidanon.cli.narration import say
    from droidanon.cli.options import duration_option, label_option
    from droidanon.cli.parallel import chosen_sources, run_at_once
    from droidanon.cli.signals import interrupted_code
    from droidanon.cli.stdin_marks import hear
    from droidanon.errors import UsageError
    from droidanon.record.marks import Marks
    from droidanon.record.recorder import Recorder, Request
    from droidanon.record.schedule import Clock, Schedule
    from droidanon.report.rows import print_json
    from droidanon.sources.phone.options import PhoneOptions
    from droidanon.sources.selection import Selection
    from droidanon.store.library import captures_folder
    from droidanon.store.series import FAILED

    selection = Selection(app, pid)
    if everything and not selection.everything:
        raise UsageError("--all goes with neither --app nor --pid")
    selection = replace(selection, foreground=not everything and selection.everything)
    not_stdout(output, "a series is a folder; give its name")
    every_s = duration_option(every, least=1.0)
    duration_s = None if duration is None else duration_option(duration, least=1.0)
    sample_s = duration_option(sample, least=0.0)
    labels = label_option(label)
    prepare = prepare_options(freeze, gc, trim, settle)
    sources = chosen_sources(source, serial or (), all_devices, say)
    clock = Clock()
    marks = Marks(time.time)
    with lines(sources) as drawn:

        def recorder(one: str) -> Callable[[], Series]:
            def begun(folder: Path) -> None:
                marks.begin(folder)
                if not as_json:
                    drawn.clear()
                    typer.echo(str(folder))
                drawn.say(one, f"recording every {every_s:g} s into {folder}" + _how_to_end(duration_s, count))

            folder = _folder(output, one, several=len(sources) > 1)
            options = PhoneOptions(
                access=access or "",
                transfer=transfer,
                say=_once(lambda text: drawn.say(one, text)),
                prepare=prepare,
            )
            request = Request(one, captures_folder(captures), folder, selection, sample_s, labels, options)
            made = Recorder(
                request,
                Schedule(every_s, count, duration_s),
                clock,
                tell=lambda text: drawn.say(one, text),
                begun=begun,
                progress=lambda done, total, text: drawn.show(one, f"{done}/{total or '?'} {text}"),
            )
            return made.run

        with hear(lambda note: drawn.say("", marks.make(note))):
            outcomes = run_at_once({one: recorder(one) for one in sources}, drawn, clock.stop)
    for one, series in outcomes.results.items():
        say(f"{one}: {_summary(series)}" if len(sources) > 1 else _summary(series))
    if as_json:
        print_json([_row(series) for series in outcomes.results.values()], source=sources)
    if len(sources) == 1:
        for error in outcomes.errors.values():
            raise error
    if outcomes.errors or any(series.state == FAILED for series in outcomes.results.values()):
        return 1
    if outcomes.interrupted and (duration_s is not None or count is not None or len(outcomes.results) < len(sources)):
        return interrupted_code()
    return 0


def _once(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Tells each line once: what is said of a phone is the same at every capture."""
    said: set[str] = set()

    def tell_once(text: str) -> None:
        if text not in said:
            said.add(text)
            tell(text)

    return tell_once


def _how_to_end(duration_s: float | None, count: int | None) -> str:
    ends = []
    if count is not None:
        ends.append(f"after {count} captures")
    if duration_s is not None:
        ends.append(f"after {duration_s:g} s")
    return f"; ends {' or '.join(ends)}" if ends else "; Ctrl-C ends it"


def _folder(output: Path | None, source: str, *, several: bool) -> Path | None:
    """A series' own folder; of several, one for each in the folder that was given."""
    if output is None or not several:
        return output
    from droidanon.store.library import safe_word

    return output / safe_word(source.partition(":")[2])


def _summary(series: Series) -> str:
    counts = {
        "captures": len(series.captures),
        "of them partial": sum(taken.partial for taken in series.captures),
        "missed": series.missed,
        "gaps": len(series.gaps),
    }
    told = ", ".join(f"{count} {words}" for words, count in counts.items() if count or words == "captures")
    return f"{series.state}: {told}; see: droidanon show {series.path}"


def _row(series: Series) -> dict[str, object]:
    return {
        "path": str(series.path),
        "source": series.source,
        "state": series.state,
        "captures": len(series.captures),
        "partial": sum(taken.partial for taken in series.captures),
        "missed": series.missed,
        "gaps": len(series.gaps),
        "started": series.started,
        "ended": series.ended,
    }
