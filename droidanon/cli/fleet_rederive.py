"""`droidanon fleet rederive`."""

from __future__ import annotations

from droidanon.cli.fleet_options import Dataset, Jobs
from droidanon.cli.options import Json


def rederive(dataset: Dataset, jobs: Jobs = None, as_json: Json = False) -> int:
    """Derive facts again by the current rules.

    A new version of droidanon may assign other heaps and categories. This needs captures that the dataset keeps (`fleet
    add --keep-captures`). Others are listed and keep their facts; the exit code is 1 then.

    \b
    Examples:
      droidanon fleet rederive fleet/
    """
    from droidanon.cli.progress import progress
    from droidanon.fleet.rederive import rederive as rederive_facts
    from droidanon.report.datasets import print_rederived

    with progress() as lines:
        rederived = rederive_facts(dataset, jobs=jobs, progress=lines)
    print_rederived(rederived, as_json=as_json)
    return int(bool(rederived.failures or rederived.not_kept))
