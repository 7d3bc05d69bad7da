"""The command line: commands are listed here, and here alone errors become exit codes.

Typer, which takes most of the time of a start, is imported when Ctrl-C and signals are listened to.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from droidanon.errors import DroidanonError, UsageError

COMMANDS = (
    "devices",
    "doctor",
    "capture",
    "record",
    "mark",
    "ls",
    "info",
    "show",
    "diff",
    "trend",
    "explain",
    "names",
    "rules test",
    "meminfo",
    "verify",
    "showmap",
    "procrank",
    "librank",
    "export",
    "tui",
)
"""The words that call each command: the module in this package, and (their last) the function in it."""


def _guarded(command: Callable[..., int | None]) -> Callable[..., None]:
    """The command with every expected error turned into one line and an exit code."""

    @wraps(command)
    def guarded(*arguments: Any, **options: Any) -> None:
        def work() -> int | None:
            if options.get("as_json") and options.get("as_csv"):
                raise UsageError("--json or --csv, not both")
            return command(*arguments, **options)

        sys.exit(_exit_code(work))

    return guarded


def _exit_code(work: Callable[[], int | None]) -> int:
    """The exit code of what was done, or of its error, which is told in one line."""
    from droidanon.cli.signals import interrupted_code

    debug = "--debug" in sys.argv
    try:
        result = work()
        sys.stdout.flush()
        return result or 0
    except KeyboardInterrupt:
        _say("interrupted")
        return interrupted_code()
    except BrokenPipeError:
        # The reader has gone (`| head`); nothing more can be said on stdout, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except DroidanonError as error:
        if debug:
            raise
        _say(f"droidanon: {error}")
        return error.exit_code
    except OSError as error:
        if debug:
            raise
        _say(f"droidanon: {error.filename or 'input/output'}: {error.strerror or error}")
        return 1
    except MemoryError:
        _say("droidanon: not enough memory; choose fewer processes (--app) or a smaller file")
        return 1


def _say(text: str) -> None:
    from droidanon.cli.narration import say  # not for `--help`

    say(text)


def main() -> None:
    """Run the command that was typed, and exit as docs/cli.md says."""
    try:
        from droidanon.cli.signals import listen_for_the_end
        from droidanon.cli.streams import prepare_streams

        prepare_streams()
        listen_for_the_end()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anything to say
        from droidanon.cli.signals import interrupted_code

        code = interrupted_code()
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run a command line; its exit code."""
    return _exit_code(partial(_typed, arguments))


def _typed(arguments: list[str]) -> int:
    # The matrices of a comparison are small: threads that share one wait for each other, longest on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from droidanon.cli.app import make_app

    # Typer evaluates the annotations of every command that it has, so one that is called has an app to itself.
    called = [words for words in COMMANDS if arguments[: words.count(" ") + 1] == words.split()]
    try:
        make_app(called or COMMANDS, _guarded)(arguments, prog_name="droidanon")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return 0
