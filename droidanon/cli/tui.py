"""`droidanon tui`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.options import Captures, Rules


def tui(
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="Open this source at once.", show_default=False)
    ] = None,
    base: Annotated[str | None, typer.Option("--base", help="Compare it with this one.")] = None,
    captures: Captures = None,
    sample: Annotated[bool, typer.Option("--sample", help="Open the captures that come with droidanon.")] = False,
    rules: Rules = None,
    live: Annotated[
        bool, typer.Option("--live", help="Watch the source (adb:, local:; by default the only phone) from the start.")
    ] = False,
) -> None:
    """Look at captures and phones in the terminal.

    Examples: droidanon tui --sample
    or: droidanon tui after.parquet --base before.parquet
    or: droidanon tui --live
    """
    import os
    import sys

    from droidanon.errors import UsageError

    # Where Textual draws.
    screen = sys.stdout if os.name == "nt" else sys.stderr
    if not (sys.stdin.isatty() and screen.isatty()):
        raise UsageError("the TUI needs a terminal; for text use: droidanon show SOURCE")
    from droidanon_tui.app import run_tui

    from droidanon.cli.chosen_rules import chosen_rules

    run_tui(source=source, base=base, captures=captures, sample=sample, rules=chosen_rules(rules), live=live)
