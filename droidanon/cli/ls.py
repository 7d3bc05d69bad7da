"""`droidanon ls`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from droidanon.cli.options import Captures, Csv, Json, output_format


def ls(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="The folder to list, like --captures.", show_default=False),
    ] = None,
    captures: Captures = None,
    as_json: Json = False,
    as_csv: Csv = False,
) -> None:
    """List captures and series.

    A series is one row with the numbers of its newest capture.

    \b
    Examples:
      droidanon ls results/
    """
    from droidanon.errors import InputError, UsageError
    from droidanon.report.captures import print_captures
    from droidanon.store.library import captures_folder, list_captures

    if folder is not None and captures is not None:
        raise UsageError("give FOLDER or --captures, not both")
    output = output_format(json=as_json, csv=as_csv)
    listed = captures_folder(folder or captures)
    if (folder or captures) is not None and not listed.is_dir():
        raise InputError(f"{listed}: not a folder" if listed.exists() else f"{listed}: no such folder")
    print_captures(listed, list_captures(listed), output)
