"""`droidanon limits`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from droidanon.cli import completion
from droidanon.cli.options import Access, App, Json, Pid, Rules, Serial, SourceOrSample, output_format, size_option

if TYPE_CHECKING:
    from droidanon.analysis.limits.states import PlayState

LEAST_RAM_KB = 256 * 1024


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
        int,
        typer.Option("--top", metavar="N", min=1, help="Names per process; the rest are one row."),
    ] = 10,
    rules: Rules = None,
    serial: Serial = None,
    access: Access = None,
    sample: Annotated[bool, typer.Option("--sample", help="Use a capture bundled with droidanon.")] = False,
    as_json: Json = False,
) -> None:
    """Compare anon + swap with its limits.

    From February 2027 Google Play judges apps by anonymous RSS + swap of each process, with thresholds by app state and
    RAM. The memory limiter of Android 17 kills processes by nearly the same number. This command shows the number per
    process, the thresholds, the headroom, and the names that make up the number.

    The number is RssAnon + VmSwap of /proc/PID/status (`judged`), or Anonymous + Swap of smaps if the source has no
    status (`upper bound`: smaps counts swapped shared memory too). The state follows from the OOM adjustment, an
    approximation.

    \b
    Examples:
      droidanon limits --sample
      droidanon limits adb: --app com.example.app
      droidanon limits cold.parquet --ram 6GB --state background --game
    """
    from droidanon.analysis.limits.judge import compose, judge, shortened
    from droidanon.analysis.view import View
    from droidanon.cli.loading import load, sample_or
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.report.limits import LimitsReport, print_limits

    output = output_format(json=as_json)
    chosen = sample_or(source, 0, sample=sample)
    wanted = _state(state)
    total_kb = None if ram is None else _ram_kb(ram)
    known = chosen_rules(rules)
    capture = load(chosen, serial=serial, access=access, app=app, pid=pid)
    view = View(capture, None, known)
    found = judge(view, total_kb=total_kb, state=wanted, game=game)
    parts = [shortened(compose(view, use), top) for use in found.uses]
    print_limits(LimitsReport(chosen, capture, known, found, parts), output)


def _ram_kb(text: str) -> int:
    from droidanon.errors import UsageError

    kb = round(size_option(text))
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
