"""`droidanon fleet compact`."""

from __future__ import annotations

from droidanon.cli.fleet_options import Dataset
from droidanon.cli.options import Json


def compact(dataset: Dataset, as_json: Json = False) -> None:
    """Merge the small files of a dataset.

    Each `fleet add` writes new files; queries are faster with few large ones. Files are merged up to 512 MB. Other
    commands can use the dataset at the same time.

    \b
    Examples:
      droidanon fleet compact fleet/
    """
    from droidanon.cli.progress import progress
    from droidanon.fleet.compact import compact as compact_files
    from droidanon.report.datasets import print_compacted

    with progress() as lines:
        compacted = compact_files(dataset, lines)
    print_compacted(compacted, as_json=as_json)
