"""`droidanon fleet ls`."""

from __future__ import annotations

from droidanon.cli.fleet_options import Dataset
from droidanon.cli.options import Csv, Json, output_format


def ls(dataset: Dataset, as_json: Json = False, as_csv: Csv = False) -> None:
    """List the captures of a dataset.

    \b
    Examples:
      droidanon fleet ls fleet/ --csv
    """
    from droidanon.fleet.contents import list_dataset
    from droidanon.report.datasets import print_dataset_captures

    output = output_format(json=as_json, csv=as_csv)
    print_dataset_captures(dataset, list_dataset(dataset), output)
