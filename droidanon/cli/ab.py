"""`droidanon ab`."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli.options import Access, AllDevices, Freeze, Gc, Json, Rules, Serials, Trim, not_stdout, output_format

if TYPE_CHECKING:
    from droidanon.cli.parallel import Outcomes
    from droidanon.experiment.manifest import Experiment, PhoneLog, Plan, Variant
    from droidanon.experiment.results import ExperimentResult
    from droidanon.report.output_format import OutputFormat
    from droidanon.taxonomy.rules import RuleSet

_BOTH = "both"
_ENTER_TURN_S = 0.2
DEFAULT_ROUNDS, DEFAULT_SETTLE, DEFAULT_WARMUP = 8, 3, 1


class AbRequest(NamedTuple):
    """An experiment to run or to continue, and how to judge it."""

    experiment: Experiment
    sides: Sequence[str]
    counter: str
    effect: str
    rules: RuleSet
    form: OutputFormat


def ab(
    apk_a: Annotated[
        list[Path] | None,
        typer.Option("--apk-a", metavar="FILE", help="The base build; repeat for the parts of a split APK."),
    ] = None,
    apk_b: Annotated[
        list[Path] | None,
        typer.Option("--apk-b", metavar="FILE", help="The new build; repeat for the parts of a split APK."),
    ] = None,
    setup_a: Annotated[
        str | None, typer.Option("--setup-a", metavar="COMMAND", help="Run on the phone before each base round.")
    ] = None,
    setup_b: Annotated[
        str | None, typer.Option("--setup-b", metavar="COMMAND", help="Run on the phone before each new round.")
    ] = None,
    app: Annotated[str | None, typer.Option("--app", metavar="PACKAGE", help="The app.")] = None,
    scenario: Annotated[
        str,
        typer.Option(
            "--scenario",
            metavar="SCENARIO",
            help="host:COMMAND, phone:COMMAND, or enter to wait for the Enter key; by default only the start.",
        ),
    ] = "",
    count: Annotated[
        int | None,
        typer.Option("-n", "--rounds", metavar="N", min=1, help="Rounds per side.", show_default="8"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FOLDER", help="Create this folder for the experiment.")
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="FOLDER", help="Continue an experiment; its plan is in the folder."),
    ] = None,
    side: Annotated[
        str, typer.Option("--side", metavar="SIDE", help="Run only this side now: base, new or both.")
    ] = _BOTH,
    cycles: Annotated[
        int,
        typer.Option("--cycles", metavar="N", min=1, help="Repeat the scenario in each run; a capture after each."),
    ] = 1,
    pilot: Annotated[
        bool, typer.Option("--pilot", help="Run only base rounds and print how many rounds the effect needs.")
    ] = False,
    effect: Annotated[
        str | None,
        typer.Option(
            "--effect", metavar="CHANGE", help="Pass if the new side is at most this much higher.", show_default="5%"
        ),
    ] = None,
    counter: Annotated[
        str | None,
        typer.Option("--counter", metavar="COUNTER", help="The counter to judge.", show_default="anon_swap"),
    ] = None,
    warmup: Annotated[
        int, typer.Option("--warmup", metavar="N", min=0, help="Rounds per side to run first and discard.")
    ] = DEFAULT_WARMUP,
    compile_mode: Annotated[
        str,
        typer.Option("--compile", metavar="MODE", help="Compile each build: speed-profile, verify, ..., or none."),
    ] = "speed-profile",
    start: Annotated[
        bool, typer.Option("--start/--no-start", help="Start the app before the scenario, or leave it to the scenario.")
    ] = True,
    clear: Annotated[bool, typer.Option("--clear", help="Delete the app's data before each round.")] = False,
    reinstall: Annotated[
        bool, typer.Option("--reinstall", help="Uninstall the app before each installation; deletes its data.")
    ] = False,
    screen_on: Annotated[bool, typer.Option("--screen-on", help="Keep the screen on.")] = False,
    airplane: Annotated[bool, typer.Option("--airplane", help="Use airplane mode (not over Wi-Fi).")] = False,
    gc: Gc = False,
    trim: Trim = None,
    settle: Annotated[
        int,
        typer.Option("--settle", metavar="K", min=0, help="Wait until RssAnon + VmSwap is stable for K samples."),
    ] = DEFAULT_SETTLE,
    freeze: Freeze = False,
    serial: Serials = None,
    all_devices: AllDevices = False,
    access: Access = None,
    rules: Rules = None,
    as_json: Json = False,
) -> int:
    """Run an A/B experiment on phones.

    Each round installs a build (or runs a setup command), compiles it, starts the app cold, runs the scenario, waits
    until memory is stable, takes a capture and stops the app. Rounds run in blocks of base, new, new, base. Several
    phones run the same experiment in parallel.

    The last line is the verdict on anon + swap: pass (exit code 0) if the 95 % interval of the change ends below
    --effect, fail (3) if it is above 0, otherwise undecided (1). Everything is in one folder; after Ctrl-C, a pulled
    cable or a restart, --resume continues. The phone's settings are restored in any case.

    \b
    Examples:
      droidanon ab --apk-a old.apk --apk-b new.apk --app com.example.app -n 8 -o runs/ab
      droidanon ab --app com.example.app --setup-b "setprop debug.hwui.renderer skiavk" --scenario "host:./walk.sh"
      droidanon ab --resume runs/ab
    """
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.experiment.manifest import Plan
    from droidanon.experiment.plan import BASE
    from droidanon.experiment.results import COUNTER, DEFAULT_EFFECT

    form = output_format(json=as_json)
    not_stdout(output, "an experiment is a folder; give its name")
    variants = _variants(apk_a, apk_b, setup_a, setup_b)
    sides = _chosen_sides(side)
    known = chosen_rules(rules)
    if resume is not None:
        _refuse_with_resume(
            {
                "--app": app is not None,
                "--scenario": bool(scenario),
                "-o": output is not None,
                "-s": bool(serial),
                "--pilot": pilot,
                "--cycles": cycles != 1,
                "--all-devices": all_devices,
            }
        )
        experiment = _resumed(resume, variants, count, sides)
    else:
        plan = Plan(
            app=_app(app),
            rounds=count or DEFAULT_ROUNDS,
            sides=variants,
            scenario=scenario,
            start=start,
            cycles=cycles,
            warmup=warmup,
            compile_mode=compile_mode,
            reinstall=reinstall,
            clear=clear,
            screen_on=screen_on,
            airplane=airplane,
            gc=gc,
            trim=trim or "",
            settle=settle,
            freeze=freeze,
            access=access or "",
            pilot=pilot,
            counter=counter or COUNTER,
            effect=effect or DEFAULT_EFFECT,
        )
        sides = (BASE,) if pilot else sides
        _check_plan(plan, sides)
        experiment = _new(plan, output, serial or (), all_devices)
    request = AbRequest(
        experiment,
        (BASE,) if experiment.plan.pilot else sides,
        counter or experiment.plan.counter,
        effect or experiment.plan.effect,
        known,
        form,
    )
    return _finish(request, run(request))


def run(request: AbRequest) -> Outcomes[PhoneLog]:
    """Run what is left on each phone, in parallel, until it is done or Ctrl-C."""
    from droidanon.cli.parallel import run_at_once
    from droidanon.cli.progress import progress
    from droidanon.experiment.runner import Callbacks, PhoneRun

    experiment = request.experiment
    runs: dict[str, PhoneRun] = {}
    with progress(list(experiment.phones)) as lines, _enter_key(experiment.plan) as wait_for_enter:

        def started(name: str, log: PhoneLog) -> Callable[[], PhoneLog]:
            callbacks = Callbacks(
                lambda text: lines.say(name, text),
                lambda done, total, text: lines.show(name, done, total, text),
                wait_for_enter,
            )
            runs[name] = PhoneRun(experiment.folder / name, experiment.plan, request.sides, log, callbacks)
            return runs[name].run

        works = {name: started(name, log) for name, log in experiment.phones.items()}

        def stop() -> None:
            for one in runs.values():
                one.stop()

        return run_at_once(works, lines, stop)


def _finish(request: AbRequest, outcomes: Outcomes[PhoneLog]) -> int:
    """Print the result; the exit code. The error of the only phone is raised."""
    from droidanon.cli.signals import interrupted_code
    from droidanon.experiment.manifest import read_experiment
    from droidanon.experiment.results import EXIT_CODES
    from droidanon.report.ab import print_experiment
    from droidanon.report.narration import say

    folder = request.experiment.folder
    if outcomes.interrupted or outcomes.errors:
        say(f"{'interrupted' if outcomes.interrupted else 'stopped'}; to continue: droidanon ab --resume {folder}")
        if len(request.experiment.phones) == 1:
            for error in outcomes.errors.values():
                raise error
        return interrupted_code() if outcomes.interrupted else 1
    result = _evaluate(request, read_experiment(folder))
    print_experiment(result, request.form)
    return 0 if result.verdict is None else EXIT_CODES[result.verdict]


def _evaluate(request: AbRequest, experiment: Experiment) -> ExperimentResult:
    from droidanon.analysis.stats.power import Effect
    from droidanon.analysis.view import View
    from droidanon.cli.progress import progress
    from droidanon.experiment.results import evaluate
    from droidanon.store.parquet import load_capture

    with progress() as line:

        def view_of(path: Path) -> View:
            line(0, None, path.name)
            return View(load_capture(path), None, request.rules)

        return evaluate(experiment, view_of, counter=request.counter, effect=Effect.parse(request.effect))


def _new(plan: Plan, output: Path | None, serials: Sequence[str], all_devices: bool) -> Experiment:
    """A new experiment in a folder of its own. The phones are looked up first, so that a typing error leaves none."""
    from droidanon.cli.parallel import chosen_sources
    from droidanon.errors import UsageError
    from droidanon.experiment.manifest import Experiment, write_phone, write_plan
    from droidanon.report.narration import say
    from droidanon.store.library import captures_folder, safe_word
    from droidanon.store.series import check_free, iso_time, new_folder

    if output is not None:
        check_free(output)
    sources = chosen_sources("adb:", serials, all_devices, say)
    if plan.scenario == "enter" and len(sources) > 1:
        raise UsageError("--scenario enter: with several phones the scenario must be a command")
    phones = _phones(sources, plan)
    now = iso_time(time.time())
    default = captures_folder() / f"{safe_word(now[:19])}_{safe_word(plan.app)}_ab"
    folder = new_folder(output or default, numbered=output is None)
    experiment = Experiment(folder, plan, now, phones)
    write_plan(experiment)
    for name, log in phones.items():
        write_phone(folder / name, log)
    say(f"experiment in {folder}")
    return experiment


def _phones(sources: Sequence[str], plan: Plan) -> dict[str, PhoneLog]:
    from droidanon.experiment.manifest import PhoneLog, phone_folder
    from droidanon.experiment.phone_state import check_airplane
    from droidanon.sources.adb.recognise import ask_serialno
    from droidanon.sources.adb.server import open_device

    phones: dict[str, PhoneLog] = {}
    for source in sources:
        device = open_device(source.partition(":")[2] or None)
        if plan.airplane:
            check_airplane(device.serial)
        serialno = ask_serialno(device)
        name = phone_folder(serialno, device.source)
        phones[name if name not in phones else f"{name}-{len(phones) + 1}"] = PhoneLog(device.source, serialno)
    return phones


def _resumed(folder: Path, variants: Mapping[str, Variant], count: int | None, sides: Sequence[str]) -> Experiment:
    """The experiment of a folder, with a side that was not given before."""
    from dataclasses import replace

    from droidanon.experiment.install import check_unchanged
    from droidanon.experiment.manifest import Variant, read_experiment, with_side, write_plan
    from droidanon.experiment.plan import BASE

    experiment = read_experiment(folder)
    plan = experiment.plan
    for side, variant in variants.items():
        if variant != Variant():
            plan = with_side(plan, side, variant)
    if count is not None:
        plan = replace(plan, rounds=count)
    _check_plan(plan, (BASE,) if plan.pilot else sides)
    for side in sides:
        check_unchanged(plan.sides[side].apks)
    experiment = replace(experiment, plan=plan)
    write_plan(experiment)
    return experiment


def _refuse_with_resume(given: Mapping[str, bool]) -> None:
    from droidanon.errors import UsageError

    if names := [name for name, there in given.items() if there]:
        raise UsageError(f"--resume excludes {', '.join(names)}: the plan is in the folder")


def _app(app: str | None) -> str:
    """The package. It becomes a part of commands for the phone."""
    import re

    from droidanon.errors import UsageError
    from droidanon.escape import escape_text

    if app is None:
        raise UsageError("--app is missing: the package of the app")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)+", app):
        raise UsageError(f"--app {escape_text(app)}: not the name of a package")
    return app


def _chosen_sides(side: str) -> tuple[str, ...]:
    from droidanon.errors import UsageError
    from droidanon.experiment.plan import SIDES

    if side != _BOTH and side not in SIDES:
        raise UsageError(f"--side {side}: choose base, new or both")
    return SIDES if side == _BOTH else (side,)


def _variants(
    apk_a: list[Path] | None, apk_b: list[Path] | None, setup_a: str | None, setup_b: str | None
) -> dict[str, Variant]:
    from droidanon.experiment.install import check_apks
    from droidanon.experiment.manifest import Variant

    return {
        "base": Variant(check_apks(apk_a or ()), setup_a or ""),
        "new": Variant(check_apks(apk_b or ()), setup_b or ""),
    }


def _check_plan(plan: Plan, sides: Sequence[str]) -> None:
    """UsageError for a bad word, if the sides do not differ, or if one would be what the other left behind."""
    from droidanon.analysis.stats.power import Effect
    from droidanon.cli.options import counter_name
    from droidanon.errors import UsageError
    from droidanon.experiment.install import check_compile_mode
    from droidanon.experiment.scenario import parse_scenario
    from droidanon.sources.phone.options import PhoneOptions, Prepare

    parse_scenario(plan.scenario)
    Effect.parse(plan.effect)
    counter_name(plan.counter)
    check_compile_mode(plan.compile_mode)
    PhoneOptions(access=plan.access, prepare=Prepare(trim=plan.trim))
    if len(sides) < len(plan.sides):
        return
    base, new = plan.sides["base"], plan.sides["new"]
    if bool(base.apks) != bool(new.apks):
        raise UsageError("give both --apk-a and --apk-b, or run one side with --side")
    if bool(base.setup) != bool(new.setup):
        raise UsageError("give both --setup-a and --setup-b: each side must undo the setup of the other")
    if not base.apks and not base.setup:
        raise UsageError("the sides do not differ: give --apk-a and --apk-b, or --setup-a and --setup-b")


@contextmanager
def _enter_key(plan: Plan) -> Iterator[Callable[[], bool]]:
    """A function that waits a moment for the Enter key, if the scenario needs it."""
    if plan.scenario != "enter":
        yield lambda: True
        return
    from droidanon.cli.stdin_marks import hear

    pressed: queue.Queue[str] = queue.Queue()

    def wait() -> bool:
        try:
            pressed.get(timeout=_ENTER_TURN_S)
        except queue.Empty:
            return False
        return True

    with hear(pressed.put, piped=True):
        yield wait
