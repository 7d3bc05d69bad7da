"""`droidanon tui`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from droidanon.cli.options import Captures, Rules


def tui(
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="Open this source at once.", show_default=False)
    ] = None,
    base: Annotated[str | None, typer.Option("--base", metavar="SOURCE", help="Compare it with this one.")] = None,
    captures: Captures = None,
    sample: Annotated[bool, typer.Option("--sample", help="Open the captures that come with droidanon.")] = False,
    rules: Rules = None,
    live: Annotated[
        bool, typer.Option("--live", help="Watch the source (adb:, local:; by default the only phone) from the start.")
    ] = False,
    web: Annotated[bool, typer.Option("--web", help="Serve it to a browser on this computer, until Ctrl-C.")] = False,
) -> int:
    """Explore captures and phones in a TUI.

    The TUI runs in the terminal, or in a browser with --web.

    \b
    Examples:
      droidanon tui --sample
      droidanon tui after.parquet --base before.parquet
      droidanon tui --live
      droidanon tui --web
    """
    import os
    import sys

    from droidanon.cli.rule_files import chosen_rules
    from droidanon.errors import UsageError

    rule_set = chosen_rules(rules)
    if web:
        _serve(_same_command(source, base, captures, rules, sample=sample, live=live))
        return 0
    # Where Textual draws; a browser's driver needs neither.
    screen = sys.stdout if os.name == "nt" else sys.stderr
    if not (sys.stdin.isatty() and screen.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        raise UsageError("the TUI needs a terminal; for text use: droidanon show SOURCE")
    # Textual looks it up when it is imported: what a key changes is on the screen sooner than with 60.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    from droidanon_tui.app import run_tui

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
    """The command line of the TUI that a page shows."""
    import sys

    words = [sys.executable, "-m", "droidanon", "tui"]
    for option, values in (("--base", [base]), ("--captures", [captures]), ("--rules", rules or [])):
        words += [part for value in values if value is not None for part in (option, str(value))]
    words += [option for option, wanted in (("--sample", sample), ("--live", live)) if wanted]
    return [*words, "--", source] if source is not None else words


def _serve(command: list[str]) -> None:
    """Prints the address, once it answers."""
    import sys

    from droidanon.cli.narration import say
    from droidanon.errors import DroidanonError

    try:
        from droidanon_tui.web.server import serve
    except ModuleNotFoundError as error:
        if error.name and error.name.partition(".")[0] in ("textual_serve", "aiohttp"):
            raise DroidanonError("--web needs textual-serve: pip install 'droidanon[web]'") from error
        raise

    def tell(address: str) -> None:
        typer.echo(address)
        sys.stdout.flush()
        say("open it in a browser on this computer; who has the address sees what you see; Ctrl-C ends it")

    serve(command, tell)
