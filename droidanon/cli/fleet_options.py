"""Options that the commands of `droidanon fleet` share."""

from __future__ import annotations

from typing import Annotated

import typer

Dataset = Annotated[
    str,
    typer.Argument(
        metavar="DATASET", help="A folder, or a URL of object storage such as s3://BUCKET/FOLDER.", show_default=False
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "-j", "--jobs", metavar="N", min=1, help="Processes to use; by default one per core.", show_default=False
    ),
]
