"""The command line: commands are listed here, and here alone errors become exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from importlib import import_module
from typing import Annotated, Any

import typer

from droidanon.errors import DroidanonError, UsageError
from droidanon.version import __version__

INTERRUPTED = 130

COMMANDS = (
    "devices", "doctor", "capture", "record", "mark", "ls", "info", "show", "diff", "trend", "explain", "names",
    "rules test", "meminfo", "verify", "showmap", "procrank", "librank", "export", "tui",
)  # fmt: skip
"""The words that call each command: the module in this package, and (their last) the function in it."""

_GROUPS = {"rules": "Rule files of your own: categories for names that droidanon doesn't know."}


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"droidanon {__version__}")
        raise typer.Exit


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


def make_app(commands: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with some of its commands."""
    made = typer.Typer(
        name="droidanon",
        help="Where does my Android app's memory go? Named anonymous memory from /proc/*/smaps: breakdown, diff and TUI.",
        epilog="Start with: droidanon tui --sample",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_options)
    groups: dict[str, typer.Typer] = {}
    for words in commands:
        group, _, name = words.rpartition(" ")
        if group and group not in groups:
            groups[group] = typer.Typer(help=_GROUPS[group], no_args_is_help=True, rich_markup_mode=None)
        function = getattr(import_module(f"droidanon.cli.{group or name}"), name)
        (groups[group] if group else made).command(name)(_guarded(function))
    for group, of_group in groups.items():
        made.add_typer(of_group, name=group)
    return made


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
    # Typer evaluates the annotations of every command that it has, so one that is called has an app to itself.
    called = [words for words in COMMANDS if arguments[: words.count(" ") + 1] == words.split()]
    try:
        make_app(called or COMMANDS)(arguments, prog_name="droidanon")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return 0
