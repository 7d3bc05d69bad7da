"""`droidanon mark`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def mark(
    series: Annotated[Path, typer.Argument(metavar="SERIES", help="The folder of the series.", show_default=False)],
    note: Annotated[str, typer.Argument(metavar="NOTE", help="The note, such as 'logged in'.", show_default=False)],
) -> None:
    """Add a mark to a series.

    The mark has the current time and a note. This works while the series is being recorded.

    \b
    Examples:
      droidanon mark captures/20260102T030405Z_Pixel-9_all "logged in"
    """
    import time

    from droidanon.report.narration import say
    from droidanon.store.series import Mark, add_mark, iso_time

    made = Mark(iso_time(time.time()), note)
    add_mark(series, made)
    say(f"{made.time} {note}")
