"""One round of an experiment: the steps of an app on one side, with the captures in the experiment's folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from droidanon.experiment.app_steps import AppWork, Show, run_steps
from droidanon.experiment.manifest import Plan, RoundRecord, capture_name
from droidanon.experiment.plan import PlannedRound
from droidanon.experiment.shell import PhoneShell
from droidanon.model import Capture
from droidanon.store.parquet import save_capture
from droidanon.store.series import iso_time


@dataclass(frozen=True, slots=True)
class RoundContext:
    """What the rounds of a session share. `remote`: the pushed files of each side's build."""

    shell: PhoneShell
    plan: Plan
    remote: Mapping[str, Sequence[str]]
    folder: Path
    phone: str
    serialno: str
    show: Show
    wait_for_enter: Callable[[], bool]


def run_round(context: RoundContext, planned: PlannedRound) -> RoundRecord:
    """Run a round and store its captures; those of a warm-up are discarded.

    Raises StepError if a step fails, DeviceError if the connection breaks, KeyboardInterrupt if cancelled.
    """
    plan = context.plan
    begun = iso_time(time.time())
    labels = {"side": planned.side, "round": str(planned.number), "phone": context.phone}
    files = []

    def keep(cycle: int, capture: Capture) -> None:
        if planned.warmup:
            return
        of_cycle = {"cycle": str(cycle)} if plan.cycles > 1 else {}
        file = capture_name(planned.name, cycle, plan.cycles)
        labelled = replace(capture, labels={**capture.labels, **labels, **of_cycle})
        save_capture(labelled, context.folder / file)
        files.append(file)

    work = AppWork(
        context.shell,
        plan,
        plan.sides[planned.side],
        context.remote[planned.side],
        context.serialno,
        _environment(context, planned),
        context.show,
        context.wait_for_enter,
    )
    done = run_steps(work, keep)
    return RoundRecord(
        planned.side,
        planned.number,
        begun,
        done.took_s,
        planned.warmup,
        tuple(files),
        thermal_status=done.thermal_status,
        pressure_some=done.pressure_some,
        version_code=done.version_code,
        unprepared=done.unprepared,
        steps=done.steps,
    )


def _environment(context: RoundContext, planned: PlannedRound) -> dict[str, str]:
    """The variables that describe a round to commands on this computer."""
    return {
        "ANDROID_SERIAL": context.shell.device.serial,
        "DROIDANON_APP": context.plan.app,
        "DROIDANON_SIDE": planned.side,
        "DROIDANON_ROUND": planned.name,
    }
