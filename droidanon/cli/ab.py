"""`droidanon ab`."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from droidanon.cli.html_page import Html, OpenPage
from droidanon.cli.options import Access, AllDevices, Freeze, Gc, Json, Rules, Serials, Trim, not_stdout, output_format

if TYPE_CHECKING:
    from droidanon.cli.html_page import PageFile
    from droidanon.cli.parallel import Outcomes
    from droidanon.experiment.manifest import Experiment, PhoneLog, Plan
    from droidanon.experiment.results import ExperimentResult
    from droidanon.report.output_format import OutputFormat
    from droidanon.taxonomy.rules import RuleSet

_ENTER_TURN_S = 0.2
DEFAULT_ROUNDS, DEFAULT_SETTLE, DEFAULT_WARMUP, DEFAULT_MODE = 8, 3, 1, "speed-profile"


class AbRequest(NamedTuple):
    """An experiment to run or resume, and how to judge it."""

    experiment: Experiment
    counter: str
    effect: str
    rules: RuleSet
    form: OutputFormat
    page: PageFile | None = None


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
        str | None,
        typer.Option("--side", metavar="SIDE", help="Run only this side now: base, new or both.", show_default="both"),
    ] = None,
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
    ] = DEFAULT_MODE,
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
    html: Html = None,
    open_page: OpenPage = False,
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
      droidanon ab --apk-a old.apk --apk-b new.apk --app com.example.app --scenario "host:maestro test walk.yaml"
      droidanon ab --app com.example.app --setup-a "setprop debug.x 0" --setup-b "setprop debug.x 1" --gc --freeze
      droidanon ab --resume runs/ab --html ab.html
    """
    from droidanon.cli.experiments import (
        BOTH,
        check_plan,
        chosen_sides,
        new_experiment,
        package_option,
        refuse_with_resume,
        resumed_experiment,
        variants_of,
    )
    from droidanon.cli.html_page import html_option
    from droidanon.cli.rule_files import chosen_rules
    from droidanon.experiment.manifest import Plan
    from droidanon.experiment.plan import BASE
    from droidanon.experiment.results import COUNTER, DEFAULT_EFFECT

    form = output_format(json=as_json)
    not_stdout(output, "an experiment is a folder; give its name")
    file = html_option(html, opened=open_page)
    variants = variants_of(apk_a, apk_b, setup_a, setup_b)
    known = chosen_rules(rules)
    if resume is not None:
        refuse_with_resume(
            {
                "--app": app,
                "--scenario": scenario,
                "-o": output,
                "-s": serial,
                "--all-devices": all_devices,
                "--access": access,
                "--pilot": pilot,
                "--cycles": cycles != 1,
                "--warmup": warmup != DEFAULT_WARMUP,
                "--compile": compile_mode != DEFAULT_MODE,
                "--no-start": not start,
                "--clear": clear,
                "--reinstall": reinstall,
                "--screen-on": screen_on,
                "--airplane": airplane,
                "--gc": gc,
                "--trim": trim,
                "--settle": settle != DEFAULT_SETTLE,
                "--freeze": freeze,
            }
        )
        experiment = resumed_experiment(resume, variants, count, side)
    else:
        plan = Plan(
            app=package_option(app),
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
            measured=(BASE,) if pilot else chosen_sides(side or BOTH),
        )
        check_plan(plan)
        experiment = new_experiment(plan, output, serial or (), all_devices)
    request = AbRequest(
        experiment,
        counter or experiment.plan.counter,
        effect or experiment.plan.effect,
        known,
        form,
        file,
    )
    return _finish(request, run(request))


def run(request: AbRequest) -> Outcomes[PhoneLog]:
    """Run the remaining rounds on each phone, in parallel, until they are done or Ctrl-C is pressed."""
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
            runs[name] = PhoneRun(experiment.folder / name, experiment.plan, log, callbacks)
            return runs[name].run

        works = {name: started(name, log) for name, log in experiment.phones.items()}

        def stop() -> None:
            for one in runs.values():
                one.stop()

        return run_at_once(works, lines, stop)


def _finish(request: AbRequest, outcomes: Outcomes[PhoneLog]) -> int:
    """Print the result and return the exit code. If the only phone failed, its error is raised."""
    from droidanon.analysis.budgets.outcome import exit_code
    from droidanon.cli.signals import interrupted_code
    from droidanon.experiment.manifest import read_experiment
    from droidanon.report.ab import print_experiment
    from droidanon.report.narration import say

    folder = request.experiment.folder
    if outcomes.interrupted or outcomes.errors:
        say(f"{'interrupted' if outcomes.interrupted else 'stopped'}; to continue: droidanon ab --resume {folder}")
        if len(request.experiment.phones) == 1:
            for error in outcomes.errors.values():
                raise error
        return interrupted_code() if outcomes.interrupted else 1
    result = evaluate_experiment(read_experiment(folder), request.counter, request.effect, request.rules)
    print_experiment(result, request.form)
    if request.page is not None:
        from droidanon.html_report.experiment_page import experiment_page

        request.page.write(experiment_page(result))
    return 0 if result.outcome is None else exit_code(result.outcome)


def evaluate_experiment(experiment: Experiment, counter: str, effect: str, rules: RuleSet) -> ExperimentResult:
    """Read the captures of an experiment and compare its sides."""
    from droidanon.analysis.stats.power import Effect
    from droidanon.analysis.view import View
    from droidanon.cli.progress import progress
    from droidanon.experiment.results import evaluate
    from droidanon.store.parquet import load_capture

    with progress() as line:

        def view_of(path: Path) -> View:
            line(0, None, path.name)
            return View(load_capture(path), None, rules)

        return evaluate(experiment, view_of, counter=counter, effect=Effect.parse(effect))


@contextmanager
def _enter_key(plan: Plan) -> Iterator[Callable[[], bool]]:
    """A function that waits briefly for the Enter key, if the scenario needs it."""
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
