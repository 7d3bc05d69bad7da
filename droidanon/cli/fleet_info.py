"""`droidanon fleet info`."""

from __future__ import annotations

from droidanon.cli.fleet_options import Dataset
from droidanon.cli.options import Json


def info(dataset: Dataset, as_json: Json = False) -> None:
    """Show what a dataset contains.

    \b
    Examples:
      droidanon fleet info fleet/
    """
    from droidanon.fleet.contents import dataset_contents
    from droidanon.report.datasets import print_contents

    print_contents(dataset_contents(dataset), as_json=as_json)
