"""Adds the captures of a lab to a dataset."""

from __future__ import annotations

from droidanon.fleet.add import AddedCaptures, add
from droidanon.lab.journal import LabLog
from droidanon.lab.plan import LabPlan
from droidanon.sources.source import Progress


def add_to_dataset(plan: LabPlan, log: LabLog, progress: Progress | None = None) -> AddedCaptures | None:
    """Add the captures of all runs to the plan's dataset; None if it has none. Skips captures already there."""
    files = [str(plan.output / one.file) for one in log.done(plan.output).values()]
    return add(plan.dataset, files, progress=progress) if plan.dataset and files else None
