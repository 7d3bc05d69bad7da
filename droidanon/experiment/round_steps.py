"""The steps of one round: install, compile, set up, cold start, scenario, capture, stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from droidanon.errors import ProcessError
from droidanon.experiment.conditions import memory_pressure, thermal_status, version_code
from droidanon.experiment.install import compile_app, install
from droidanon.experiment.manifest import Plan, RoundRecord, capture_name
from droidanon.experiment.plan import PlannedRound
from droidanon.experiment.scenario import Scenario, run_scenario, start_app
from droidanon.experiment.shell import PhoneShell, StepError, last_line
from droidanon.model import Capture
from droidanon.sources.phone.options import PhoneOptions, Prepare
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import Selection
from droidanon.store.parquet import save_capture
from droidanon.store.series import iso_time

Show = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RoundContext:
    """What the rounds of a session share. `remote`: the pushed files of each side's build."""

    shell: PhoneShell
    plan: Plan
    scenario: Scenario
    remote: Mapping[str, Sequence[str]]
    folder: Path
    phone: str
    serialno: str
    show: Show
    wait_for_enter: Callable[[], bool]


def run_round(context: RoundContext, planned: PlannedRound) -> RoundRecord:
    """Run a round and store its captures; none of a warm-up.

    StepError if a step fails, DeviceError if the connection breaks, KeyboardInterrupt if it is cancelled.
    """
    begin = time.monotonic()
    record = RoundRecord(planned.side, planned.number, iso_time(time.time()), warmup=planned.warmup)
    steps = _prepare_app(context, planned.side)
    context.show("state of the phone")
    record = replace(
        record,
        thermal_status=thermal_status(context.shell),
        pressure_some=memory_pressure(context.shell),
        version_code=version_code(context.shell, context.plan.app),
    )
    if context.plan.start:
        context.show("start")
        steps["start"] = start_app(context.shell, context.plan.app)
    files = []
    unprepared: dict[str, None] = {}
    for cycle in range(1, context.plan.cycles + 1):
        of_cycles = f" {cycle} of {context.plan.cycles}" if context.plan.cycles > 1 else ""
        context.show(f"scenario{of_cycles}")
        answer = run_scenario(
            context.scenario, context.shell, _environment(context, planned, cycle), context.wait_for_enter
        )
        if answer:
            steps["scenario"] = answer
        context.show(f"capture{of_cycles}")
        capture = _capture(context, planned, cycle)
        steps |= {f"prepared.{one.kind}": one.answer for one in capture.preparations}
        unprepared |= {one.kind: None for one in capture.preparations if not one.done}
        if not planned.warmup:
            file = capture_name(planned.name, cycle, context.plan.cycles)
            save_capture(capture, context.folder / file)
            files.append(file)
    context.shell.run(f"am force-stop {context.plan.app}")
    took_s = round(time.monotonic() - begin, 3)
    return replace(record, files=tuple(files), unprepared=tuple(unprepared), steps=steps, took_s=took_s)


def _prepare_app(context: RoundContext, side: str) -> dict[str, str]:
    """The build and the setting of a side, the same compile state, and no process of the app."""
    shell, plan = context.shell, context.plan
    variant = plan.sides[side]
    steps: dict[str, str] = {}
    if variant.apks:
        context.show("install")
        steps["install"] = install(shell, plan, variant.apks, context.remote[side])
        context.show("compile")
        steps["compile"] = compile_app(shell, plan)
    if variant.setup:
        context.show("setup")
        steps["setup"] = last_line(shell.check(variant.setup, "the setup command"))
    shell.check(f"am force-stop {plan.app}", "stopping the app")
    if plan.clear:
        answer = shell.run(f"pm clear {plan.app}")[1]
        if "Success" not in answer:
            raise StepError(f"clearing the app's data failed: {last_line(answer) or 'no answer'}")
        steps["clear"] = last_line(answer)
    return steps


def _environment(context: RoundContext, planned: PlannedRound, cycle: int) -> dict[str, str]:
    """The variables that describe a round to a command on this computer."""
    return {
        "ANDROID_SERIAL": context.shell.device.serial,
        "DROIDANON_APP": context.plan.app,
        "DROIDANON_SIDE": planned.side,
        "DROIDANON_ROUND": planned.name,
        "DROIDANON_CYCLE": str(cycle),
    }


def _capture(context: RoundContext, planned: PlannedRound, cycle: int) -> Capture:
    plan, shell = context.plan, context.shell

    def progress(done: int, total: int | None, text: str) -> None:
        del done, total
        shell.check_cancelled()
        context.show(text)

    options = PhoneOptions(
        access=plan.access,
        say=lambda _: None,
        prepare=Prepare(plan.freeze, plan.gc, plan.trim, plan.settle),
        serialno=context.serialno,
    )
    try:
        capture = load_source(shell.device.source, Selection(plan.app), options=options, progress=progress)
    except ProcessError as error:
        raise StepError(f"the app did not run at its capture: {error}") from error
    if capture.partial:
        reason = str(capture.problems[0]) if capture.problems else "not every process was read"
        raise StepError(f"the capture is partial: {reason}")
    labels = {"side": planned.side, "round": str(planned.number), "phone": context.phone}
    if plan.cycles > 1:
        labels["cycle"] = str(cycle)
    return replace(capture, labels={**capture.labels, **labels})
