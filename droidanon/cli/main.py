"""The command line: commands are listed here, and here alone errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any

import typer

from droidanon.cli import (
    capture,
    devices,
    diff,
    doctor,
    explain,
    export,
    info,
    librank,
    ls,
    mark,
    meminfo,
    names,
    procrank,
    record,
    rules,
    show,
    showmap,
    trend,
    tui,
    verify,
)
from droidanon.errors import DroidanonError, UsageError
from droidanon.version import __version__

INTERRUPTED = 130

app = typer.Typer(
    name="droidanon",
    help="Where does my Android app's memory go? Named anonymous memory from /proc/*/smaps: breakdown, diff and TUI.",
    epilog="Start with: droidanon tui --sample",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


COMMANDS: dict[str, Callable[..., int | None]] = {
    "devices": devices.devices,
    "doctor": doctor.doctor,
    "capture": capture.capture,
    "record": record.record,
    "mark": mark.mark,
    "ls": ls.ls,
    "info": info.info,
    "show": show.show,
    "diff": diff.diff,
    "trend": trend.trend,
    "explain": explain.explain,
    "names": names.names,
    "rules test": rules.test,
    "meminfo": meminfo.meminfo,
    "verify": verify.verify,
    "showmap": showmap.showmap,
    "procrank": procrank.procrank,
    "librank": librank.librank,
    "export": export.export,
    "tui": tui.tui,
}
"""Every command by the words that call it."""

_GROUPS = {"rules": "Rule files of your own: categories for names that droidanon doesn't know."}


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"droidanon {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    del version, debug


def _guarded(command: Callable[..., int | None]) -> Callable[..., None]:
    """The command with every expected error turned into one line and an exit code."""

    @wraps(command)
    def guarded(*arguments: Any, **options: Any) -> None:
        sys.exit(_run(command, arguments, options))

    return guarded


def _run(command: Callable[..., int | None], arguments: tuple[Any, ...], options: dict[str, Any]) -> int:
    from droidanon.cli.narration import say

    debug = "--debug" in sys.argv
    try:
        if options.get("as_json") and options.get("as_csv"):
            raise UsageError("--json or --csv, not both")
        result = command(*arguments, **options)
        sys.stdout.flush()
        return result or 0
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`); nothing more can be said on stdout, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except DroidanonError as error:
        if debug:
            raise
        say(f"droidanon: {error}")
        return error.exit_code
    except OSError as error:
        if debug:
            raise
        say(f"droidanon: {error.filename or 'input/output'}: {error.strerror or error}")
        return 1
    except MemoryError:
        say("droidanon: not enough memory; choose fewer processes (--app) or a smaller file")
        return 1


_groups = {name: typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None) for name, text in _GROUPS.items()}
for _words, _function in COMMANDS.items():
    _group, _, _name = _words.rpartition(" ")
    (_groups[_group] if _group else app).command(_name)(_guarded(_function))
for _name, _sub in _groups.items():
    app.add_typer(_sub, name=_name)


def main() -> None:
    """Run the command that was typed, and exit as docs/cli.md says."""
    _open_closed_streams()
    sys.exit(run(sys.argv[1:]))


def _open_closed_streams() -> None:
    """Python has None for a stream that its caller closed (`<&-`); here it is one without anything in it."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115 # to the end


def run(arguments: list[str]) -> int:
    """Run a command line; its exit code."""
    # The matrices of a comparison are small: threads that share one wait for each other, longest on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app(arguments, prog_name="droidanon")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return 0
