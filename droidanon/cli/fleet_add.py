"""`droidanon fleet add`."""

from __future__ import annotations

from typing import Annotated

import typer

from droidanon.cli.fleet_options import Dataset, Jobs
from droidanon.cli.options import Json, Labels


def add(
    dataset: Dataset,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="Captures, series, bug reports, traces, archives, or folders with any of them.",
            show_default=False,
        ),
    ],
    labels: Labels = None,
    keep_captures: Annotated[
        bool,
        typer.Option("--keep-captures", help="Store the captures too, so that `fleet rederive` can use newer rules."),
    ] = False,
    jobs: Jobs = None,
    as_json: Json = False,
) -> int:
    """Add captures to a dataset.

    Creates the dataset if it does not exist. A capture is never added twice, so an interrupted command can be
    repeated. Sources that cannot be read are listed and skipped; the exit code is then 1.

    \b
    Examples:
      droidanon fleet add fleet/ bugreports/ --label build=1.2.0
      droidanon fleet add s3://lab/fleet nightly/*.parquet
    """
    from droidanon.cli.options import label_option
    from droidanon.cli.progress import progress
    from droidanon.fleet.add import add as add_sources
    from droidanon.report.datasets import print_added

    with progress() as lines:
        added = add_sources(
            dataset, sources, labels=label_option(labels), keep=keep_captures, jobs=jobs, progress=lines
        )
    print_added(added, as_json=as_json)
    return int(bool(added.failures))
