"""`droidanon fleet forget`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.fleet_options import Dataset
from droidanon.cli.options import Json


def forget(
    dataset: Dataset,
    devices: Annotated[
        list[str] | None,
        typer.Option("--device", metavar="SERIAL", help="The serial of a device, or its hash; repeatable."),
    ] = None,
    captures: Annotated[
        list[str] | None, typer.Option("--capture", metavar="ID", help="The id of a capture; repeatable.")
    ] = None,
    before: Annotated[
        str | None, typer.Option("--before", metavar="DATE", help="Only captures before this day, YYYY-MM-DD (UTC).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Remove captures from a dataset.

    Removes the captures that match all options from all tables, and their files if the dataset keeps them. `fleet ls`
    lists ids and hashes. Copies of the dataset, and old versions that object storage keeps, are not affected.

    \b
    Examples:
      droidanon fleet forget fleet/ --device 29091FDH2004XY
      droidanon fleet forget fleet/ --before 2026-01-01
    """
    from droidanon.fleet.forget import ForgetQuery
    from droidanon.fleet.forget import forget as forget_captures
    from droidanon.report.datasets import print_forgotten

    forgotten = forget_captures(dataset, ForgetQuery(devices or (), captures or (), before or ""))
    print_forgotten(forgotten, as_json=as_json)
