"""The steps that lead to one capture of an app: install, compile, set up, cold start, scenario, capture, stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from droidanon.errors import ProcessError
from droidanon.experiment.conditions import memory_pressure, thermal_status, version_code
from droidanon.experiment.install import compile_app, install
from droidanon.experiment.manifest import Steps, Variant
from droidanon.experiment.scenario import parse_scenario, run_scenario, start_app
from droidanon.experiment.shell import PhoneShell, StepError, last_line
from droidanon.model import Capture
from droidanon.sources.phone.options import PhoneOptions, Prepare
from droidanon.sources.resolve import load_source
from droidanon.sources.selection import Selection

Show = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AppWork:
    """The steps of an app on a phone with one build. `remote`: the pushed files of the build.

    `environment` describes the work to commands on this computer.
    """

    shell: PhoneShell
    steps: Steps
    build: Variant
    remote: Sequence[str]
    serialno: str
    environment: Mapping[str, str]
    show: Show
    wait_for_enter: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class WorkRecord:
    """The phone's state before the work, and its response to each step. None means unknown."""

    thermal_status: int | None = None
    pressure_some: float | None = None
    """The percentage of the last 10 s in which a task waited for memory (/proc/pressure/memory)."""
    version_code: int | None = None
    unprepared: tuple[str, ...] = ()
    """Preparations that failed in a cycle, such as `settle`."""
    steps: Mapping[str, str] = field(default_factory=dict)
    took_s: float = 0.0


def run_steps(work: AppWork, keep: Callable[[int, Capture], None]) -> WorkRecord:
    """Run all steps; `keep` receives the capture of each cycle (1, 2, ...).

    Raises StepError if a step fails, DeviceError if the connection breaks, KeyboardInterrupt if cancelled.
    """
    begin = time.monotonic()
    plan = work.steps
    steps = _prepare_app(work)
    work.show("state of the phone")
    record = WorkRecord(
        thermal_status(work.shell), memory_pressure(work.shell), version_code(work.shell, work.steps.app)
    )
    if plan.start:
        work.show("start")
        steps["start"] = start_app(work.shell, plan.app)
    unprepared: dict[str, None] = {}
    scenario = parse_scenario(plan.scenario)
    for cycle in range(1, plan.cycles + 1):
        of_cycles = f" {cycle} of {plan.cycles}" if plan.cycles > 1 else ""
        work.show(f"scenario{of_cycles}")
        environment = {**work.environment, "DROIDANON_CYCLE": str(cycle)}
        answer = run_scenario(scenario, work.shell, environment, work.wait_for_enter)
        if answer:
            steps["scenario"] = answer
        work.show(f"capture{of_cycles}")
        capture = _capture(work)
        steps |= {f"prepared.{one.kind}": one.answer for one in capture.preparations}
        unprepared |= {one.kind: None for one in capture.preparations if not one.done}
        keep(cycle, capture)
    work.shell.run(f"am force-stop {plan.app}")
    took_s = round(time.monotonic() - begin, 3)
    return replace(record, unprepared=tuple(unprepared), steps=steps, took_s=took_s)


def _prepare_app(work: AppWork) -> dict[str, str]:
    """Install the build, apply its settings, restore the same compile state, and stop the app's processes."""
    shell, plan = work.shell, work.steps
    steps: dict[str, str] = {}
    if work.build.apks:
        work.show("install")
        steps["install"] = install(shell, plan, work.build.apks, work.remote)
        work.show("compile")
        steps["compile"] = compile_app(shell, plan)
    if work.build.setup:
        work.show("setup")
        steps["setup"] = last_line(shell.check(work.build.setup, "the setup command"))
    shell.check(f"am force-stop {plan.app}", "stopping the app")
    if plan.clear:
        answer = shell.run(f"pm clear {plan.app}")[1]
        if "Success" not in answer:
            raise StepError(f"clearing the app's data failed: {last_line(answer) or 'no answer'}")
        steps["clear"] = last_line(answer)
    return steps


def _capture(work: AppWork) -> Capture:
    plan, shell = work.steps, work.shell

    def progress(done: int, total: int | None, text: str) -> None:
        del done, total
        shell.check_cancelled()
        work.show(text)

    options = PhoneOptions(
        access=plan.access,
        say=lambda _: None,
        prepare=Prepare(plan.freeze, plan.gc, plan.trim, plan.settle),
        serialno=work.serialno,
    )
    try:
        capture = load_source(shell.device.source, Selection(plan.app), options=options, progress=progress)
    except ProcessError as error:
        raise StepError(f"the app did not run at its capture: {error}") from error
    if capture.partial:
        reason = str(capture.problems[0]) if capture.problems else "not every process was read"
        raise StepError(f"the capture is partial: {reason}")
    return capture
