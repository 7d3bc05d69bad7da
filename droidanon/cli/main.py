"""The command line: lists the commands, and is the only place where errors become exit codes.

Importing Typer takes most of the start-up time, so signal handlers are installed before.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

from droidanon.cli.foreign_text import foreign_text_hint
from droidanon.errors import DroidanonError

SECTIONS = {
    "Look": (
        "tui",
        "show",
        "app",
        "limits",
        "vitals",
        "wss",
        "insights",
        "exits",
        "names",
        "explain",
        "info",
        "ls",
        "report",
    ),
    "Compare": ("diff", "trend", "check", "ab", "lab run", "lab status"),
    "Record": ("capture", "record", "mark", "export", "rewrite", "share"),
    "Platform views": ("meminfo", "verify", "showmap", "procrank", "librank"),
    "Fleets": (
        "fleet add",
        "fleet ls",
        "fleet info",
        "fleet percentiles",
        "fleet compare",
        "fleet steps",
        "fleet new-names",
        "fleet outliers",
        "fleet limits",
        "fleet compact",
        "fleet rederive",
        "fleet forget",
    ),
    "Rules": ("rules test",),
    "Setup": ("devices", "doctor", "selftest"),
}
"""Commands as `--help` groups them. The words of a command are its module in this package (`rules_test`), the last one
is its function."""

_COMPLETION = "_DROIDANON_COMPLETE"
"""Set by the shell when it asks for completions."""

HELP_FILE = Path(__file__).with_name("help.txt")
"""What Typer prints for `--help` (docs/generate_cli.py)."""
_HELP_COLUMNS = 80
"""The width from which on the help does not depend on it."""

COMMANDS = tuple(words for section in SECTIONS.values() for words in section)


def _summary(command: Callable[..., int | None]) -> Callable[..., None]:
    """The command without its options, for its summary in the list of commands."""

    def summary() -> None:
        raise AssertionError("a command that is only listed")

    summary.__doc__ = command.__doc__
    return summary


def _guarded(command: Callable[..., int | None]) -> Callable[..., None]:
    """The command, with every expected error turned into one line and an exit code."""

    @wraps(command)
    def guarded(*arguments: Any, **options: Any) -> None:
        sys.exit(_exit_code(partial(command, *arguments, **options)))

    return guarded


def _exit_code(work: Callable[[], int | None]) -> int:
    """The exit code of a command or of its error, which is printed in one line."""
    from droidanon.cli.signals import interrupted_code

    try:
        result = work()
        sys.stdout.flush()
        return result or 0
    except KeyboardInterrupt:
        _say("interrupted")
        return interrupted_code()
    except BrokenPipeError:
        # The reader is gone (`| head`): write nothing more to stdout, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except DroidanonError as error:
        _report(error, f"droidanon: {error}{_options_of(error)}")
        return error.exit_code
    except OSError as error:
        _report(error, f"droidanon: {error.filename or 'input/output'}: {error.strerror or error}")
        return 1
    except MemoryError:
        _say("droidanon: out of memory; choose fewer processes (--app) or a smaller file")
        return 1


def _options_of(error: DroidanonError) -> str:
    """The options that correspond to the settings named in an error."""
    return f" ({', '.join(f'--{name}' for name in error.settings)})" if error.settings else ""


def _report(error: Exception, line: str) -> None:
    """Print an error as one line, or with its traceback if `--debug` is set."""
    if "--debug" not in sys.argv:
        _say(line)
        return
    import traceback

    # Line by line, so that each is escaped; messages of libraries may contain control characters from a device.
    for part in "".join(traceback.format_exception(error)).splitlines():
        _say(part)


def _say(text: str) -> None:
    from droidanon.report.narration import say  # lazy, because `--help` does not need it

    say(text)


def main() -> None:
    """Run this process's command line, and exit with the codes in docs/cli.md."""
    from droidanon.cli.quick_exit import QuickExit

    quick_exit = QuickExit()
    try:
        from droidanon.cli.signals import listen_for_the_end
        from droidanon.cli.streams import prepare_streams

        prepare_streams()
        listen_for_the_end()
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before the command started
        from droidanon.cli.signals import interrupted_code

        code = interrupted_code()
    finally:
        from droidanon.cli.signals import end_at_once

        end_at_once()
    quick_exit.code = code
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run a command line and return its exit code."""
    # Without Typer, in a third of the time:
    if arguments == ["--version"]:
        return _exit_code(_print_version)
    if arguments in (["--help"], ["-h"]) and _columns() >= _HELP_COLUMNS:
        return _exit_code(_print_help)
    with foreign_text_hint():
        return _exit_code(partial(_typed, arguments))


def _print_version() -> None:
    from droidanon.version import __version__

    sys.stdout.write(f"droidanon {__version__}\n")


def _columns() -> int:
    """The width of the terminal, determined like `shutil.get_terminal_size`."""
    try:
        columns = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        columns = 0
    if columns <= 0:
        try:
            columns = os.get_terminal_size(sys.__stdout__.fileno() if sys.__stdout__ else 1).columns
        except (OSError, ValueError):
            columns = 0
    return columns or _HELP_COLUMNS


def _print_help() -> None:
    with HELP_FILE.open(encoding="utf-8") as file:
        sys.stdout.write(file.read())


def _typed(arguments: list[str]) -> int:
    # The matrices of a comparison are too small to benefit from several threads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from droidanon.cli.typer_app import make_app

    # Typer evaluates the annotations of every command it has, so the app of a call has only that command, and a list
    # of commands has their summaries.
    called = [words for words in COMMANDS if arguments[: words.count(" ") + 1] == words.split()]
    names = {words.split()[0] for words in COMMANDS}
    only_listed = names.isdisjoint(arguments) and _COMPLETION not in os.environ
    try:
        made = make_app(called or COMMANDS, _summary if only_listed else _guarded, SECTIONS)
        made(arguments, prog_name="droidanon")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return 0
