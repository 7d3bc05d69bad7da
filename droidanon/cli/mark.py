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

    The mark has the current time and a note. The series must still be recorded: a mark after its end would be outside
    of it.

    \b
    Examples:
      droidanon mark captures/20260102T030405Z_Pixel-9_all "logged in"
    """
    import time

    from droidanon.errors import UsageError
    from droidanon.escape import escape_text
    from droidanon.report.narration import say
    from droidanon.store.series import Mark, add_mark, iso_time, read_series

    made = Mark(iso_time(time.time()), note)
    ended = read_series(series).ended
    if ended and made.time > ended:
        raise UsageError(f"{escape_text(str(series))}: the recording ended at {ended}; a mark now would be after it")
    add_mark(series, made)
    say(f"{made.time} {note}")
