"""`droidanon tui`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from droidanon.cli.options import Captures, Rules, Sample


def tui(
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="The source to open.", show_default=False)
    ] = None,
    base: Annotated[
        str | None, typer.Option("--base", metavar="SOURCE", help="Compare SOURCE with this source.")
    ] = None,
    captures: Captures = None,
    sample: Sample = False,
    rules: Rules = None,
    live: Annotated[
        bool, typer.Option("--live", help="Watch SOURCE (adb: or local:; default: the only phone) from the start.")
    ] = False,
    web: Annotated[
        bool, typer.Option("--web", help="Serve the TUI to a browser on this computer, until Ctrl-C.")
    ] = False,
    port: Annotated[
        int,
        typer.Option(
            "--port",
            metavar="N",
            min=0,
            max=65_535,
            help="With --web: the port (default: a free one).",
            show_default=False,
        ),
    ] = 0,
) -> int:
    """Explore captures and phones in a TUI.

    A folder of captures is listed; with --base, SOURCE and the base are sides of a diff as in `droidanon diff`.
    The TUI runs in the terminal, or in a browser with --web.

    \b
    Examples:
      droidanon tui --sample
      droidanon tui runs
      droidanon tui after.parquet --base before.parquet
      droidanon tui label:build=1.3 --base label:build=1.2
      droidanon tui --live
      droidanon tui --web --port 8123
    """
    import os

    from droidanon.cli.rule_files import chosen_rules
    from droidanon.errors import UsageError

    rule_set = chosen_rules(rules)
    if web:
        _serve(_same_command(source, base, captures, rules, sample=sample, live=live), port)
        return 0
    if port:
        raise UsageError("--port needs --web")
    if "TEXTUAL_DRIVER" not in os.environ:  # the browser driver needs no terminal
        _check_terminal()
    # Read when Textual is imported: with 120 frames per second a key takes effect sooner than with 60.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    from droidanon_tui.run import run_tui

    return run_tui(source=source, base=base, captures=captures, sample=sample, rules=rule_set, live=live)


def _same_command(
    source: str | None,
    base: str | None,
    captures: Path | None,
    rules: Sequence[Path] | None,
    *,
    sample: bool,
    live: bool,
) -> list[str]:
    """The command line of the TUI shown in a browser."""
    import sys

    words = [sys.executable, "-m", "droidanon", "tui"]
    for option, values in (("--base", [base]), ("--captures", [captures]), ("--rules", rules or [])):
        words += [part for value in values if value is not None for part in (option, str(value))]
    words += [option for option, wanted in (("--sample", sample), ("--live", live)) if wanted]
    return [*words, "--", source] if source is not None else words


def _check_terminal() -> None:
    """Raise UsageError if the terminal cannot show the TUI."""
    import codecs
    import os
    import sys

    from droidanon.errors import UsageError

    screen = sys.stdout if os.name == "nt" else sys.stderr  # the stream that Textual draws on
    if not (sys.stdin.isatty() and screen.isatty()):
        raise UsageError("the TUI needs a terminal; for text, use `droidanon show SOURCE`")
    if os.environ.get("TERM") == "dumb":
        raise UsageError("the TUI can't draw on this terminal (TERM=dumb); for text, use `droidanon show SOURCE`")
    if codecs.lookup(screen.encoding or "ascii").name != "utf-8":
        raise UsageError(
            f"the TUI needs UTF-8, and the locale's encoding is {screen.encoding}; if your terminal shows UTF-8, "
            "run `PYTHONUTF8=1 droidanon tui`; for text, use `droidanon show SOURCE`"
        )


def _serve(command: list[str], port: int) -> None:
    """Serve the TUI; prints the address once it responds."""
    import sys

    from droidanon.errors import DroidanonError
    from droidanon.report.narration import say

    try:
        from droidanon_tui.web.server import serve
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in ("textual_serve", "aiohttp"):
            raise DroidanonError("--web needs textual-serve: pip install 'droidanon[web]'") from error
        raise

    def tell(address: str) -> None:
        typer.echo(address)
        sys.stdout.flush()
        say("open the address in a browser on this computer; anyone who has it sees the same; Ctrl-C stops the server")

    serve(command, tell, port)
